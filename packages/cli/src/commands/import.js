import { createHash } from 'node:crypto'
import { existsSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { readCommand } from '../arguments.js'
import { calendarEntries } from '../calendar/entries.js'
import { isZone } from '../calendar/local-time.js'
import { fieldsOf } from '../client/fields.js'
import { openSession } from '../client/session.js'
import { CommandError, errorCode, say, usage } from '../errors.js'
import { ahead } from '../moving/ahead.js'
import { homeEntries, instantIn } from '../moving/home-lines.js'
import { settingsOf } from '../moving/kept.js'
import { presentReminders } from '../moving/present.js'
import { plain } from '../plain.js'
import { progress } from '../terminal/progress.js'

/** @import { OwnOptions } from '../arguments.js' */
/** @import { Session } from '../client/session.js' */
/** @import { Entry } from '../moving/entry.js' */

/** @typedef {{ entry: string, outcome: 'set' | 'would set' | 'already' | 'over' | 'refused', id?: string, next?: string, reason?: string }} Outcome */

/**
 * Sets the reminders of a file. Each has a key of its own, and what is there already is left alone, so that an import may be interrupted
 * and begun again.
 * @param {readonly string[]} words
 * @param {OwnOptions} options
 * @param {NodeJS.ProcessEnv} env
 */
export async function importFile(words, options, env) {
  const known = { values: ['data', 'url', 'person', 'format', 'zone'], flags: ['dry-run'], most: 1 }
  const { values, flags, rest } = readCommand(words, options, known)
  const [from] = rest
  if (from === undefined) throw usage('Which file? hearth import FILE, or - for standard input.')
  const zone = values.get('zone')
  if (zone !== undefined && !isZone(zone)) throw usage(`There is no zone ${zone}: name one like Europe/Berlin.`)
  const { text, isCalendar } = read(from, values.get('format'))
  const session = await openSession(options, env)
  const fields = new Set(fieldsOf(session.need('reminders.set').input)?.keys() ?? [])
  const now = Date.now()
  const entries = [...(isCalendar ? calendarEntries(text, zone) : homeEntries(text, fields, now))]
  return await importEntries(entries, {
    session,
    person: values.get('person'),
    now,
    isDry: flags.has('dry-run'),
    options,
    env,
  })
}

/** @param {string} from @param {string | undefined} format */
function read(from, format) {
  if (format !== undefined && format !== 'jsonl' && format !== 'ics') throw usage('--format is jsonl or ics.')
  const isFolder = from !== '-' && existsSync(from) && statSync(from).isDirectory()
  const path = isFolder ? join(from, format === 'ics' ? 'reminders.ics' : 'home.jsonl') : from
  try {
    const text = readFileSync(path === '-' ? 0 : path, 'utf8')
    return {
      text,
      isCalendar: format === undefined ? /^\s*BEGIN:VCALENDAR/i.test(text.replace(/^\uFEFF/, '')) : format === 'ics',
    }
  } catch (error) {
    const code = errorCode(error)
    if (code === undefined) throw error
    throw new CommandError('cli.unreadable', `${path === '-' ? 'Standard input' : path} cannot be read (${code})`)
  }
}

/**
 * @typedef {object} Importing
 * @property {Session} session
 * @property {string | undefined} person
 * @property {number} now
 * @property {boolean} isDry
 * @property {OwnOptions} options
 * @property {NodeJS.ProcessEnv} env
 */

/** @param {readonly Entry[]} entries @param {Importing} importing */
async function importEntries(entries, importing) {
  const { session, person, options, env } = importing
  const wanted = entries.flatMap((entry) => (entry.type === 'wanted' ? [entry.input] : []))
  const own = await settingsOf(session, person)
  const ownZone = own.zone ?? Intl.DateTimeFormat().resolvedOptions().timeZone
  const present = await presentReminders(session, person, wanted, ownZone)
  const counts = { set: 0, already: 0, over: 0, refused: 0 }
  const bar = progress('importing', env)
  let isInterrupted = false
  const interrupt = () => void (isInterrupted = true)
  process.once('SIGINT', interrupt)
  for (const [index, entry] of entries.entries()) {
    if (isInterrupted) break
    bar.at(index, entries.length)
    const outcome = await settle(entry, { present, own, ownZone, ...importing })
    counts[outcome.outcome === 'would set' ? 'set' : outcome.outcome] += 1
    if (options.json) process.stdout.write(`${JSON.stringify(outcome)}\n`)
    else if (outcome.outcome === 'refused' || outcome.reason !== undefined) {
      bar.end()
      say(plain(`${outcome.entry}: ${outcome.outcome}, ${outcome.reason}`))
    }
  }
  process.off('SIGINT', interrupt)
  bar.end()
  if (options.json) process.stdout.write(`${JSON.stringify(counts)}\n`)
  const { set, already, over, refused } = counts
  const did = importing.isDry ? 'would be set' : 'set'
  if (!options.json) say(`${set} ${did}, ${already} were there, ${over} are over, ${refused} refused`)
  if (isInterrupted) throw new CommandError('cli.interrupted', 'Interrupted: the same command goes on from here.')
  return refused === 0 ? 0 : 1
}

/**
 * What is there before.
 * @typedef {object} Home
 * @property {Awaited<ReturnType<typeof presentReminders>>} present
 * @property {Awaited<ReturnType<typeof settingsOf>>} own
 * @property {string} ownZone
 */

/**
 * @param {Entry} entry
 * @param {Importing & Home} home
 * @returns {Promise<Outcome>}
 */
async function settle(entry, home) {
  const { session, present, person, ownZone, now, isDry } = home
  const { label } = entry
  if (entry.type !== 'wanted' && entry.type !== 'settings')
    return { entry: label, outcome: entry.type === 'over' ? 'over' : 'refused', reason: entry.reason }
  try {
    if (entry.type === 'settings') return await configure(entry.settings, home)
    if (present.take(entry.input)) return { entry: label, outcome: 'already' }
    const { at, zone, rule } = entry.input
    if (rule === undefined && at !== undefined && instantIn(at, zone ?? ownZone) <= now)
      return { entry: label, outcome: 'over', reason: 'its time has passed' }
    const moved = rule === undefined ? { input: entry.input } : await ahead(session, entry.input, { now, ownZone })
    if (moved === undefined) return { entry: label, outcome: 'over', reason: 'its last occurrence has passed' }
    const notes = [...entry.notes, ...('note' in moved && moved.note !== undefined ? [moved.note] : [])]
    const reason = notes.length === 0 ? {} : { reason: notes.join('; ') }
    if (isDry) return { entry: label, outcome: 'would set', ...reason }
    const input = { ...moved.input, ...(person === undefined ? {} : { home: person }) }
    const { id, next } = await session.call('reminders.set', input, keyOf(entry, person))
    return { entry: label, outcome: 'set', id, next, ...reason }
  } catch (error) {
    if (!(error instanceof CommandError) || error.code.startsWith('cli.') || error.code.startsWith('auth.')) throw error
    // Set before, from another occurrence on: the key says that it is this one.
    if (error.code === 'idempotency.key-reused') return { entry: label, outcome: 'already' }
    return { entry: label, outcome: 'refused', reason: error.message }
  }
}

/**
 * Brings the zone and the quiet hours; what the home has of its own stays.
 * @param {Record<string, unknown>} settings
 * @param {Importing & Home} home
 * @returns {Promise<Outcome>}
 */
async function configure(settings, { session, person, own, isDry }) {
  const missing = Object.entries(settings).filter(([name]) => own[/** @type {'zone' | 'quiet'} */ (name)] == null)
  const label = 'settings'
  if (missing.length === 0) return { entry: label, outcome: 'already' }
  if (isDry) return { entry: label, outcome: 'would set' }
  await session.call('reminders.configure', {
    ...Object.fromEntries(missing),
    ...(person === undefined ? {} : { home: person }),
  })
  return { entry: label, outcome: 'set' }
}

/** The same for the same entry, however often it is imported. @param {Entry} entry @param {string | undefined} person */
function keyOf(entry, person = '') {
  const content = entry.type === 'wanted' ? JSON.stringify(entry.input) : ''
  return `import.${createHash('sha256').update([entry.identity, person, content].join('\n')).digest('base64url')}`
}
