import type { Json } from '@hearth/protocol'
import type { Clock } from '../ports/clock.ts'

/** What cannot be read any more, and never will: the effect is not run. */
export const withheld = Symbol('withheld')

export type Readable = Json | typeof withheld
export type Request = () => Readable | Promise<Readable>

interface Wanted {
  readonly request: Request
  readonly taken: (value: Readable) => void
  readonly dropped: () => void
  readonly pauseMs: number
}

export interface Reading {
  /** `dropped`: it was not read before the stop. */
  read(request: Request, taken: (value: Readable) => void, dropped: () => void): void
  stop(): void
}

const firstPauseMs = 50
const longestPauseMs = 10_000
const patienceMs = 10_000

/**
 * Reads what effects ask for, in order and `atOnce` at a time. What cannot be read is read again later, as often as it takes:
 * the fault is our own and nothing has reached a receiver. It keeps no place while it waits, so that what can be read goes on.
 */
export function createReading(atOnce: number, clock: Clock): Reading {
  const waiting: Wanted[] = []
  const timers = new Set<() => void>()
  const later = new Set<Wanted>()
  let running = 0
  let stopped = false

  const advance = (): void => {
    while (!stopped && running < atOnce) {
      const next = waiting.shift()
      if (next === undefined) return
      take(next)
    }
  }

  // A value that is at hand takes no place.
  const take = (wanted: Wanted): void => {
    let value: Readable | Promise<Readable>
    try {
      value = wanted.request()
    } catch {
      return readLater(wanted)
    }
    if (!(value instanceof Promise)) return wanted.taken(value)
    running += 1
    void settled(value, clock, timers).then((read) => {
      running -= 1
      if (stopped) wanted.dropped()
      else if (read.type === 'read') wanted.taken(read.value)
      else readLater(wanted)
      advance()
    })
  }

  const readLater = (failed: Wanted): void => {
    later.add(failed)
    const cancel = clock.after(failed.pauseMs, () => {
      timers.delete(cancel)
      later.delete(failed)
      waiting.push({ ...failed, pauseMs: Math.min(failed.pauseMs * 2, longestPauseMs) })
      advance()
    })
    timers.add(cancel)
  }

  return {
    read: (request, taken, dropped) => {
      waiting.push({ request, taken, dropped, pauseMs: firstPauseMs })
      advance()
    },
    stop: () => {
      stopped = true
      for (const wanted of [...waiting.splice(0), ...later]) wanted.dropped()
      for (const cancel of timers) cancel()
    },
  }
}

type Read = { readonly type: 'read'; readonly value: Readable } | { readonly type: 'failed' }

/** A read that never ends counts as failed, or it would keep its place for ever. */
function settled(value: Promise<Readable>, clock: Clock, timers: Set<() => void>): Promise<Read> {
  return new Promise((resolve) => {
    const cancel = clock.after(patienceMs, () => resolve({ type: 'failed' }))
    timers.add(cancel)
    value
      .then(
        (read) => resolve({ type: 'read', value: read }),
        () => resolve({ type: 'failed' }),
      )
      .finally(() => {
        cancel()
        timers.delete(cancel)
      })
  })
}
