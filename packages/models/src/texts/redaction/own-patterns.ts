import { RE2JS } from 're2js'
import type { Find, Span } from './span.ts'

/** What a tenant looks for besides. */
export interface OwnPattern {
  readonly name: string
  readonly pattern: string
}

/** A pattern that is larger when it is written out takes too long for a text. */
const mostSteps = 2000

/**
 * Patterns of anybody, by a matcher that goes through a text once, however they are written: none can hold up a server. Throws where it is
 * none, with what is wrong.
 */
export function findOwn({ name, pattern }: OwnPattern): Find {
  const compiled = RE2JS.compile(pattern)
  if (compiled.programSize() > mostSteps) throw new Error('it is too large when it is written out')
  if (compiled.matcher('').find()) throw new Error('it finds nothing at all everywhere')
  return (text) => {
    const spans: Span[] = []
    const matcher = compiled.matcher(text)
    while (matcher.find()) {
      const [start, end] = [matcher.start(), matcher.end()]
      if (end > start) spans.push({ start, end, kind: name })
    }
    return spans
  }
}
