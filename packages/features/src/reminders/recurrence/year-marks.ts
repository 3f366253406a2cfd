import { daysInMonth, isLeapYear } from '@hearth/protocol'
import { modulo } from './arithmetic.ts'
import type { Pattern } from './pattern.ts'

/** All that the day parts of a rule can see of a year. Days count from 0, weekdays from Monday. */
export interface YearShape {
  readonly length: number
  readonly newYear: number
  /** The first day of each month, and of the next year. */
  readonly monthStarts: readonly number[]
  readonly lengthBefore: number
  readonly lengthAfter: number
}

/** Marks the days of a year that one part of a rule lets through. */
export type Marker = (marks: Uint8Array, year: YearShape) => void

export function yearShape(year: number, newYear: number): YearShape {
  const monthStarts = [0]
  for (let month = 1; month <= 12; month += 1)
    monthStarts.push((monthStarts[month - 1] ?? 0) + daysInMonth(year, month))
  const length = yearLength(year)
  return { length, newYear, monthStarts, lengthBefore: yearLength(year - 1), lengthAfter: yearLength(year + 1) }
}

/** One marker for each day part that the rule has: a day must be marked by all of them. */
export function dayMarkers(pattern: Pattern): readonly Marker[] {
  const markers: Marker[] = []
  if (pattern.months.length > 0) markers.push((marks, year) => markMonths(marks, year, pattern.months))
  if (pattern.weekNumbers.length > 0) markers.push((marks, year) => markWeeks(marks, year, pattern))
  if (pattern.yearDays.length > 0) markers.push((marks, year) => markNumbered(marks, 0, year.length, pattern.yearDays))
  if (pattern.monthDays.length > 0) {
    markers.push((marks, year) => forMonths(year, (from, to) => markNumbered(marks, from, to, pattern.monthDays)))
  }
  if (pattern.weekdays.length > 0) markers.push((marks, year) => markWeekdays(marks, year, pattern))
  return markers
}

function yearLength(year: number): number {
  return isLeapYear(year) ? 366 : 365
}

function forMonths(year: YearShape, each: (from: number, to: number) => void): void {
  for (let month = 0; month < 12; month += 1) each(year.monthStarts[month] ?? 0, year.monthStarts[month + 1] ?? 0)
}

function markMonths(marks: Uint8Array, year: YearShape, months: readonly number[]): void {
  for (const month of months) marks.fill(1, year.monthStarts[month - 1], year.monthStarts[month])
}

/** Days counted from 1 at the start of a span, or from -1 at its end. */
function markNumbered(marks: Uint8Array, from: number, to: number, numbers: readonly number[]): void {
  for (const number of numbers) {
    const day = number > 0 ? from + number - 1 : to + number
    if (day >= from && day < to) marks[day] = 1
  }
}

function markWeekdays(marks: Uint8Array, year: YearShape, pattern: Pattern): void {
  const inMonths = pattern.frequency === 'MONTHLY' || pattern.months.length > 0
  for (const { weekday, ordinal } of pattern.weekdays) {
    const mark = (from: number, to: number) => markWeekday(marks, { from, to, newYear: year.newYear, weekday, ordinal })
    if (inMonths && ordinal !== 0) forMonths(year, mark)
    else mark(0, year.length)
  }
}

interface WeekdaySpan {
  readonly from: number
  readonly to: number
  readonly newYear: number
  readonly weekday: number
  readonly ordinal: number
}

function markWeekday(marks: Uint8Array, span: WeekdaySpan): void {
  const first = span.from + modulo(span.weekday - span.newYear - span.from, 7)
  const last = span.to - 1 - modulo(span.newYear + span.to - 1 - span.weekday, 7)
  if (span.ordinal === 0) {
    for (let day = first; day <= last; day += 7) marks[day] = 1
    return
  }
  const day = span.ordinal > 0 ? first + (span.ordinal - 1) * 7 : last + (span.ordinal + 1) * 7
  if (day >= first && day <= last) marks[day] = 1
}

/** Weeks reach over New Year, so the last of the year before and the first of the year after have days in this one. */
function markWeeks(marks: Uint8Array, year: YearShape, pattern: Pattern): void {
  const starts = [-year.lengthBefore, 0, year.length, year.length + year.lengthAfter].map((newYear) => {
    const days = modulo(pattern.weekStart - year.newYear - newYear, 7)
    return newYear + (days > 3 ? days - 7 : days)
  })
  for (let at = 0; at < 3; at += 1) {
    const [from = 0, to = 0] = [starts[at], starts[at + 1]]
    const weeks = (to - from) / 7
    for (const number of pattern.weekNumbers) {
      const week = number > 0 ? number - 1 : weeks + number
      const start = from + week * 7
      if (week >= 0 && week < weeks && start + 7 > 0) marks.fill(1, Math.max(start, 0), Math.max(start + 7, 0))
    }
  }
}
