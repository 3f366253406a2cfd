import type { Usage } from '../../src/language.ts'

interface Counts {
  readonly input?: number
  readonly read?: number
  readonly written?: number
  readonly output?: number
  readonly thought?: number
  readonly raw?: Usage['raw']
}

/** As the providers' packages tell of a call: the totals hold all parts. */
export function usageOf({ input = 0, read = 0, written = 0, output = 0, thought = 0, raw }: Counts): Usage {
  return {
    inputTokens: { total: input + read + written, noCache: input, cacheRead: read, cacheWrite: written },
    outputTokens: { total: output + thought, text: output, reasoning: thought },
    ...(raw === undefined ? {} : { raw }),
  }
}
