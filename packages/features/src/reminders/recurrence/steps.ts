import { alignUp } from './arithmetic.ts'
import { clockTimes, pickTimes, placesOf, type ClockTimes } from './clock-times.ts'
import type { Pattern } from './pattern.ts'
import type { Effort } from './series.ts'

/** Every `interval`-th unit (a day, an hour, a minute, a second), counted from day 0, at which the time of day allows it. */
export interface Steps {
  /** Seconds in a unit, and units in a day. */
  readonly unit: number
  readonly inDay: number
  readonly interval: number
  /** The units of a day that are allowed, by the second they begin at. */
  readonly limits: ClockTimes
  /** Neighbouring units that the limits never tell apart: where one of them is allowed, all are. */
  readonly run: number
}

const daySeconds = 86_400

export function stepsOf(pattern: Pattern): Steps {
  const { frequency, interval, hours, minutes, seconds } = pattern
  if (frequency === 'SECONDLY') {
    const run = seconds.length > 0 ? 1 : minutes.length > 0 ? 60 : hours.length > 0 ? 3600 : daySeconds
    return { unit: 1, inDay: daySeconds, interval, limits: clockTimes(hours, minutes, seconds), run }
  }
  if (frequency === 'MINUTELY') {
    const run = minutes.length > 0 ? 1 : hours.length > 0 ? 60 : 1440
    return { unit: 60, inDay: 1440, interval, limits: clockTimes(hours, minutes, [0]), run }
  }
  if (frequency === 'HOURLY') {
    return { unit: 3600, inDay: 24, interval, limits: clockTimes(hours, [0], [0]), run: hours.length > 0 ? 1 : 24 }
  }
  return { unit: daySeconds, inDay: 1, interval, limits: clockTimes([0], [0], [0]), run: 1 }
}

/** The times within a unit, of which BYSETPOS picks: they are the same in every unit. */
export function timesInUnit(pattern: Pattern): ClockTimes {
  const { frequency, positions } = pattern
  const hours = frequency === 'DAILY' ? pattern.hours : [0]
  const minutes = frequency === 'DAILY' || frequency === 'HOURLY' ? pattern.minutes : [0]
  const times = clockTimes(hours, minutes, frequency === 'SECONDLY' ? [0] : pattern.seconds)
  return positions.length === 0 ? times : pickTimes(times, placesOf(positions, times.size))
}

export interface DaySpan {
  /** The steps of the day are those at `anchor + n * interval`; units count from the start of the day. */
  readonly anchor: number
  readonly from: number
  readonly to: number
}

/** The first step from `from` to before `to` that is allowed. */
export function firstInDay(steps: Steps, span: DaySpan, effort: Effort): number | undefined {
  const { unit, limits, interval } = steps
  let at = alignUp(span.from, span.anchor, interval)
  while (at < span.to && effort.left > 0) {
    effort.left -= 1
    const place = limits.before(at * unit)
    if (place === limits.size) return undefined
    const allowed = limits.at(place) / unit
    if (allowed === at) return at
    at = alignUp(allowed, span.anchor, interval)
  }
  return undefined
}

/** How many of them there are. */
export function countInDay(steps: Steps, span: DaySpan, effort: Effort): number {
  const { unit, limits, interval, run } = steps
  if (interval === 1) return limits.before(span.to * unit) - limits.before(span.from * unit)
  let total = 0
  let at = firstInDay(steps, span, effort)
  while (at !== undefined) {
    const end = Math.min((Math.floor(at / run) + 1) * run, span.to)
    const hits = Math.floor((end - 1 - at) / interval) + 1
    total += hits
    at = firstInDay(steps, { ...span, from: at + hits * interval }, effort)
  }
  return total
}
