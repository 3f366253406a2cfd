export interface Clock {
  /** Milliseconds since 1970; may jump either way. */
  now(): number
  /** Milliseconds since some moment; never jumps. */
  elapsed(): number
  /** Calls back once after about that long; the returned function cancels. */
  after(milliseconds: number, callback: () => void): () => void
  /** Calls back once, after what has arrived by now was taken in. */
  turn(callback: () => void): void
}

export const systemClock: Clock = {
  now: () => Date.now(),
  elapsed: () => performance.now(),
  after: (milliseconds, callback) => {
    const timer = setTimeout(callback, Math.min(milliseconds, 2_000_000_000))
    return () => clearTimeout(timer)
  },
  turn: (callback) => void setImmediate(callback),
}

export const pauseOn = (clock: Clock, milliseconds: number): Promise<void> =>
  new Promise((resolve) => void clock.after(milliseconds, resolve))
