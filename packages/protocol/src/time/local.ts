import { dayNumber, isDate } from './calendar.ts'
import { timeFailure, type TimeFailure } from './failure.ts'
import { fractionMs } from './instant.ts'

export interface LocalTime {
  readonly type: 'local'
  /** What a wall clock shows, in milliseconds since it showed 1970-01-01T00:00, as though there were no zones. */
  readonly local: number
}

const pattern = /^(\d{4})-(\d\d)-(\d\d)[Tt](\d\d):(\d\d)(?::(\d\d)(?:\.(\d{1,9}))?)?$/

/** `YYYY-MM-DDTHH:mm[:ss]`, with a fraction of a second if need be, and without an offset. */
export function parseLocal(text: string): LocalTime | TimeFailure {
  const parts = pattern.exec(text)
  if (parts === null) return invalid()
  const [year, month, day] = [Number(parts[1]), Number(parts[2]), Number(parts[3])]
  const [hour, minute, second] = [Number(parts[4]), Number(parts[5]), Number(parts[6] ?? 0)]
  if (!isDate(year, month, day) || hour > 23 || minute > 59 || second > 59) return invalid()
  if (year < 1970) return timeFailure('time.out-of-range', 'A local time must lie in the years 1970 to 9999.')
  const seconds = dayNumber(year, month, day) * 86_400 + hour * 3600 + minute * 60 + second
  return { type: 'local', local: seconds * 1000 + fractionMs(parts[7]) }
}

/** Seconds always, milliseconds only where there are any: the same local time always has the same text. */
export function formatLocal(local: number): string {
  const text = new Date(local).toISOString()
  return text.slice(0, local % 1000 === 0 ? 19 : 23)
}

function invalid(): TimeFailure {
  return timeFailure(
    'time.local-invalid',
    'A local time is written like 2026-03-29T09:00 or 2026-03-29T09:00:00, without an offset.',
  )
}
