import { propertiesNamed, propertyNamed, readComponents, textOf } from './lines.js'
import { asUtc, fromUtc, instantOf, localOf } from './local-time.js'
import { zoneNamed } from './zones.js'

/** @import { Component, Property } from './lines.js' */
/** @import { Entry } from '../moving/entry.js' */

/** When a day without a time rings. */
const morning = 'T09:00:00'

/**
 * A time of a calendar: on the clock of a zone, or of whoever reads it where there is none.
 * @typedef {{ local: string, zone: string | undefined, isDay: boolean }} Time
 */

/** Says why an entry cannot be a reminder. */
class Unfit extends Error {}

/** @typedef {{ calendar: Component, zone: string | undefined }} Reading */

/**
 * The reminders that a calendar of any program holds: one for each event or task, at its alarm where it has one, else at its time.
 * @param {string} text
 * @param {string | undefined} zone of times that have none
 * @returns {Generator<Entry, void>}
 */
export function* calendarEntries(text, zone) {
  for (const calendar of readComponents(text).filter(({ name }) => name === 'VCALENDAR')) {
    const reading = { calendar, zone: zone ?? calendarZone(calendar) }
    const parts = calendar.parts.filter(({ name }) => name === 'VEVENT' || name === 'VTODO')
    const changed = parts.filter((part) => propertyNamed(part, 'RECURRENCE-ID') !== undefined)
    for (const part of parts) {
      const uid = textOf(part, 'UID') ?? ''
      const own = changed.includes(part) ? [] : changed.filter((each) => uid !== '' && textOf(each, 'UID') === uid)
      yield entryOf(part, own, reading)
    }
  }
}

/** @param {Component} calendar */
function calendarZone(calendar) {
  const named = propertyNamed(calendar, 'X-WR-TIMEZONE')?.value
  return named === undefined ? undefined : zoneNamed(named, calendar)
}

/** @param {Component} part @param {readonly Component[]} changed its occurrences that differ @param {Reading} reading @returns {Entry} */
function entryOf(part, changed, reading) {
  const text = (textOf(part, 'SUMMARY') ?? textOf(part, 'DESCRIPTION')?.split('\n')[0] ?? '').trim().slice(0, 2000)
  const uid = textOf(part, 'UID')
  const instance = propertyNamed(part, 'RECURRENCE-ID')?.value ?? ''
  const label = text === '' ? (uid ?? 'an entry without a name') : text
  const identity = ['ics', uid ?? label, instance].join('\n')
  const status = propertyNamed(part, 'STATUS')?.value.toUpperCase()
  if (status === 'CANCELLED') return { label, identity, type: 'over', reason: 'it is cancelled' }
  if (status === 'COMPLETED' || propertyNamed(part, 'COMPLETED') !== undefined)
    return { label, identity, type: 'over', reason: 'it is done' }
  try {
    const { notes, ...input } = inputOf(part, changed, reading)
    return { label, identity, type: 'wanted', input: { text: label, ...input }, notes }
  } catch (error) {
    if (!(error instanceof Unfit)) throw error
    return { label, identity, type: 'unfit', reason: error.message }
  }
}

/** @param {Component} part @param {readonly Component[]} changed @param {Reading} reading */
function inputOf(part, changed, reading) {
  if (propertyNamed(part, 'RDATE') !== undefined)
    throw new Unfit('it has dates beside its rule (RDATE): set those one by one')
  if (propertyNamed(part, 'EXRULE') !== undefined) throw new Unfit('it has a rule of exceptions (EXRULE)')
  const rules = propertiesNamed(part, 'RRULE')
  if (rules.length > 1) throw new Unfit('it has more than one rule')
  const begins = (part.name === 'VTODO' ? propertyNamed(part, 'DUE') : undefined) ?? propertyNamed(part, 'DTSTART')
  if (begins === undefined) throw new Unfit('it has no time')
  const time = timeOf(begins, reading)
  const [rule] = rules
  const alarm = alarmOf(part)
  /** @type {string[]} */
  const notes = []
  if (alarm.more > 0) notes.push(`of its ${alarm.more + 1} alarms one is kept`)
  const catchUp = propertyNamed(part, 'X-HEARTH-CATCH-UP')?.value
  const kept = catchUp === 'skip' || catchUp === 'each' ? { catchUp } : {}
  if (rule === undefined) return { ...onceAt(time, alarm), ...kept, notes }
  const shift = shiftOf(time, alarm, rule.value, notes)
  const except = exceptionsOf(part, changed, time, reading).map((local) => shifted(local, shift))
  return {
    rule: ruleText(rule.value),
    start: shifted(time.local, shift),
    ...(time.zone === undefined ? {} : { zone: time.zone }),
    ...(except.length === 0 ? {} : { except }),
    ...kept,
    notes,
  }
}

const firstMs = asUtc('0001-01-01T00:00:00')
const lastMs = asUtc('9999-12-31T23:59:59')

/** A day stays what it is. @param {string} local @param {number} ms */
function shifted(local, ms) {
  if (local.length === 10) return local
  const time = asUtc(local) + ms
  if (time < firstMs || time > lastMs) throw new Unfit('its time lies in no year that there is')
  return fromUtc(time)
}

/** @param {Time} time @param {Alarm} alarm */
function onceAt({ local, zone }, { offset, instant }) {
  if (instant !== undefined) return { at: `${fromUtc(instant)}Z` }
  return { at: shifted(local, offset), ...(zone === undefined ? {} : { zone }) }
}

/**
 * How far the ring lies from the start of every occurrence: an alarm on another day would not follow the days of the rule.
 * @param {Time} time
 * @param {Alarm} alarm
 * @param {string} rule
 * @param {string[]} notes
 */
function shiftOf({ local }, { offset, instant }, rule, notes) {
  if (offset === 0 && instant === undefined) return 0
  const isSameDay = shifted(local, offset).slice(0, 10) === local.slice(0, 10)
  if (instant === undefined && offset < 0 && isSameDay && !/BY(HOUR|MINUTE|SECOND)|(HOUR|MINUTE|SECOND)LY/i.test(rule))
    return offset
  notes.push('it rings at its time, not at its alarm')
  return 0
}

/** The last day of a rule may be given as a day: then all of it counts. @param {string} rule */
const ruleText = (rule) => rule.trim().replace(/UNTIL=(\d{8})(?=;|$)/i, 'UNTIL=$1T235959Z')

/**
 * @param {Component} part
 * @param {readonly Component[]} changed
 * @param {Time} time
 * @param {Reading} reading
 */
function exceptionsOf(part, changed, time, reading) {
  const given = [
    ...propertiesNamed(part, 'EXDATE'),
    ...changed.flatMap((each) => propertiesNamed(each, 'RECURRENCE-ID')),
  ]
  const locals = given.flatMap((property) =>
    property.value.split(',').map((value) => sameClock(timeOf({ ...property, value }, reading), time)),
  )
  return [...new Set(locals)].toSorted()
}

/** A time on the clock of another, as far as both have one; of a day all of it. @param {Time} one @param {Time} other */
function sameClock(one, other) {
  if (one.isDay) return one.local.slice(0, 10)
  if (one.zone === undefined || other.zone === undefined || one.zone === other.zone) return one.local
  return localOf(instantOf(one.local, one.zone), other.zone)
}

/** @param {Property} property @param {Reading} reading @returns {Time} */
function timeOf({ value, params }, { calendar, zone }) {
  const [, year, month, day, clock, hour, minute, second, utc] =
    /^(\d{4})(\d\d)(\d\d)(T(\d\d)(\d\d)(\d\d)(Z)?)?$/.exec(value.trim()) ?? []
  if (year === undefined) throw new Unfit(`its time cannot be read: ${value}`)
  const isDay = clock === undefined
  const local = `${year}-${month}-${day}${isDay ? morning : `T${hour}:${minute}:${second}`}`
  if (Number.isNaN(asUtc(local))) throw new Unfit(`its time cannot be read: ${value}`)
  if (isDay) return { local, zone, isDay }
  if (utc !== undefined) return { local, zone: 'UTC', isDay: false }
  const id = params['TZID']
  if (id === undefined) return { local, zone, isDay: false }
  const named = zoneNamed(id, calendar)
  if (named === undefined) throw new Unfit(`its zone is not known: ${id}`)
  return { local, zone: named, isDay: false }
}

/** @typedef {{ offset: number, instant: number | undefined, more: number }} Alarm */

/** The alarm nearest to its time. @param {Component} part @returns {Alarm} */
function alarmOf({ parts }) {
  /** @type {Omit<Alarm, 'more'>[]} */
  const alarms = parts
    .filter(({ name }) => name === 'VALARM')
    .flatMap(triggerOf)
    .toSorted((one, other) => other.offset - one.offset)
  return { ...(alarms[0] ?? { offset: 0, instant: undefined }), more: Math.max(0, alarms.length - 1) }
}

/** @param {Component} alarm @returns {Omit<Alarm, 'more'>[]} */
function triggerOf(alarm) {
  const trigger = propertyNamed(alarm, 'TRIGGER')
  if (trigger === undefined || trigger.params['RELATED'] === 'END') return []
  const [, year, month, day, hour, minute, second] =
    /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(trigger.value.trim()) ?? []
  if (year !== undefined) {
    const instant = asUtc(`${year}-${month}-${day}T${hour}:${minute}:${second}`)
    return Number.isNaN(instant) ? [] : [{ offset: 0, instant }]
  }
  const offset = durationMs(trigger.value)
  return offset === undefined ? [] : [{ offset, instant: undefined }]
}

/** @param {string} text as -P1DT2H or -PT15M @returns {number | undefined} */
export function durationMs(text) {
  const match = /^([+-])?P(?=.)(?:(\d+)W)?(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?$/.exec(text.trim())
  if (match === null) return undefined
  const [weeks, days, hours, minutes, seconds] = match.slice(2).map((part) => Number(part ?? 0))
  const sum = (((weeks ?? 0) * 7 + (days ?? 0)) * 24 + (hours ?? 0)) * 3600 + (minutes ?? 0) * 60 + (seconds ?? 0)
  return (match[1] === '-' ? -1 : 1) * sum * 1000
}
