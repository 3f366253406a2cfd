import type { Clock } from '@hearth/kernel'

export interface ManualClock extends Clock {
  /** Lets time pass; what comes due is called in order, each at its time. */
  advance(milliseconds: number): void
  /** Sets what `now` says, as when somebody sets a machine's clock. No time passes. */
  set(now: number): void
}

interface Wait {
  readonly due: number
  readonly order: number
  readonly callback: () => void
}

/** A clock that stands still until it is moved. */
export function createManualClock(start = 0): ManualClock {
  let elapsed = 0
  let offset = start
  let order = 0
  const waits = new Set<Wait>()

  const after = (milliseconds: number, callback: () => void): (() => void) => {
    order += 1
    const wait = { due: elapsed + Math.max(0, milliseconds), order, callback }
    waits.add(wait)
    return () => void waits.delete(wait)
  }
  const next = (): Wait | undefined => [...waits].toSorted((a, b) => a.due - b.due || a.order - b.order)[0]

  return {
    now: () => offset + elapsed,
    elapsed: () => elapsed,
    after,
    turn: (callback) => void after(0, callback),
    advance: (milliseconds) => {
      const end = elapsed + milliseconds
      for (let wait = next(); wait !== undefined && wait.due <= end; wait = next()) {
        waits.delete(wait)
        elapsed = Math.max(elapsed, wait.due)
        wait.callback()
      }
      elapsed = end
    },
    set: (now) => {
      offset = now - elapsed
    },
  }
}
