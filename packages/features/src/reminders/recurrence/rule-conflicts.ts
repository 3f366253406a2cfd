import type { Rule } from './rule.ts'

/** Says which parts of a rule exclude each other by RFC 5545, 3.3.10. */
export function findConflict(rule: Rule): string | undefined {
  const { frequency } = rule
  const ordinals = rule.weekdays.some((day) => day.ordinal !== 0)
  if (rule.count !== undefined && rule.until !== undefined) return 'COUNT and UNTIL exclude each other.'
  if (ordinals && frequency !== 'MONTHLY' && frequency !== 'YEARLY') {
    return 'BYDAY takes numbers before weekdays only with FREQ=MONTHLY or FREQ=YEARLY.'
  }
  if (ordinals && rule.weekNumbers.length > 0) return 'BYDAY takes no numbers before weekdays together with BYWEEKNO.'
  if (rule.weekNumbers.length > 0 && frequency !== 'YEARLY') return 'BYWEEKNO goes only with FREQ=YEARLY.'
  if (rule.monthDays.length > 0 && frequency === 'WEEKLY') return 'BYMONTHDAY does not go with FREQ=WEEKLY.'
  if (rule.yearDays.length > 0 && (frequency === 'DAILY' || frequency === 'WEEKLY' || frequency === 'MONTHLY')) {
    return `BYYEARDAY does not go with FREQ=${frequency}.`
  }
  if (rule.positions.length > 0 && !hasOtherPart(rule)) return 'BYSETPOS needs another part that begins with BY.'
  return undefined
}

function hasOtherPart(rule: Rule): boolean {
  const lists = [
    rule.months,
    rule.weekNumbers,
    rule.yearDays,
    rule.monthDays,
    rule.weekdays,
    rule.hours,
    rule.minutes,
    rule.seconds,
  ]
  return lists.some((list) => list.length > 0)
}
