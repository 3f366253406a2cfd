/**
 * What is left of a limit, as the provider said it, less what was sent since; below 0 where that was more. Both providers refill
 * theirs steadily, and say when they will be full.
 */
export interface Limit {
  readonly left: number
  /** How much comes back in a millisecond; 0 where they do not say how much fits in. */
  readonly perMs: number
  /** Then it is full, and nothing more is known of it. */
  readonly until: number
  /** When it was said. */
  readonly at: number
}

export const limited = ['requests', 'tokens', 'inputTokens'] as const
export type Limited = (typeof limited)[number]
export type Limits = Partial<Readonly<Record<Limited, Limit>>>

export type HeaderValues = Readonly<Record<string, string | readonly string[] | undefined>>

/** Longer than this nobody is passed over for what it said: then it is asked, and says it again. */
const longestMs = 900_000

/** What the head of an answer says of limits, in the ways of OpenAI (and Groq, and others who took it over) and of Anthropic. */
export function learned(limits: Limits, headers: HeaderValues, now: number): Limits {
  let known = limits
  for (const { name, limit, remaining, reset } of sources) {
    const left = countOf(textOf(headers, remaining))
    if (left === undefined) continue
    const inMs = resetMs(textOf(headers, reset), headers, now)
    if (inMs === undefined) continue
    const most = countOf(textOf(headers, limit)) ?? left
    const perMs = inMs > 0 ? Math.max(0, most - left) / inMs : 0
    known = { ...known, [name]: { left, perMs, until: now + Math.min(inMs, longestMs), at: now } }
  }
  return known
}

interface Source {
  readonly name: Limited
  readonly limit: string
  readonly remaining: string
  readonly reset: string
}

/** Every answer is looked through for these: their names are made once. */
const source = (name: Limited, header: (said: string) => string): Source => ({
  name,
  limit: header('limit'),
  remaining: header('remaining'),
  reset: header('reset'),
})

const sources: readonly Source[] = [
  source('requests', (said) => `x-ratelimit-${said}-requests`),
  source('tokens', (said) => `x-ratelimit-${said}-tokens`),
  source('requests', (said) => `anthropic-ratelimit-requests-${said}`),
  source('tokens', (said) => `anthropic-ratelimit-tokens-${said}`),
  source('inputTokens', (said) => `anthropic-ratelimit-input-tokens-${said}`),
]

/** It asked to be left alone, without its key being the reason. */
export const restingFor = (limits: Limits, afterMs: number, now: number): Limits => ({
  ...limits,
  requests: { left: 0, perMs: 0, until: now + Math.min(Math.max(0, afterMs), longestMs), at: now },
})

/** How long a call with so many tokens would have to wait so as not to be refused; 0: it may go. */
export function waitMs(limits: Limits, now: number, tokens: number): number {
  let wait = 0
  for (const name of limited) {
    const limit = limits[name]
    if (limit === undefined || now >= limit.until) continue
    const lacking = needed(name, tokens) - limit.left - limit.perMs * Math.max(0, now - limit.at)
    if (lacking <= 0) continue
    const full = limit.until - now
    wait = Math.max(wait, limit.perMs === 0 ? full : Math.min(full, lacking / limit.perMs))
  }
  return wait
}

export const mayTake = (limits: Limits, now: number, tokens: number): boolean => waitMs(limits, now, tokens) === 0

export function taken(limits: Limits, now: number, tokens: number): Limits {
  let after = limits
  for (const name of limited) {
    const limit = limits[name]
    if (limit === undefined || now >= limit.until) continue
    after = { ...after, [name]: { ...limit, left: limit.left - needed(name, tokens) } }
  }
  return after
}

const needed = (name: Limited, tokens: number): number => (name === 'requests' ? 1 : tokens)

function textOf(headers: HeaderValues, name: string): string | undefined {
  const value = headers[name]
  return typeof value === 'string' ? value : value?.[0]
}

const countOf = (text: string | undefined): number | undefined =>
  text !== undefined && /^\d{1,12}$/.test(text) ? Number(text) : undefined

const units: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 }

/** `6m0s`, `120ms`, `7.66s` or plain seconds at OpenAI; an instant at Anthropic. */
function resetMs(text: string | undefined, headers: HeaderValues, now: number): number | undefined {
  if (text === undefined || text.length > 40) return undefined
  if (/^\d{1,9}(?:\.\d{1,9})?$/.test(text)) return Number(text) * 1000
  if (/^\d{4}-\d\d-\d\dT/.test(text)) {
    // An instant is the provider's: its own clock says how far off it is.
    const sent = Date.parse(textOf(headers, 'date') ?? '')
    const ms = Date.parse(text) - (Number.isNaN(sent) ? now : sent)
    return Number.isNaN(ms) ? undefined : Math.max(0, ms)
  }
  if (!/^(?:\d{1,9}(?:\.\d{1,9})?(?:ms|s|m|h|d))+$/.test(text)) return undefined
  let sum = 0
  for (const [, value, unit = ''] of text.matchAll(/([\d.]+)(ms|s|m|h|d)/g)) sum += Number(value) * (units[unit] ?? 0)
  return sum
}
