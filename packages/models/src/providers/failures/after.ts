/** Headers by name in lower case. */
export type Headers = Readonly<Record<string, string | readonly string[] | undefined>>

/** A wish for more than a day is not kept: nobody would look again. */
const longest = 86_400_000

/** How long a provider wants to be left alone, from whichever of its ways to say so there is. */
export function afterOf(
  headers: Headers,
  bodySays: number | undefined,
  message: string | undefined,
  now: number,
): number | undefined {
  const ms =
    milliseconds(one(headers, 'retry-after-ms')) ??
    moment(one(headers, 'retry-after'), now) ??
    bodySays ??
    reset(headers) ??
    inWords(message)
  return ms !== undefined && ms > 0 ? Math.min(Math.ceil(ms), longest) : undefined
}

function one(headers: Headers, name: string): string | undefined {
  const value = headers[name]
  return typeof value === 'string' ? value : value?.[0]
}

const milliseconds = (value: string | undefined): number | undefined =>
  value !== undefined && /^\d{1,12}(\.\d+)?$/.test(value) ? Number(value) : undefined

/** Seconds, or the date of RFC 9110. */
function moment(value: string | undefined, now: number): number | undefined {
  if (value === undefined) return undefined
  if (/^\d{1,9}(\.\d+)?$/.test(value)) return Number(value) * 1000
  const date = Date.parse(value)
  return Number.isNaN(date) ? undefined : date - now
}

/** OpenAI and Groq tell for each limit what is left of it and when it is whole again: what is used up is what one waits for. */
function reset(headers: Headers): number | undefined {
  const limits = ['requests', 'tokens'].map((what) => ({
    left: one(headers, `x-ratelimit-remaining-${what}`),
    ms: duration(one(headers, `x-ratelimit-reset-${what}`)),
  }))
  const known = limits.flatMap(({ ms }) => (ms === undefined ? [] : [ms]))
  const usedUp = limits.flatMap(({ left, ms }) => (left === '0' && ms !== undefined ? [ms] : []))
  if (usedUp.length > 0) return Math.max(...usedUp)
  return known.length > 0 ? Math.min(...known) : undefined
}

const units: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 }

/** Such as `1s`, `6m0s` or `20ms`. */
function duration(value: string | undefined): number | undefined {
  if (value === undefined || value.length > 40 || !/^(\d+(\.\d+)?(ms|s|m|h))+$/.test(value)) return undefined
  let sum = 0
  for (const [, count = '', unit = ''] of value.matchAll(/(\d+(?:\.\d+)?)(ms|s|m|h)/g))
    sum += Number(count) * (units[unit] ?? 0)
  return sum
}

/** Errors in a stream come without headers: “Please try again in 1.2s.” */
function inWords(message: string | undefined): number | undefined {
  const said = /\b(?:try again|retry) in (\d{1,6}(?:\.\d{1,9})?) ?(ms|s|m|h)\b/i.exec((message ?? '').slice(0, 2000))
  return said === null ? undefined : Number(said[1]) * (units[(said[2] ?? '').toLowerCase()] ?? 0)
}
