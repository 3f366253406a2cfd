import { dayNumber, isDate } from './calendar.ts'
import { timeFailure, type TimeFailure } from './failure.ts'

export interface Instant {
  readonly type: 'instant'
  /** Milliseconds since 1970-01-01T00:00:00Z; finer digits are cut off. */
  readonly ms: number
}

const dayMs = 86_400_000
const pattern =
  /^(\d{4})-(\d\d)-(\d\d)[Tt](\d\d):(\d\d):(\d\d)(?:\.(\d{1,9}))?(?:[Zz]|([+-])([01]\d|2[0-3]):([0-5]\d))$/

export const firstInstant = 0
export const lastInstant = dayNumber(10_000, 1, 1) * dayMs - 1

/** Whether an instant lies in the years 1970 to 9999, by UTC. */
export function isInstantInRange(ms: number): boolean {
  return ms >= firstInstant && ms <= lastInstant
}

export function fractionMs(digits: string | undefined): number {
  return digits === undefined ? 0 : Number(digits.slice(0, 3).padEnd(3, '0'))
}

/** RFC 3339 with `Z` or an offset. Leap seconds and the hour 24 are refused. */
export function parseInstant(text: string): Instant | TimeFailure {
  const parts = pattern.exec(text)
  if (parts === null) return invalid()
  const [year, month, day] = [Number(parts[1]), Number(parts[2]), Number(parts[3])]
  const [hour, minute, second] = [Number(parts[4]), Number(parts[5]), Number(parts[6])]
  if (!isDate(year, month, day) || hour > 23 || minute > 59 || second > 59) return invalid()
  const offset = parts[8] === undefined ? 0 : (Number(parts[9]) * 60 + Number(parts[10])) * 60_000
  const wall = dayNumber(year, month, day) * dayMs + (hour * 3600 + minute * 60 + second) * 1000 + fractionMs(parts[7])
  const ms = parts[8] === '-' ? wall + offset : wall - offset
  if (!isInstantInRange(ms)) return timeFailure('time.out-of-range', 'An instant must lie in the years 1970 to 9999.')
  return { type: 'instant', ms }
}

/** RFC 3339 in UTC, always with three digits of milliseconds: texts sort as instants do. */
export function formatInstant(ms: number): string {
  return new Date(ms).toISOString()
}

function invalid(): TimeFailure {
  return timeFailure(
    'time.instant-invalid',
    'An instant is written like 2026-03-29T09:00:00Z or 2026-03-29T09:00:00+02:00.',
  )
}
