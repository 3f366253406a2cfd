import type { Find, Span } from './span.ts'

const plain = /[\p{Script=Latin}\p{M}\d._%+'&~#=?^`{|}$*!-]/u
const any = /[\p{L}\p{M}\p{N}._%+'-]/u
const plainHost = /[\p{Script=Latin}\p{M}\d.-]/u
const anyHost = /[\p{L}\p{M}\p{N}.-]/u
const ofHost = /^(?:[\p{L}\p{M}\p{N}](?:[\p{L}\p{M}\p{N}-]{0,62})?\.)+(?:[\p{L}\p{M}]{2,63}|xn--[a-z\d-]{2,59})/u
const address = /^\[(?:\d{1,3}(?:\.\d{1,3}){3}|ipv6:[\da-f:.]+)\]/i

/** What stands before `@` in programs: a label, or the user of every repository. */
const ofPrograms: ReadonlySet<string> = new Set(['this', 'super', 'return', 'break', 'continue', 'git'])
const [mostLocal, mostHost] = [320, 255]

/** Goes out from each `@`: a pattern would look at every word for one. */
export const findEmails: Find = (text) => {
  const spans: Span[] = []
  for (let at = text.indexOf('@'); at !== -1; at = text.indexOf('@', at + 1)) {
    const start = beginOf(text, at)
    const end = endOf(text, at + 1)
    if (start < at && end > at + 1 && !ofPrograms.has(text.slice(start, at))) spans.push({ start, end, kind: 'e-mail' })
  }
  return spans
}

function beginOf(text: string, at: number): number {
  if (text[at - 1] === '"') return Math.max(text.lastIndexOf('"', at - 2), at - mostLocal, 0)
  // Scripts without spaces lead up to an address of Latin letters.
  const own = text[at - 1] !== undefined && plain.test(text[at - 1] as string) ? plain : any
  let start = at
  while (start > 0 && at - start < mostLocal && own.test(text[start - 1] as string)) start -= 1
  while (start < at && /[.'`*=&?|{}!#$^]/.test(text[start] as string)) start += 1
  return start
}

function endOf(text: string, from: number): number {
  const rest = text.slice(from, from + mostHost)
  const literal = address.exec(rest)
  if (literal !== null) return from + literal[0].length
  return from + Math.max(hostIn(rest, plainHost), hostIn(rest, plainHost) > 0 ? 0 : hostIn(rest, anyHost))
}

function hostIn(rest: string, own: RegExp): number {
  let length = 0
  while (length < rest.length && own.test(rest[length] as string)) length += 1
  return ofHost.exec(rest.slice(0, length).replace(/[.-]+$/, ''))?.[0].length ?? 0
}

const name = String.raw`(?<![\w.+-])[\w.+-]{1,64}`
const part = String.raw`[\w-]{1,63}`
const inBrackets = (words: string): string => String.raw`[[({] ?(?:${words}) ?[\])}]`
const dot = String.raw` ?(?:\.|${inBrackets(String.raw`dot|punkt|point|\.`)}) ?`

/** Written so that machines do not see it. */
export const spelledOut: readonly RegExp[] = [
  new RegExp(String.raw`${name} ?${inBrackets('at|@')} ?${part}(?:${dot}${part}){1,6}`, 'gi'),
  new RegExp(String.raw`${name} AT ${part}(?: DOT ${part}){1,6}`, 'g'),
  new RegExp(String.raw`${name} @ ${part}(?:\.${part}){0,5}\.[a-z]{2,24}(?![\w-])`, 'g'),
]
