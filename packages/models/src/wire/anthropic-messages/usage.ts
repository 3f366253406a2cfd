import type { JSONObject, Usage } from '../../language.ts'
import { isRecord, type Fields } from './fields.ts'

export interface WrittenUsage extends JSONObject {
  input_tokens: number
  output_tokens: number
  cache_creation_input_tokens: number
  cache_read_input_tokens: number
}

/** This protocol counts what was read from a cache or written to one beside the input; the neutral total has them in it. */
export function writeUsage({ inputTokens, outputTokens, raw }: Usage): WrittenUsage {
  const { total, noCache, cacheRead = 0, cacheWrite = 0 } = inputTokens
  const { reasoning } = outputTokens
  return {
    input_tokens: total === undefined ? (noCache ?? 0) : Math.max(0, total - cacheRead - cacheWrite),
    output_tokens: outputTokens.total ?? 0,
    cache_creation_input_tokens: cacheWrite,
    cache_read_input_tokens: cacheRead,
    cache_creation: lifetimes(raw) ?? null,
    output_tokens_details: reasoning === undefined ? null : { thinking_tokens: reasoning },
    server_tool_use: null,
  }
}

/** Of the usage in an answer, or of what the events of a stream say of it together. */
export function readUsage(raw: Fields): Usage {
  const cacheRead = tokens(raw.cache_read_input_tokens) ?? 0
  const cacheWrite = tokens(raw.cache_creation_input_tokens) ?? 0
  const { input, output } = ownTokens(raw)
  const details = raw.output_tokens_details
  const reasoning = isRecord(details) ? tokens(details.thinking_tokens) : undefined
  const split = lifetimes(raw)
  return {
    inputTokens: {
      total: input === undefined ? undefined : input + cacheRead + cacheWrite,
      noCache: input,
      cacheRead,
      cacheWrite,
    },
    outputTokens: {
      total: output,
      text: output === undefined || reasoning === undefined ? undefined : Math.max(0, output - reasoning),
      reasoning,
    },
    ...(split === undefined ? {} : { raw: { cache_creation: split } }),
  }
}

const tokens = (value: unknown): number | undefined =>
  typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? value : undefined

/** Where a long conversation was shortened on the way, the sums at the top leave that work out, though it is paid for. */
function ownTokens(raw: Fields): { input: number | undefined; output: number | undefined } {
  const whole = { input: tokens(raw.input_tokens), output: tokens(raw.output_tokens) }
  const rounds = Array.isArray(raw.iterations) ? raw.iterations.filter(isRecord) : []
  if (rounds.some(({ type }) => type === 'fallback_message')) return whole
  const paid = rounds.filter(({ type }) => type === 'message' || type === 'compaction')
  const sum = (field: string): number => paid.reduce((total, round) => total + (tokens(round[field]) ?? 0), 0)
  return paid.length === 0 ? whole : { input: sum('input_tokens'), output: sum('output_tokens') }
}

/** What is kept for an hour costs more to write than what is kept for five minutes. */
function lifetimes(raw: Fields | undefined): JSONObject | undefined {
  const split = raw?.cache_creation
  if (!isRecord(split)) return undefined
  return {
    ephemeral_5m_input_tokens: tokens(split.ephemeral_5m_input_tokens) ?? 0,
    ephemeral_1h_input_tokens: tokens(split.ephemeral_1h_input_tokens) ?? 0,
  }
}
