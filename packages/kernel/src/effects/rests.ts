/** What attempts left to be done whose callers have their answers. */
export interface Rests {
  add(rest: Promise<void>): void
  readonly count: number
  /** Resolves when nothing is left. */
  over(): Promise<void>
}

/** They are counted and not kept: what refers to them from somewhere old would keep them, and all that came after, in memory. */
export function createRests(): Rests {
  let count = 0
  let waiting: (() => void)[] = []
  const ended = (): void => {
    count -= 1
    if (count > 0) return
    for (const tell of waiting) tell()
    waiting = []
  }
  return {
    add: (rest) => {
      count += 1
      rest.then(ended, ended)
    },
    get count() {
      return count
    },
    over: () => (count === 0 ? Promise.resolve() : new Promise((resolve) => void waiting.push(resolve))),
  }
}
