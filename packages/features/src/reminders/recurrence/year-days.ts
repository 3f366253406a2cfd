import { dateOfDay, dayNumber, isLeapYear } from '@hearth/protocol'
import { modulo } from './arithmetic.ts'
import type { Pattern } from './pattern.ts'
import { dayMarkers, yearShape, type Marker } from './year-marks.ts'

/** The days of a year that every day part of a rule lets through. Days of the year count from 0. */
export interface YearDays {
  readonly first: number
  readonly end: number
  readonly list: readonly number[]
  /** How many of `list` come before a day of the year, for each day and for the end of the year. */
  readonly before: Uint16Array
  readonly monthStarts: readonly number[]
}

export interface RuleDays {
  readonly every: boolean
  /** After so many days the same days match again. */
  readonly cycle: number
  yearOf(day: number): number
  matches(day: number): boolean
  inYear(year: number): YearDays
  /** The first day that matches, not before `day`, up to the end of 9999. */
  next(day: number): number | undefined
  /** How many days match from `from` to before `to`. */
  count(from: number, to: number): number
}

type DaySet = Omit<YearDays, 'first' | 'end'>

const lastYear = 9999
export const lastDay = dayNumber(lastYear, 12, 31)
// After 400 years every date falls on the same weekday again.
const cycleYears = 400
const cycleDays = 146_097

/** Monday is 0. */
export function weekdayOfDay(day: number): number {
  return modulo(day + 3, 7)
}

/** There are few kinds of years: the days of each are found once, when first needed. */
export function ruleDays(pattern: Pattern): RuleDays {
  const markers = dayMarkers(pattern)
  const kinds: (DaySet | undefined)[] = []
  let current: YearDays | undefined

  const inYear = (year: number): YearDays => {
    const first = dayNumber(year, 1, 1)
    if (current?.first === first) return current
    const newYear = weekdayOfDay(first)
    const kind = ((newYear * 2 + leap(year)) * 2 + leap(year - 1)) * 2 + leap(year + 1)
    const days = (kinds[kind] ??= findDays(markers, year, newYear))
    current = { ...days, first, end: first + days.before.length - 1 }
    return current
  }
  const yearOf = (day: number): number => dateOfDay(day).year
  const around = (day: number): YearDays =>
    current !== undefined && day >= current.first && day < current.end ? current : inYear(yearOf(day))

  const matches = (day: number): boolean => {
    const days = around(day)
    return days.before[day - days.first] !== days.before[day - days.first + 1]
  }

  const next = (day: number): number | undefined => {
    if (markers.length === 0) return day
    let days = around(day)
    const found = days.list[days.before[day - days.first] ?? 0]
    if (found !== undefined) return days.first + found
    const year = yearOf(day)
    for (let later = year + 1; later <= Math.min(year + cycleYears, lastYear); later += 1) {
      days = inYear(later)
      if (days.list[0] !== undefined) return days.first + days.list[0]
    }
    return undefined
  }

  const count = (from: number, to: number): number => {
    if (markers.length === 0) return Math.max(to - from, 0)
    let total = 0
    for (let day = from; day < to;) {
      const days = around(day)
      const end = Math.min(to, days.end)
      total += (days.before[end - days.first] ?? 0) - (days.before[day - days.first] ?? 0)
      day = end
    }
    return total
  }
  const onlyWeekdays = pattern.weekdays.length > 0 && pattern.weekdays.every(({ ordinal }) => ordinal === 0)
  const cycle = markers.length === 0 ? 1 : markers.length === 1 && onlyWeekdays ? 7 : cycleDays
  return { every: markers.length === 0, cycle, yearOf, matches, inYear, next, count }
}

function leap(year: number): number {
  return isLeapYear(year) ? 1 : 0
}

function findDays(markers: readonly Marker[], year: number, newYear: number): DaySet {
  const shape = yearShape(year, newYear)
  const kept = new Uint8Array(shape.length).fill(1)
  for (const marker of markers) {
    const marks = new Uint8Array(shape.length)
    marker(marks, shape)
    for (let day = 0; day < shape.length; day += 1) kept[day] = (kept[day] ?? 0) & (marks[day] ?? 0)
  }
  const list: number[] = []
  const before = new Uint16Array(shape.length + 1)
  for (let day = 0; day < shape.length; day += 1) {
    before[day] = list.length
    if (kept[day] === 1) list.push(day)
  }
  before[shape.length] = list.length
  return { list, before, monthStarts: shape.monthStarts }
}
