import { dateOfDay } from '@hearth/protocol'
import type { Rule } from './rule.ts'
import { weekdayOfDay } from './year-days.ts'

/** A rule in which whatever it leaves to its start is filled in. */
export type Pattern = Omit<Rule, 'type' | 'count' | 'until'>

/**
 * RFC 5545: what a rule does not say it takes from its start. BYWEEKNO alone means every day of the week, as dateutil has it.
 */
export function fillFromStart(rule: Rule, start: number): Pattern {
  const day = Math.floor(start / 86_400)
  const second = start - day * 86_400
  return { ...rule, ...daysFromStart(rule, day), ...clockFromStart(rule, second) }
}

function daysFromStart(rule: Rule, startDay: number): Partial<Pattern> {
  if (rule.weekNumbers.length + rule.yearDays.length + rule.monthDays.length + rule.weekdays.length > 0) return {}
  const { month, day } = dateOfDay(startDay)
  if (rule.frequency === 'YEARLY') return { months: rule.months.length > 0 ? rule.months : [month], monthDays: [day] }
  if (rule.frequency === 'MONTHLY') return { monthDays: [day] }
  if (rule.frequency === 'WEEKLY') return { weekdays: [{ weekday: weekdayOfDay(startDay), ordinal: 0 }] }
  return {}
}

function clockFromStart(rule: Rule, second: number): Partial<Pattern> {
  const { frequency } = rule
  if (frequency === 'SECONDLY') return {}
  const seconds = rule.seconds.length > 0 ? rule.seconds : [second % 60]
  if (frequency === 'MINUTELY') return { seconds }
  const minutes = rule.minutes.length > 0 ? rule.minutes : [Math.floor(second / 60) % 60]
  if (frequency === 'HOURLY') return { seconds, minutes }
  return { seconds, minutes, hours: rule.hours.length > 0 ? rule.hours : [Math.floor(second / 3600)] }
}
