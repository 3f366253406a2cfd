import { escaped, fold } from './lines.js'
import { asUtc, fromUtc, instantOf, localOf, offsetAt } from './local-time.js'

/** @typedef {{ id: string, text: string, zone: string, at?: string, rule?: string, start?: string, except?: readonly string[], catchUp?: string }} Kept */

/** @param {string} local as 2030-05-01T09:00:00, or without seconds */
const compact = (local) => fromUtc(asUtc(local)).replaceAll(/[-:]/g, '')

/** @param {number} instant */
const utc = (instant) => `${compact(fromUtc(instant))}Z`

/**
 * A name, and a value in UTC where the zone has no name of its own or the clock shows that time twice.
 * @param {string} name
 * @param {string} local
 * @param {string} zone
 * @param {number} [instant]
 */
function timeLine(name, local, zone, instant) {
  const isOther = instant !== undefined && instantOf(local, zone) !== instant
  if (zone === 'UTC' || isOther) return `${name}:${utc(instant ?? asUtc(local))}`
  return `${name};TZID=${zone}:${compact(local)}`
}

/**
 * A whole day that is left out is, of a series that rings once a day at most, one time.
 * @param {string} local
 * @param {{ rule: string | undefined, start: string | undefined, zone: string }} series
 */
function exceptionLine(local, { rule = '', start = '', zone }) {
  if (local.length > 10) return timeLine('EXDATE', local, zone)
  if (/BY(HOUR|MINUTE|SECOND)|(HOUR|MINUTE|SECOND)LY/i.test(rule))
    return `EXDATE;VALUE=DATE:${local.replaceAll('-', '')}`
  return timeLine('EXDATE', `${local}${start.slice(10)}`, zone)
}

/** @param {Kept} reminder @param {number} now */
function eventLines({ id, text, zone, at, rule, start, except = [], catchUp }, now) {
  const instant = at === undefined ? undefined : Math.floor(Date.parse(at) / 1000) * 1000
  const local = instant === undefined ? (start ?? '') : localOf(instant, zone)
  return [
    'BEGIN:VEVENT',
    `UID:${escaped(id)}`,
    `DTSTAMP:${utc(now)}`,
    timeLine('DTSTART', local, zone, instant),
    ...(rule === undefined ? [] : [`RRULE:${rule}`]),
    ...except.map((each) => exceptionLine(each, { rule, start, zone })),
    `SUMMARY:${escaped(text)}`,
    'TRANSP:TRANSPARENT',
    ...(catchUp === undefined || catchUp === 'once' ? [] : [`X-HEARTH-CATCH-UP:${catchUp}`]),
    'BEGIN:VALARM',
    'ACTION:DISPLAY',
    'TRIGGER:PT0S',
    `DESCRIPTION:${escaped(text)}`,
    'END:VALARM',
    'END:VEVENT',
  ]
}

const dayMs = 86_400_000
const yearMs = 366 * dayMs
/** So far a calendar says itself when clocks change; programs that know the zone's name know more. */
const yearsAhead = 12

/**
 * When the clocks of a zone change.
 * @param {string} zone
 * @param {number} from
 * @param {number} to
 */
function changesOf(zone, from, to) {
  const changes = []
  let before = offsetAt(from, zone)
  for (let day = from + dayMs; day < to; day += dayMs) {
    const after = offsetAt(day, zone)
    if (after === before) continue
    let [low, high] = [day - dayMs, day]
    while (high - low > 1000) {
      const middle = Math.floor((low + high) / 2000) * 1000
      if (offsetAt(middle, zone) === before) low = middle
      else high = middle
    }
    changes.push({ at: high, before, after })
    before = after
  }
  return changes
}

/** @param {number} ms */
function offsetText(ms) {
  const minutes = Math.round(Math.abs(ms) / 60_000)
  const two = (/** @type {number} */ number) => String(number).padStart(2, '0')
  return `${ms < 0 ? '-' : '+'}${two(Math.floor(minutes / 60))}${two(minutes % 60)}`
}

/** @param {string} zone @param {number} from @param {number} to */
function zoneLines(zone, from, to) {
  const first = offsetAt(from, zone)
  const changes = changesOf(zone, from, to)
  const least = Math.min(first, ...changes.map(({ after }) => after))
  const observance = (/** @type {{ at: number, before: number, after: number }} */ { at, before, after }) => {
    const kind = after > least ? 'DAYLIGHT' : 'STANDARD'
    return [
      `BEGIN:${kind}`,
      `DTSTART:${compact(fromUtc(at + before))}`,
      `TZOFFSETFROM:${offsetText(before)}`,
      `TZOFFSETTO:${offsetText(after)}`,
      `END:${kind}`,
    ]
  }
  return [
    'BEGIN:VTIMEZONE',
    `TZID:${zone}`,
    ...observance({ at: from, before: first, after: first }),
    ...changes.flatMap(observance),
    'END:VTIMEZONE',
  ]
}

/** @param {Kept} reminder */
const startOf = ({ at, start, zone }) => (at === undefined ? instantOf(start ?? '', zone) : Date.parse(at))

/**
 * Reminders as a calendar (RFC 5545) that other programs read: events with an alarm at their time.
 * @param {readonly Kept[]} reminders
 * @param {number} now
 */
export function writeCalendar(reminders, now) {
  /** @type {Map<string, number>} */
  const zones = new Map()
  for (const reminder of reminders) {
    if (reminder.zone === 'UTC') continue
    const from = Math.floor(startOf(reminder) / 1000) * 1000 - yearMs
    zones.set(reminder.zone, Math.min(zones.get(reminder.zone) ?? Infinity, from))
  }
  const latest = Math.max(now, ...reminders.map(startOf)) + yearsAhead * yearMs
  const lines = [
    'BEGIN:VCALENDAR',
    'VERSION:2.0',
    'PRODID:-//Hearth//reminders//EN',
    'CALSCALE:GREGORIAN',
    ...[...zones].flatMap(([zone, from]) => zoneLines(zone, from, Math.min(latest, from + 60 * yearMs))),
    ...reminders.flatMap((reminder) => eventLines(reminder, now)),
    'END:VCALENDAR',
  ]
  return lines.map(fold).join('')
}
