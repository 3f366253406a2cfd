import type { Usage } from '../language.ts'

/** The tokens of a call, each counted once, by what is paid for them. */
export interface PaidTokens {
  readonly input: number
  readonly audioInput: number
  readonly cacheRead: number
  readonly cacheWrite: number
  readonly cacheWriteHour: number
  readonly output: number
  readonly reasoning: number
  readonly audioOutput: number
}

/**
 * Undefined where the usage does not say how much went in, or came out, at all. Where its parts say less than its totals, the rest is
 * counted as plain tokens, and where they say more, the parts count: never less than either.
 */
export function paidTokens({ inputTokens, outputTokens, raw }: Usage): PaidTokens | undefined {
  const read = count(inputTokens.cacheRead) ?? 0
  const written = count(inputTokens.cacheWrite) ?? 0
  const fresh = remainder(inputTokens.total, inputTokens.noCache, read + written)
  const thought = count(outputTokens.reasoning) ?? 0
  const said = remainder(outputTokens.total, outputTokens.text, thought)
  if (fresh === undefined || said === undefined) return undefined
  const hour = Math.min(written, at(raw, 'cache_creation', 'ephemeral_1h_input_tokens'))
  const heard = Math.min(
    fresh,
    // What was heard and read from the cache is not told apart from what was read: all of it is counted as heard now.
    at(raw, 'prompt_tokens_details', 'audio_tokens') + ofModality(raw, 'promptTokensDetails', 'AUDIO'),
  )
  const spoken = Math.min(
    said,
    at(raw, 'completion_tokens_details', 'audio_tokens') + ofModality(raw, 'candidatesTokensDetails', 'AUDIO'),
  )
  return {
    input: fresh - heard,
    audioInput: heard,
    cacheRead: read,
    cacheWrite: written - hour,
    cacheWriteHour: hour,
    output: said - spoken,
    reasoning: thought,
    audioOutput: spoken,
  }
}

/** The tokens of a prompt, whatever was paid for them. */
export const promptTokens = ({ input, audioInput, cacheRead, cacheWrite, cacheWriteHour }: PaidTokens): number =>
  input + audioInput + cacheRead + cacheWrite + cacheWriteHour

function remainder(total: unknown, plain: unknown, parts: number): number | undefined {
  const all = count(total)
  const given = count(plain)
  if (all === undefined && given === undefined) return undefined
  return Math.max(given ?? 0, (all ?? 0) - parts)
}

/** No call has more: a provider that says so counts wrongly, and a sum of such numbers would not be exact any more. */
const mostTokens = 1e12

/** What came over the wire may be anything. */
function count(value: unknown): number | undefined {
  if (typeof value !== 'number' || !(value >= 0)) return undefined
  return Math.min(Math.ceil(value), mostTokens)
}

type Raw = Usage['raw']

const objectOf = (value: unknown): Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {}

const at = (raw: Raw, group: string, name: string): number => count(objectOf(raw?.[group])[name]) ?? 0

/** Google's way: a list of `{ modality, tokenCount }`. */
function ofModality(raw: Raw, group: string, modality: string): number {
  const list = raw?.[group]
  if (!Array.isArray(list)) return 0
  let sum = 0
  for (const one of list.map(objectOf)) if (one['modality'] === modality) sum += count(one['tokenCount']) ?? 0
  return sum
}
