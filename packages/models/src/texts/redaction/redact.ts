import { findFour, findSix } from './addresses.ts'
import { findEmails, spelledOut } from './email.ts'
import { foldedOf } from './folded.ts'
import { findCards, findIbans } from './numbers.ts'
import { findPhones } from './phone.ts'
import { findInAddresses, findPrivateKeys, findTokens } from './secrets.ts'
import { matching, type Find, type Span } from './span.ts'

const always: readonly Find[] = [
  findPrivateKeys,
  findInAddresses,
  ...findTokens,
  findEmails,
  ...spelledOut.map((pattern) => matching('e-mail', pattern)),
  findIbans,
  findCards,
  findSix,
  findFour,
  ...findPhones,
]

/** Takes out of texts what is not to be kept. */
export class Redaction {
  readonly #finds: readonly Find[]

  /** `own`: what a tenant looks for besides. */
  constructor(own: readonly Find[] = []) {
    this.#finds = [...own, ...always]
  }

  text(text: string): string {
    return this.joined([text])[0] as string
  }

  /** Texts that follow one another without anything between them: what is cut in two by that is found as well. */
  joined(texts: readonly string[]): readonly string[] {
    const whole = texts.join('')
    if (whole.length < shortest) return texts
    const spans = [...this.#spansIn(whole)]
    if (texts.length > 1) {
      let from = 0
      for (const text of texts) {
        for (const { start, end, kind } of this.#spansIn(text))
          spans.push({ start: start + from, end: end + from, kind })
        from += text.length
      }
    }
    return spans.length === 0 ? texts : replaced(texts, merged(spans))
  }

  *#spansIn(text: string): Iterable<Span> {
    for (const find of this.#finds) yield* find(text)
    const folded = foldedOf(text)
    if (folded === null) return
    for (const find of this.#finds)
      for (const { start, end, kind } of find(folded.text))
        yield { start: folded.start(start), end: folded.end(end), kind }
  }
}

/** Of an address of e-mail: `a@b.cd`; a password is shorter, and has its name before it. */
const shortest = 6

/** In order, none within another; where two overlap, the longer says what it was. */
function merged(spans: readonly Span[]): readonly Span[] {
  const result: Span[] = []
  for (const span of spans.toSorted((one, other) => one.start - other.start || other.end - one.end)) {
    const last = result.at(-1)
    if (last === undefined || span.start >= last.end) result.push(span)
    else if (span.end > last.end) {
      const kind = span.end - span.start > last.end - last.start ? span.kind : last.kind
      result[result.length - 1] = { start: last.start, end: span.end, kind }
    }
  }
  return result
}

/** A mark stands where what it stands for begins. */
function replaced(texts: readonly string[], spans: readonly Span[]): readonly string[] {
  let from = 0
  return texts.map((text) => {
    const until = from + text.length
    let result = ''
    let at = from
    for (const { start, end, kind } of spans) {
      if (end <= from || start >= until) continue
      if (start > at) result += text.slice(at - from, start - from)
      if (start >= from) result += `[${kind}]`
      at = Math.min(end, until)
    }
    result += text.slice(at - from)
    from = until
    return result
  })
}
