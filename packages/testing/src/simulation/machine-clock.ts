import type { Clock } from '@hearth/kernel'
import type { Chance } from '../soak/random.ts'
import type { Timeline } from './timeline.ts'

/** The clock of the machine, which somebody may set. */
export interface MachineClock {
  now(): number
  /** Sets the clock forward, or back. */
  jump(milliseconds: number): void
  /** Puts it right. */
  mend(): void
  /** The first moment of the run at which the clock showed so much, or later; infinite when it has not yet. */
  firstShown(moment: number): number
  /** A kernel's view of it, which ends with that kernel. */
  for(chance: Chance, isAlive: () => boolean): Clock & { readonly latest: () => number }
}

interface Span {
  readonly from: number
  readonly offset: number
}

/** A Tuesday, shortly before midnight: days of keys end in many runs. */
const start = Date.UTC(2026, 2, 3, 23, 59, 50)

export function createMachineClock(timeline: Timeline): MachineClock {
  let span: Span = { from: 0, offset: start }
  const spans: Span[] = [span]
  const set = (offset: number): void => {
    span = { from: timeline.now(), offset }
    spans.push(span)
  }
  const now = (): number => Math.floor(span.offset + timeline.now())
  return {
    now,
    jump: (milliseconds) => set(span.offset + milliseconds),
    mend: () => set(start),
    firstShown: (moment) => {
      for (const [index, { from, offset }] of spans.entries()) {
        const reached = Math.max(from, moment - offset)
        if (reached < (spans[index + 1]?.from ?? Infinity)) return reached <= timeline.now() ? reached : Infinity
      }
      return Infinity
    },
    for: (chance, isAlive) => {
      let latest = 0
      const later = (milliseconds: number, callback: () => void): (() => void) =>
        timeline.in(milliseconds, () => {
          if (isAlive()) callback()
        })
      return {
        now: () => {
          latest = Math.max(latest, now())
          return now()
        },
        elapsed: () => timeline.now(),
        // A busy machine calls back late.
        after: (milliseconds, callback) =>
          later(milliseconds + (chance.happens(0.1) ? chance.between(0, 30) : 0), callback),
        turn: (callback) => void later(chance.between(0, 0.5), callback),
        latest: () => latest,
      }
    },
  }
}
