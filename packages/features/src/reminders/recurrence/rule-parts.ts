import { parseInstant, parseLocal } from '@hearth/protocol'
import type { RuleWeekday, Until } from './rule.ts'

/** The parts of a rule as they were written, and what was found wrong with them so far. */
export interface RuleParts {
  readonly values: ReadonlyMap<string, string>
  readonly issues: string[]
}

export interface NumberRange {
  readonly from: number
  readonly to: number
  /** Whether the same numbers below zero are values too, counted from the end. */
  readonly signed?: boolean
}

const names: ReadonlySet<string> = new Set(
  'FREQ INTERVAL COUNT UNTIL BYSECOND BYMINUTE BYHOUR BYDAY BYMONTHDAY BYYEARDAY BYWEEKNO BYMONTH BYSETPOS WKST'.split(
    ' ',
  ),
)
const weekdays = ['MO', 'TU', 'WE', 'TH', 'FR', 'SA', 'SU']
const dayMs = 86_400_000

export function splitParts(text: string): RuleParts {
  const values = new Map<string, string>()
  const issues: string[] = []
  for (const part of text.split(';')) {
    const [name = '', value, ...more] = part.split('=')
    if (value === undefined || value === '' || more.length > 0)
      issues.push('Every part of a rule is NAME=VALUE, separated by semicolons.')
    else if (!names.has(name)) issues.push(`A rule has no part ${name.slice(0, 40)}.`)
    else if (values.has(name)) issues.push(`${name} is there twice.`)
    else values.set(name, value)
  }
  return { values, issues }
}

/** INTERVAL and COUNT. */
export function readNumber(parts: RuleParts, name: string): number | undefined {
  const text = parts.values.get(name)
  if (text === undefined) return undefined
  const number = /^\d{1,9}$/.test(text) ? Number(text) : 0
  if (number < 1) parts.issues.push(`${name} is a whole number from 1 to 999999999.`)
  return number
}

export function readNumbers(parts: RuleParts, name: string, range: NumberRange): readonly number[] {
  const text = parts.values.get(name)
  if (text === undefined) return []
  const signed = range.signed === true
  const form = signed ? /^[+-]?\d{1,3}$/ : /^\d{1,2}$/
  const numbers = text.split(',').map((item) => (form.test(item) ? Number(item) : Number.NaN))
  const inRange = (number: number) => {
    const size = signed ? Math.abs(number) : number
    return size >= range.from && size <= range.to
  }
  if (!numbers.every(inRange)) {
    const below = signed ? ` or -${range.to} to -${range.from}` : ''
    parts.issues.push(`${name} takes numbers from ${range.from} to ${range.to}${below}, separated by commas.`)
  }
  return [...new Set(numbers)].toSorted((a, b) => a - b)
}

export function readWeekdays(parts: RuleParts): readonly RuleWeekday[] {
  const found = new Map<string, RuleWeekday>()
  for (const item of parts.values.get('BYDAY')?.split(',') ?? []) {
    const match = /^([+-]?\d{1,2})?([A-Z]{2})$/.exec(item)
    const weekday = weekdays.indexOf(match?.[2] ?? '')
    const ordinal = Number(match?.[1] ?? 0)
    if (weekday < 0 || Math.abs(ordinal) > 53 || (ordinal === 0 && match?.[1] !== undefined)) {
      parts.issues.push(
        'BYDAY takes weekdays from MO to SU, each with a number from 1 to 53 or -53 to -1 before it if need be.',
      )
    }
    found.set(`${ordinal} ${weekday}`, { weekday, ordinal })
  }
  return [...found.values()]
}

/** WKST. */
export function readWeekday(parts: RuleParts): number {
  const text = parts.values.get('WKST') ?? 'MO'
  const weekday = weekdays.indexOf(text)
  if (weekday < 0) parts.issues.push('WKST is a weekday from MO to SU.')
  return weekday
}

/** A date means until the end of that day. */
export function readUntil(parts: RuleParts): Until | undefined {
  const text = parts.values.get('UNTIL')
  if (text === undefined) return undefined
  const match = /^(\d{4})(\d\d)(\d\d)(?:T(\d\d)(\d\d)(\d\d)(Z?))?$/.exec(text) ?? []
  const [, year, month, day, hour, minute, second, zulu] = match
  const clock = hour === undefined ? '00:00:00' : `${hour}:${minute}:${second}`
  const written = `${year}-${month}-${day}T${clock}`
  const parsed = zulu === 'Z' ? parseInstant(`${written}Z`) : parseLocal(written)
  if (parsed.type === 'instant') return { type: 'instant', ms: parsed.ms }
  if (parsed.type === 'local')
    return { type: 'local', local: hour === undefined ? parsed.local + dayMs - 1 : parsed.local }
  parts.issues.push('UNTIL is written like 20261231, 20261231T235959 or 20261231T235959Z, in the years 1970 to 9999.')
  return undefined
}
