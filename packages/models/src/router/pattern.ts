/** `*` stands for anything, slashes and nothing included. */
export function matches(pattern: string, text: string): boolean {
  const parts = pattern.split('*')
  const [head = '', ...rest] = parts
  const tail = rest.pop()
  if (tail === undefined) return pattern === text
  if (text.length < head.length + tail.length || !text.startsWith(head) || !text.endsWith(tail)) return false
  let at = head.length
  const end = text.length - tail.length
  for (const part of rest) {
    const found = text.indexOf(part, at)
    if (found === -1 || found + part.length > end) return false
    at = found + part.length
  }
  return true
}

/** What a pattern may be matched with. */
export interface Named {
  /** The provider's name among those of the tenant, and its kind. */
  readonly provider: string
  readonly kind: string
  readonly model: string
}

type Patterns = readonly string[]

/**
 * Whether one of the patterns is of this model. With a slash it is about `provider/model`, be it the provider's name or its kind;
 * without, about the model alone.
 */
export const matchesModel = remembering((patterns, { provider, kind, model }) => {
  for (const pattern of patterns) {
    if (!pattern.includes('/')) {
      if (matches(pattern, model)) return true
    } else if (matches(pattern, `${provider}/${model}`)) return true
    else if (kind !== provider && matches(pattern, `${kind}/${model}`)) return true
  }
  return false
})

export const matchesProvider = remembering((patterns, { provider, kind }) =>
  patterns.some((pattern) => matches(pattern, provider) || matches(pattern, kind)),
)

/** Policies and candidates stay the same for many calls, and thousands of matches a call would be the most of its cost. */
function remembering(
  test: (patterns: Patterns, named: Named) => boolean,
): (patterns: Patterns, named: Named) => boolean {
  const remembered = new WeakMap<Patterns, WeakMap<Named, boolean>>()
  return (patterns, named) => {
    let ofPatterns = remembered.get(patterns)
    if (ofPatterns === undefined) remembered.set(patterns, (ofPatterns = new WeakMap()))
    let known = ofPatterns.get(named)
    if (known === undefined) ofPatterns.set(named, (known = test(patterns, named)))
    return known
  }
}
