import { asUtc, instantOf, isZone, localOf } from '../calendar/local-time.js'

/** @import { Entry, ReminderInput } from './entry.js' */

const living = new Set(['scheduled', 'snoozed'])
/** Fields of setting a reminder that an import leaves out: it sets for one home, and sends nothing to others. */
const others = new Set(['home', 'with'])

/**
 * The entries of a file of JSON lines as an export has it; events are the record of what happened, and are not set again.
 * @param {string} text
 * @param {ReadonlySet<string>} fields those that this server sets reminders with
 * @param {number} now
 * @returns {Generator<Entry, void>}
 */
export function* homeEntries(text, fields, now) {
  for (const [index, line] of text.split('\n').entries()) {
    if (line.trim() === '') continue
    const value = parsed(line)
    const label = typeof value?.text === 'string' ? value.text : `line ${index + 1}`
    if (typeof value !== 'object' || value === null || Array.isArray(value))
      yield { label, identity: label, type: 'unfit', reason: 'it is no JSON object' }
    else if (value.kind === undefined || value.kind === 'reminder') yield entryOf(value, label, fields, now)
    else if (value.kind === 'settings') yield settingsEntry(value)
    else if (value.kind !== 'event' && value.kind !== 'home')
      yield { label, identity: label, type: 'unfit', reason: `this version does not know what a ${value.kind} is` }
  }
}

/** @param {string} line @returns {any} */
function parsed(line) {
  try {
    return JSON.parse(line)
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error
    return undefined
  }
}

/**
 * @param {any} value
 * @param {string} label
 * @param {ReadonlySet<string>} fields
 * @param {number} now
 * @returns {Entry}
 */
function entryOf(value, label, fields, now) {
  const identity = `jsonl\n${value.id ?? JSON.stringify(value)}`
  const { state = 'scheduled', next } = value
  if (!living.has(state)) return { label, identity, type: 'over', reason: `it is ${state}` }
  if (typeof value.text !== 'string') return { label, identity, type: 'unfit', reason: 'it has no text' }
  const given = Object.entries(value).filter(([name, part]) => fields.has(name) && part !== null && !others.has(name))
  const input = /** @type {ReminderInput} */ ({ text: value.text, ...Object.fromEntries(given) })
  if (input.rule === undefined && state === 'snoozed' && typeof next === 'string') input.at = next
  const reason = unfit(input)
  if (reason !== undefined) return { label, identity, type: 'unfit', reason }
  if (input.at !== undefined && hasOffset(input.at)) Object.assign(input, onItsClock(input.at, input.zone))
  if (input.zone === undefined) delete input.zone
  const notes = state === 'snoozed' && input.rule !== undefined ? ['the ring that was put off is left out'] : []
  const isPast = input.rule === undefined && input.at !== undefined && instantIn(input.at, input.zone) <= now
  if (isPast) return { label, identity, type: 'over', reason: 'its time has passed' }
  return { label, identity, type: 'wanted', input, notes }
}

/** Why what decides when it rings cannot be read; the rest is for the server to judge. @param {Record<string, unknown>} input */
function unfit({ at, rule, start, zone }) {
  for (const [name, part] of Object.entries({ at, rule, start, zone }))
    if (part !== undefined && typeof part !== 'string') return `its ${name} is no text`
  const odd = [at, start].find((time) => time !== undefined && Number.isNaN(timeIn(String(time))))
  if (odd !== undefined) return `its time cannot be read: ${odd}`
  return zone === undefined || isZone(String(zone)) ? undefined : `its zone is not known: ${zone}`
}

/** @param {string} text */
const timeIn = (text) => (hasOffset(text) ? Date.parse(text) : asUtc(text))

/** @param {any} value @returns {Entry} */
function settingsEntry({ zone, quiet }) {
  const hours = quiet == null ? {} : { quiet: { from: quiet.from, to: quiet.to } }
  const settings = { ...(typeof zone === 'string' ? { zone } : {}), ...hours }
  return { label: 'settings', identity: 'settings', type: 'settings', settings }
}

/**
 * A time with an offset as a clock of the zone shows it, so that it keeps the zone; without one where the clock shows it twice.
 * @param {string} at
 * @param {string | undefined} zone
 */
function onItsClock(at, zone) {
  const instant = Date.parse(at)
  if (zone === undefined) return { at, zone: undefined }
  const local = localOf(instant, zone)
  return instantOf(local, zone) === Math.floor(instant / 1000) * 1000 ? { at: local, zone } : { at, zone: undefined }
}

/** @param {string} text */
export const hasOffset = (text) => /(?:Z|[+-]\d\d:\d\d)$/i.test(text.slice(10))

/** @param {string} at @param {string | undefined} zone */
export function instantIn(at, zone) {
  if (hasOffset(at)) return Date.parse(at)
  return instantOf(at, zone !== undefined && isZone(zone) ? zone : Intl.DateTimeFormat().resolvedOptions().timeZone)
}
