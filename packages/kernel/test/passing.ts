import type { createManualClock } from '@hearth/testing'

type ManualClock = ReturnType<typeof createManualClock>

/** Lets time pass, a step at each turn, until something has come to its end. */
export const passing =
  (clock: ManualClock, stepMs: number) =>
  async <T>(wanted: Promise<T>): Promise<T> => {
    let open = true
    void wanted.finally(() => (open = false)).catch(() => undefined)
    while (open) {
      clock.advance(stepMs)
      await new Promise(setImmediate)
    }
    return await wanted
  }
