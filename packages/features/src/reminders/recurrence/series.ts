import { calendarSeries } from './calendar-series.ts'
import { fillFromStart } from './pattern.ts'
import type { Rule } from './rule.ts'
import { stepSeries } from './step-series.ts'

/**
 * The local times of a rule, in whole seconds since 1970-01-01T00:00 on the wall clock, without its COUNT and UNTIL.
 * Neither function walks from the start: both begin where they are asked to.
 */
export interface Series {
  /**
   * The first local time not before `from`. Undefined when there is none up to `to`, or up to 9999, or when the effort ran
   * out: then `reached` of the effort says how far it came. It may give one after `to`.
   */
  next(from: number, to?: number): number | undefined
  /** How many local times there are from `from` to before `to`. Undefined when the effort ran out. */
  count(from: number, to: number): number | undefined
}

/** What one call may still spend, in steps of up to 100 nanoseconds: no rule may keep a processor busy. */
export interface Effort {
  left: number
  /** Set when a search ran out of effort: nothing lies between where it began and this second. */
  reached?: number | undefined
}

/** The times begin at `start`; callers ask for nothing before it. */
export function ruleSeries(rule: Rule, start: number, effort: Effort): Series {
  const pattern = fillFromStart(rule, start)
  const { frequency } = pattern
  return frequency === 'YEARLY' || frequency === 'MONTHLY' || frequency === 'WEEKLY'
    ? calendarSeries(pattern, start, effort)
    : stepSeries(pattern, start, effort)
}
