import { findConflict } from './rule-conflicts.ts'
import { ruleFailure, type Frequency, type Rule, type RuleFailure } from './rule.ts'
import {
  readNumber,
  readNumbers,
  readUntil,
  readWeekday,
  readWeekdays,
  splitParts,
  type RuleParts,
} from './rule-parts.ts'

const longestRule = 500
const frequencies: ReadonlySet<string> = new Set('YEARLY MONTHLY WEEKLY DAILY HOURLY MINUTELY SECONDLY'.split(' '))

/**
 * Reads the text of an RFC 5545 RRULE, with or without `RRULE:` before it, in either case. What the RFC forbids is refused:
 * unknown and repeated parts, values out of range, parts that exclude each other.
 */
export function parseRule(text: string): Rule | RuleFailure {
  if (text.length > longestRule) return ruleFailure('rule.invalid', `A rule has at most ${longestRule} characters.`)
  // Before case is folded: outside ASCII some letters become others, such as a long s an S.
  if (/\P{ASCII}/u.test(text)) return ruleFailure('rule.invalid', 'A rule is written in plain ASCII characters.')
  const parts = splitParts(text.toUpperCase().replace(/^RRULE:/, ''))
  const rule = readRule(parts)
  const issue = parts.issues[0] ?? findConflict(rule)
  return issue === undefined ? rule : ruleFailure('rule.invalid', issue)
}

function readRule(parts: RuleParts): Rule {
  return {
    type: 'rule',
    frequency: readFrequency(parts),
    interval: readNumber(parts, 'INTERVAL') ?? 1,
    count: readNumber(parts, 'COUNT'),
    until: readUntil(parts),
    months: readNumbers(parts, 'BYMONTH', { from: 1, to: 12 }),
    weekNumbers: readNumbers(parts, 'BYWEEKNO', { from: 1, to: 53, signed: true }),
    yearDays: readNumbers(parts, 'BYYEARDAY', { from: 1, to: 366, signed: true }),
    monthDays: readNumbers(parts, 'BYMONTHDAY', { from: 1, to: 31, signed: true }),
    weekdays: readWeekdays(parts),
    hours: readNumbers(parts, 'BYHOUR', { from: 0, to: 23 }),
    minutes: readNumbers(parts, 'BYMINUTE', { from: 0, to: 59 }),
    seconds: readSeconds(parts),
    positions: readNumbers(parts, 'BYSETPOS', { from: 1, to: 366, signed: true }),
    weekStart: readWeekday(parts),
  }
}

function readFrequency(parts: RuleParts): Frequency {
  const text = parts.values.get('FREQ')
  if (text !== undefined && frequencies.has(text)) return text as Frequency
  parts.issues.push(`FREQ must be there and be one of ${[...frequencies].join(', ')}.`)
  return 'DAILY'
}

// RFC 5545 (3.3.12): a clock without leap seconds takes the second 60 for 59.
function readSeconds(parts: RuleParts): readonly number[] {
  const seconds = readNumbers(parts, 'BYSECOND', { from: 0, to: 60 })
  return [...new Set(seconds.map((second) => Math.min(second, 59)))]
}
