import { dateOfDay, dayNumber } from '@hearth/protocol'
import type { Pattern } from './pattern.ts'
import type { RuleDays } from './year-days.ts'

/** Years, months or weeks, numbered. */
export interface Calendar {
  /** After so many periods all of them repeat: 400 years. */
  readonly cycle: number
  periodOf(day: number): number
  firstDay(period: number): number
  daysIn(period: number): PeriodDays
}

/** The matching days of a period are `base + list[place]` for the places from `from` to before `to`. */
export interface PeriodDays {
  readonly base: number
  readonly list: readonly number[]
  readonly from: number
  readonly to: number
}

export function calendarOf(pattern: Pattern, days: RuleDays): Calendar {
  if (pattern.frequency === 'YEARLY') return years(days)
  return pattern.frequency === 'MONTHLY' ? months(days) : weeks(days, pattern.weekStart)
}

function years(days: RuleDays): Calendar {
  return {
    cycle: 400,
    periodOf: days.yearOf,
    firstDay: (year) => dayNumber(year, 1, 1),
    daysIn(year) {
      const { first, list } = days.inYear(year)
      return { base: first, list, from: 0, to: list.length }
    },
  }
}

function months(days: RuleDays): Calendar {
  return {
    cycle: 4800,
    periodOf(day) {
      const { year, month } = dateOfDay(day)
      return year * 12 + month - 1
    },
    firstDay: (period) => dayNumber(Math.floor(period / 12), (period % 12) + 1, 1),
    daysIn(period) {
      const { first, list, before, monthStarts } = days.inYear(Math.floor(period / 12))
      const month = period % 12
      return {
        base: first,
        list,
        from: before[monthStarts[month] ?? 0] ?? 0,
        to: before[monthStarts[month + 1] ?? 0] ?? 0,
      }
    },
  }
}

// Day 0 was a Thursday, so weeks that start on a Monday start on day -3.
function weeks(days: RuleDays, weekStart: number): Calendar {
  const firstDay = (week: number) => week * 7 - 3 + weekStart
  return {
    cycle: 20_871,
    periodOf: (day) => Math.floor((day + 3 - weekStart) / 7),
    firstDay,
    daysIn(week) {
      const base = firstDay(week)
      const list: number[] = []
      for (let day = 0; day < 7; day += 1) if (days.matches(base + day)) list.push(day)
      return { base, list, from: 0, to: list.length }
    },
  }
}
