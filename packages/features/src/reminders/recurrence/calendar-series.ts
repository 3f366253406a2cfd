import { alignUp, greatestCommonDivisor } from './arithmetic.ts'
import { calendarOf, type Calendar } from './calendars.ts'
import { clockTimes } from './clock-times.ts'
import type { Pattern } from './pattern.ts'
import { periodSet, type PeriodSet } from './period-set.ts'
import type { Effort, Series } from './series.ts'
import { lastDay, ruleDays } from './year-days.ts'

/** Every `interval`-th period from the first. After `cycle` of them they repeat. */
interface Periods {
  readonly calendar: Calendar
  readonly set: PeriodSet
  readonly interval: number
  readonly cycle: number
  /** Whether all of them have as many times. */
  readonly alike: boolean
  /** The first of them that is not before a period. */
  align(period: number): number
}

const daySeconds = 86_400

/** YEARLY, MONTHLY and WEEKLY rules. */
export function calendarSeries(pattern: Pattern, start: number, effort: Effort): Series {
  const { interval, positions, weekdays } = pattern
  const days = ruleDays(pattern)
  const calendar = calendarOf(pattern, days)
  const times = clockTimes(pattern.hours, pattern.minutes, pattern.seconds)
  const set = periodSet(times, positions)
  const first = calendar.periodOf(Math.floor(start / daySeconds))
  const align = (period: number) => alignUp(Math.max(period, first), first, interval)
  const periods: Periods = {
    calendar,
    set,
    interval,
    align,
    alike: pattern.frequency === 'WEEKLY' && pattern.months.length === 0,
    cycle: calendar.cycle / greatestCommonDivisor(interval, calendar.cycle),
  }
  // Without this, finding out that a week never has so many times would take all 20,871 weeks of the cycle: 2 ms.
  const beyondWeek = pattern.frequency === 'WEEKLY' && isBeyond(positions, weekdays.length * times.size)

  const next = (from: number, to = Number.POSITIVE_INFINITY): number | undefined => {
    if (beyondWeek) return undefined
    let period = align(calendar.periodOf(Math.floor(from / daySeconds)))
    for (let step = 0; step <= periods.cycle; step += 1) {
      const begins = calendar.firstDay(period) * daySeconds
      if (begins > to) return undefined
      if (effort.left <= 0) {
        effort.reached = Math.max(begins, from)
        return undefined
      }
      effort.left -= 1
      const day = days.next(calendar.firstDay(period))
      if (day === undefined || day > lastDay) return undefined
      const due = calendar.periodOf(day)
      if (due === period) {
        const inPeriod = calendar.daysIn(period)
        const place = set.before(inPeriod, from)
        if (place < set.size(inPeriod)) return set.at(inPeriod, place)
        period += interval
      } else period = align(due)
    }
    return undefined
  }
  return { next, count: (from, to) => count(periods, from, to, effort) }
}

function count(periods: Periods, from: number, to: number, effort: Effort): number | undefined {
  const { calendar, set, interval, align } = periods
  const fromPeriod = calendar.periodOf(Math.floor(from / daySeconds))
  const toPeriod = calendar.periodOf(Math.floor(to / daySeconds))
  const [first, last] = [align(fromPeriod), align(toPeriod)]
  const steps = Math.max((last - first) / interval, 0)
  const cost = periods.alike ? 1 : Math.min(steps, periods.cycle) + 1
  if (cost >= effort.left) return undefined
  effort.left -= cost
  const whole = countWhole(periods, first, steps)
  const skipped = first === fromPeriod ? set.before(calendar.daysIn(fromPeriod), from) : 0
  const begun = last === toPeriod ? set.before(calendar.daysIn(toPeriod), to) : 0
  return whole - skipped + begun
}

/** So many periods from `first`; where the cycle goes round, one round counts for all. */
function countWhole(periods: Periods, first: number, steps: number): number {
  const { calendar, set, interval, cycle, alike } = periods
  if (alike) return steps * set.size(calendar.daysIn(first))
  const rest = steps % cycle
  let [total, part] = [0, 0]
  for (let step = 0; step < Math.min(steps, cycle); step += 1) {
    if (step === rest) part = total
    total += set.size(calendar.daysIn(first + step * interval))
  }
  return steps < cycle ? total : total * Math.floor(steps / cycle) + part
}

/** Whether BYSETPOS asks only for places that a set of so many never has. */
function isBeyond(positions: readonly number[], size: number): boolean {
  return positions.length > 0 && positions.every((position) => Math.abs(position) > size)
}
