import type { Usage } from '../../language.ts'

/** Of several models that told one answer; as it came where there was one. */
export function usageOfAll(usages: readonly Usage[]): Usage {
  const [first, ...more] = usages as readonly [Usage, ...Usage[]]
  return more.reduce((all, { inputTokens, outputTokens }): Usage => {
    const [input, output] = [all.inputTokens, all.outputTokens]
    return {
      inputTokens: {
        total: sum(input.total, inputTokens.total),
        noCache: sum(input.noCache, inputTokens.noCache),
        cacheRead: sum(input.cacheRead, inputTokens.cacheRead),
        cacheWrite: sum(input.cacheWrite, inputTokens.cacheWrite),
      },
      outputTokens: {
        total: sum(output.total, outputTokens.total),
        text: undefined,
        reasoning: sum(output.reasoning, outputTokens.reasoning),
      },
    }
  }, first)
}

const sum = (one: number | undefined, other: number | undefined): number | undefined =>
  one === undefined ? other : one + (other ?? 0)
