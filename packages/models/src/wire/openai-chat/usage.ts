import type { JSONObject, Usage } from '../../language.ts'

/** As this protocol writes it; undefined where nobody counted. */
export function writeUsage({ inputTokens, outputTokens }: Usage): object | undefined {
  const { total: prompt, cacheRead, cacheWrite } = inputTokens
  const { total: completion, reasoning } = outputTokens
  if (prompt === undefined && completion === undefined) return undefined
  return {
    prompt_tokens: prompt ?? 0,
    completion_tokens: completion ?? 0,
    total_tokens: (prompt ?? 0) + (completion ?? 0),
    prompt_tokens_details: {
      cached_tokens: cacheRead ?? 0,
      ...(cacheWrite === undefined ? {} : { cache_write_tokens: cacheWrite }),
    },
    completion_tokens_details: { reasoning_tokens: reasoning ?? 0 },
  }
}

/** Of what a provider says in this protocol: `raw` keeps all of it, a price too where it tells one. */
export function readUsage(value: unknown): Usage | undefined {
  const usage = fieldsOf(value)
  const prompt = tokensIn(usage, 'prompt_tokens')
  const reasoning = reasoningIn(usage) ?? 0
  const completion = completionIn(usage, reasoning)
  if (prompt === undefined && completion === undefined) return undefined
  const cached = cachedIn(usage) ?? 0
  const written = tokensIn(fieldsOf(usage['prompt_tokens_details']), 'cache_write_tokens')
  return {
    inputTokens: {
      total: prompt ?? 0,
      noCache: Math.max(0, (prompt ?? 0) - cached - (written ?? 0)),
      cacheRead: cached,
      cacheWrite: written,
    },
    outputTokens: {
      total: completion ?? 0,
      text: Math.max(0, (completion ?? 0) - reasoning),
      reasoning,
    },
    raw: usage as JSONObject,
  }
}

/** The same with every count where the protocol has it. */
export function usageInProtocol(usage: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  const [cached, reasoning] = [cachedIn(usage), reasoningIn(usage)]
  const completion = completionIn(usage, reasoning ?? 0)
  return {
    ...usage,
    ...(completion === undefined ? {} : { completion_tokens: completion }),
    ...(cached === undefined
      ? {}
      : { prompt_tokens_details: { ...fieldsOf(usage['prompt_tokens_details']), cached_tokens: cached } }),
    ...(reasoning === undefined
      ? {}
      : {
          completion_tokens_details: { ...fieldsOf(usage['completion_tokens_details']), reasoning_tokens: reasoning },
        }),
  }
}

/** DeepSeek says so beside the counts. */
const cachedIn = (usage: Readonly<Record<string, unknown>>): number | undefined =>
  tokensIn(fieldsOf(usage['prompt_tokens_details']), 'cached_tokens') ?? tokensIn(usage, 'prompt_cache_hit_tokens')

/** SGLang says so beside the counts. */
const reasoningIn = (usage: Readonly<Record<string, unknown>>): number | undefined =>
  tokensIn(fieldsOf(usage['completion_tokens_details']), 'reasoning_tokens') ?? tokensIn(usage, 'reasoning_tokens')

/** xAI, and DeepInfra of some models, count what was thought beside what was said and not in it. */
function completionIn(usage: Readonly<Record<string, unknown>>, reasoning: number): number | undefined {
  const said = tokensIn(usage, 'completion_tokens')
  if (said === undefined || reasoning === 0) return said
  const all = said + reasoning
  const isBeside = tokensIn(usage, 'total_tokens') === (tokensIn(usage, 'prompt_tokens') ?? 0) + all
  return isBeside || reasoning > said ? all : said
}

export function fieldsOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : {}
}

function tokensIn(usage: Readonly<Record<string, unknown>>, name: string): number | undefined {
  const tokens = usage[name]
  return Number.isSafeInteger(tokens) && (tokens as number) >= 0 ? (tokens as number) : undefined
}
