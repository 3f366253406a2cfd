import { alignUp, greatestCommonDivisor, modulo } from './arithmetic.ts'
import type { Pattern } from './pattern.ts'
import type { Effort, Series } from './series.ts'
import { dayCount, unitCount, type StepWalk } from './step-count.ts'
import { stepsOf, timesInUnit } from './steps.ts'
import { lastDay, ruleDays } from './year-days.ts'

/** DAILY, HOURLY, MINUTELY and SECONDLY rules. */
export function stepSeries(pattern: Pattern, start: number, effort: Effort): Series {
  const steps = stepsOf(pattern)
  const { unit } = steps
  const walk: StepWalk = { steps, days: ruleDays(pattern), first: Math.floor(start / unit), effort }
  const times = timesInUnit(pattern)
  if (times.size === 0 || !isReachable(walk)) return { next: () => undefined, count: () => 0 }
  const countUnits = unitCount(walk)

  const next = (from: number, to = Number.POSITIVE_INFINITY): number | undefined => {
    const fromUnit = Math.floor(from / unit)
    const place = times.before(from - fromUnit * unit)
    const at = nextUnit(walk, place < times.size ? fromUnit : fromUnit + 1, Math.floor(to / unit))
    return at === undefined ? undefined : at * unit + times.at(at === fromUnit ? place : 0)
  }

  const count = (from: number, to: number): number | undefined => {
    const [fromUnit, toUnit] = [Math.floor(from / unit), Math.floor(to / unit)]
    const skipped = countUnits(fromUnit, fromUnit + 1) * times.before(from - fromUnit * unit)
    const begun = countUnits(toUnit, toUnit + 1) * times.before(to - toUnit * unit)
    const total = countUnits(fromUnit, toUnit) * times.size - skipped + begun
    return effort.left > 0 ? total : undefined
  }
  return { next, count }
}

/** Whatever the day, the steps hit units that are the same modulo what the interval and a day share: one must be allowed. */
function isReachable({ steps, first, effort }: StepWalk): boolean {
  const shared = greatestCommonDivisor(steps.interval, steps.inDay)
  if (shared === 1) return steps.limits.size > 0
  // A few thousand steps at most; cut short, it would take a rule for one that never occurs.
  const own: Effort = { left: steps.inDay }
  const hits = dayCount(
    { ...steps, interval: shared },
    own,
  )({ anchor: modulo(first, shared), from: 0, to: steps.inDay })
  effort.left -= steps.inDay - own.left
  return hits > 0
}

// What one round of steps through the days does not meet, none ever will.
function repeatsAfter(interval: number, cycle: number): number {
  return (interval / greatestCommonDivisor(interval, cycle)) * cycle
}

/** The first unit that the rule hits, from `from` to `to`: from one that is not allowed it jumps to the next that is. */
function nextUnit({ steps, days, first, effort }: StepWalk, from: number, to: number): number | undefined {
  const { unit, inDay, interval, limits } = steps
  let at = alignUp(from, first, interval)
  const end = Math.min(to, at + repeatsAfter(interval, days.cycle * inDay))
  while (at <= end) {
    if (effort.left <= 0) {
      effort.reached = at * unit
      return undefined
    }
    effort.left -= 1
    const today = Math.floor(at / inDay)
    const day = today > lastDay ? undefined : days.next(today)
    if (day === undefined) return undefined
    const place = day > today ? 0 : limits.before((at - day * inDay) * unit)
    const allowed = place < limits.size ? day * inDay + limits.at(place) / unit : (day + 1) * inDay
    if (allowed === at) return at
    at = alignUp(allowed, first, interval)
  }
  return undefined
}
