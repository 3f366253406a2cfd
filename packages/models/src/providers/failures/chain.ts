/** What an error is made of, as far as anything here looks at it. */
export interface Link {
  readonly name?: unknown
  readonly message?: unknown
  readonly code?: unknown
  readonly statusCode?: unknown
  readonly responseBody?: unknown
  readonly responseHeaders?: unknown
  readonly requestBodyValues?: unknown
  readonly data?: unknown
  readonly value?: unknown
  readonly failure?: unknown
  readonly cause?: unknown
  readonly errors?: unknown
}

const deepest = 10

/** The error and what caused it, outermost first. A circle ends. */
export function chainOf(error: unknown): readonly Link[] {
  const chain: Link[] = []
  for (let next = error; chain.length < deepest && isObject(next) && !chain.includes(next);) {
    const link: Link = next
    chain.push(link)
    // A name with several addresses: each was tried, and the first failure says as much as the others.
    next = link.cause ?? (Array.isArray(link.errors) ? (link.errors as readonly unknown[])[0] : undefined)
  }
  return chain
}

export const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null
