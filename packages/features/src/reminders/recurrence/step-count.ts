import { alignUp, greatestCommonDivisor, modulo } from './arithmetic.ts'
import type { Effort } from './series.ts'
import { countInDay, type DaySpan, type Steps } from './steps.ts'
import type { RuleDays } from './year-days.ts'

export interface StepWalk {
  readonly steps: Steps
  readonly days: RuleDays
  /** The unit of the start. */
  readonly first: number
  readonly effort: Effort
}

/** How many units the rule hits from `from` to before `to`; too few when the effort ran out. */
export type UnitCount = (from: number, to: number) => number

export function unitCount(walk: StepWalk): UnitCount {
  const { steps, days, first } = walk
  const { inDay, interval, limits } = steps
  const byDay = dayByDay(walk)
  return (from, to) => {
    if (days.every && limits.size === inDay) {
      return Math.max((alignUp(to, first, interval) - alignUp(from, first, interval)) / interval, 0)
    }
    const [firstWhole, lastWhole] = [Math.ceil(from / inDay), Math.floor(to / inDay)]
    if (firstWhole >= lastWhole) return byDay(from, to)
    const whole = countWhole(walk, byDay, firstWhole, lastWhole)
    return byDay(from, firstWhole * inDay) + whole + byDay(lastWhole * inDay, to)
  }
}

/** Whole days: the hits of a day are at the same times again after some days; one such round counts for all. */
function countWhole({ steps, days, first, effort }: StepWalk, byDay: UnitCount, from: number, to: number): number {
  const { inDay, interval } = steps
  const shared = greatestCommonDivisor(interval, inDay)
  const roundDays = interval / shared
  const rounds = roundDays === 1 ? days.count(from, to) : Math.floor((to - from) / roundDays)
  if ((roundDays > 1 && !days.every) || rounds < 2) return byDay(from * inDay, to * inDay)
  const count = dayCount({ ...steps, interval: shared }, effort)
  const inRound = count({ anchor: modulo(first, shared), from: 0, to: inDay })
  return rounds * inRound + (roundDays === 1 ? 0 : byDay((from + rounds * roundDays) * inDay, to * inDay))
}

function dayByDay({ steps, days, first, effort }: StepWalk): UnitCount {
  const { inDay, interval } = steps
  const known = new Map<number, number>()
  const count = dayCount(steps, effort)
  const countWholeDay = (anchor: number): number => {
    const hits = known.get(anchor) ?? count({ anchor, from: 0, to: inDay })
    if (effort.left > 0) known.set(anchor, hits)
    return hits
  }
  return (from, to) => {
    let total = 0
    for (let at = from; at < to && effort.left > 0;) {
      effort.left -= 1
      const day = days.next(Math.floor(at / inDay))
      if (day === undefined || day * inDay >= to) break
      const base = day * inDay
      const span = {
        anchor: modulo(first - base, interval),
        from: Math.max(at - base, 0),
        to: Math.min(to - base, inDay),
      }
      total += span.from === 0 && span.to === inDay ? countWholeDay(span.anchor) : count(span)
      at = base + inDay
    }
    return total
  }
}

/**
 * Counts within one day. Every hour that is allowed has the same limits, so where steps are shorter than an hour, hours whose
 * first step comes equally late are counted once: all of them together take no more than 3600 steps.
 */
export function dayCount(steps: Steps, effort: Effort): (span: DaySpan) => number {
  const { unit, interval } = steps
  const hour = 3600 / unit
  if (interval === 1 || interval >= hour) return (span) => countInDay(steps, span, effort)
  const known = new Map<number, number>()
  const inHour = (anchor: number, from: number): number => {
    if (steps.limits.before(from * unit) === steps.limits.before(from * unit + 3600)) return 0
    const late = modulo(anchor - from, interval)
    const hits = known.get(late) ?? countInDay(steps, { anchor, from, to: from + hour }, effort)
    if (effort.left > 0) known.set(late, hits)
    return hits
  }
  return ({ anchor, from, to }) => {
    let total = 0
    for (let at = from; at < to && effort.left > 0;) {
      effort.left -= 1
      const end = Math.min((Math.floor(at / hour) + 1) * hour, to)
      total += end - at === hour ? inHour(anchor, at) : countInDay(steps, { anchor, from: at, to: end }, effort)
      at = end
    }
    return total
  }
}
