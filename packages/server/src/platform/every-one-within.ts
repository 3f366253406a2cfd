const slices = 64

/**
 * Comes to each of many about once in a span of time, a few at a time: all at once would hold up everybody else. Whoever joins
 * while it goes round has its turn in the next round at the latest.
 */
export function everyOneWithin<T>(ms: number, all: () => Iterable<T>, visit: (one: T) => void): Disposable {
  let round: readonly T[] = []
  let next = 0
  let slice = 0
  const timer = setInterval(() => {
    if (slice === 0) {
      round = [...all()]
      next = 0
    }
    slice = (slice + 1) % slices
    const end = slice === 0 ? round.length : Math.ceil((round.length * slice) / slices)
    for (; next < end; next += 1) visit(round[next] as T)
    if (slice === 0) round = []
  }, ms / slices).unref()
  return { [Symbol.dispose]: () => clearInterval(timer) }
}
