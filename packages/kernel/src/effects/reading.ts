import type { Json } from '@hearth/protocol'
import type { Clock } from '../ports/clock.ts'

/** What cannot be read any more, and never will: the effect is not run. */
export const withheld = Symbol('withheld')

export type Readable = Json | typeof withheld
export type Request = () => Readable | Promise<Readable>

interface Wanted {
  readonly request: Request
  readonly taken: (value: Readable) => void
  readonly pauseMs: number
}

export interface Reading {
  read(request: Request, taken: (value: Readable) => void): void
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
      if (!stopped && read.type === 'read') wanted.taken(read.value)
      else if (!stopped) readLater(wanted)
      advance()
    })
  }

  const readLater = ({ pauseMs, ...wanted }: Wanted): void => {
    const cancel = clock.after(pauseMs, () => {
      timers.delete(cancel)
      waiting.push({ ...wanted, pauseMs: Math.min(pauseMs * 2, longestPauseMs) })
      advance()
    })
    timers.add(cancel)
  }

  return {
    read: (request, taken) => {
      waiting.push({ request, taken, pauseMs: firstPauseMs })
      advance()
    },
    stop: () => {
      stopped = true
      waiting.length = 0
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
