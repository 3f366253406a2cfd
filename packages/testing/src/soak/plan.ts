import { chance } from './random.ts'
import type { Chance } from './random.ts'

export interface ReminderPlan {
  readonly text: string
  readonly home: string | null
  readonly key: string
  readonly input: ReminderInput
  /** The instants at which it is due, in milliseconds since 1970. */
  readonly occurrences: readonly number[]
  /** Cancel it so long after it was acknowledged. */
  readonly cancelAfterMs: number | null
  readonly twiceAtOnce: boolean
  readonly replayAfterMs: number | null
  readonly otherBody: boolean
}

export interface ReminderInput {
  readonly text: string
  readonly home?: string
  readonly at?: string
  readonly rule?: string
  readonly start?: string
  readonly catchUp?: 'each'
}

type Kind = 'soon' | 'past' | 'recurring' | 'cancelled' | 'cancelled-recurring'

const kinds: readonly (readonly [number, Kind])[] = [
  [69, 'soon'],
  [4, 'past'],
  [10, 'recurring'],
  [13, 'cancelled'],
  [4, 'cancelled-recurring'],
]

/** The `number`th reminder of a run: all but the clock comes from the seed. */
export function planReminder(
  seed: string,
  number: number,
  now: number,
  homes: readonly (string | null)[],
): ReminderPlan {
  const luck = chance(seed, `reminder-${number}`)
  const text = `soak ${seed} ${number}`
  const home = homes[luck.whole(0, homes.length - 1)] ?? null
  const kind = luck.pick(kinds)
  const times = timesOf(kind, luck, now)
  return {
    text,
    home,
    key: `soak-${seed}-${number}`,
    input: { text, ...(home === null ? {} : { home }), ...times.input },
    occurrences: times.occurrences,
    cancelAfterMs: times.cancelAfterMs,
    twiceAtOnce: luck.happens(0.1),
    replayAfterMs: luck.happens(0.06) ? luck.between(0, 12_000) : null,
    otherBody: luck.happens(0.04),
  }
}

interface Times {
  readonly input: Omit<ReminderInput, 'text' | 'home'>
  readonly occurrences: readonly number[]
  readonly cancelAfterMs: number | null
}

function timesOf(kind: Kind, luck: Chance, now: number): Times {
  switch (kind) {
    case 'soon':
      return once(Math.round(now + luck.between(500, 15_000)), null)
    case 'past':
      return once(Math.round(now - luck.between(0, 5_000)), null)
    case 'cancelled':
      return once(Math.round(now + luck.between(6_000, 15_000)), luck.between(0, 2_000))
    case 'recurring':
      return recurring(luck, now, null)
    case 'cancelled-recurring':
      return recurring(luck, now, luck.between(500, 6_000))
  }
}

function once(due: number, cancelAfterMs: number | null): Times {
  return { input: { at: new Date(due).toISOString() }, occurrences: [due], cancelAfterMs }
}

function recurring(luck: Chance, now: number, cancelAfterMs: number | null): Times {
  const interval = luck.whole(1, 3)
  const count = luck.whole(2, 5)
  const start = Math.ceil((now + luck.between(500, 6_000)) / 1000) * 1000
  return {
    input: {
      rule: `FREQ=SECONDLY;INTERVAL=${interval};COUNT=${count}`,
      start: new Date(start).toISOString(),
      catchUp: 'each',
    },
    occurrences: Array.from({ length: count }, (_, index) => start + index * interval * 1000),
    cancelAfterMs,
  }
}
