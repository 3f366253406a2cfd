export interface Clock {
  /** Milliseconds since 1970; may jump either way. */
  now(): number
  /** Calls back once after about that long; the returned function cancels. */
  after(milliseconds: number, callback: () => void): () => void
}

export const systemClock: Clock = {
  now: () => Date.now(),
  after: (milliseconds, callback) => {
    const timer = setTimeout(callback, Math.min(milliseconds, 2_000_000_000))
    return () => clearTimeout(timer)
  },
}
