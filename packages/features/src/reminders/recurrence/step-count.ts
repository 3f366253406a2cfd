import { alignUp, greatestCommonDivisor, modulo } from './arithmetic.ts'
import type { Effort } from './series.ts'
import { countInDay, type Steps } from './steps.ts'
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
  const inRound = countInDay({ ...steps, interval: shared }, { anchor: first % shared, from: 0, to: inDay }, effort)
  return rounds * inRound + (roundDays === 1 ? 0 : byDay((from + rounds * roundDays) * inDay, to * inDay))
}

function dayByDay({ steps, days, first, effort }: StepWalk): UnitCount {
  const { inDay, interval } = steps
  const known = new Map<number, number>()
  const countWholeDay = (anchor: number): number => {
    const hits = known.get(anchor) ?? countInDay(steps, { anchor, from: 0, to: inDay }, effort)
    known.set(anchor, hits)
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
      total += span.from === 0 && span.to === inDay ? countWholeDay(span.anchor) : countInDay(steps, span, effort)
      at = base + inDay
    }
    return total
  }
}
