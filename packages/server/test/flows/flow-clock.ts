import { systemClock, type Clock } from '@hearth/kernel'

export interface FlowClock extends Clock {
  /** Sets the time forward: what was waited for until then has come. */
  moveTo(now: number): void
}

interface Wait {
  readonly due: number
  readonly callback: () => void
}

/** Tells a time that stands still until it is moved. Real waits for real things still end by themselves. */
export function createFlowClock(start: number): FlowClock {
  let now = start
  const waits = new Set<Wait>()
  return {
    now: () => now,
    elapsed: () => now - start + systemClock.elapsed(),
    after: (milliseconds, callback) => {
      const wait = { due: now + milliseconds, callback: () => end() }
      const cancelReal = systemClock.after(milliseconds, () => end())
      const end = (): void => {
        if (!waits.delete(wait)) return
        cancelReal()
        callback()
      }
      waits.add(wait)
      return () => {
        waits.delete(wait)
        cancelReal()
      }
    },
    turn: systemClock.turn,
    moveTo: (to) => {
      now = Math.max(now, to)
      for (const wait of [...waits].toSorted((a, b) => a.due - b.due)) if (wait.due <= now) wait.callback()
    },
  }
}
