import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { readCommand } from '../arguments.js'
import { writeCalendar } from '../calendar/write.js'
import { openSession } from '../client/session.js'
import { CommandError, errorCode, say, usage } from '../errors.js'
import { writeByRename } from '../files.js'
import { openPartFile } from '../moving/part-file.js'
import { remindersOf, settingsOf } from '../moving/kept.js'
import { pagesOf } from '../paging.js'
import { progress } from '../terminal/progress.js'

/** @import { OwnOptions } from '../arguments.js' */
/** @import { Session } from '../client/session.js' */
/** @import { KeptReminder } from '../moving/kept.js' */

const formats = ['jsonl', 'ics']

/**
 * Writes what a home holds to open files: `home.jsonl` with every event and every reminder, `reminders.ics` with those that are to come.
 * @param {readonly string[]} words
 * @param {OwnOptions} options
 * @param {NodeJS.ProcessEnv} env
 */
export async function exportHome(words, options, env) {
  const { values } = readCommand(words, options, { values: ['data', 'url', 'person', 'to', 'format'] })
  const person = values.get('person')
  const to = values.get('to') ?? 'hearth-export'
  const format = values.get('format')
  if (format !== undefined && !formats.includes(format)) throw usage('--format is jsonl or ics.')
  const session = await openSession(options, env)
  if (to === '-') return await toStandardOutput(session, person, format ?? 'jsonl')
  makeFolder(to)
  const bar = progress('exporting', env)
  const home = headOf(person)
  const counts = format === 'ics' ? undefined : await writeHome(session, person, join(to, 'home.jsonl'), home, bar)
  const reminders = counts?.reminders ?? (await all(session, person))
  const coming = comingOf(reminders)
  if (format !== 'jsonl') writeByRename(join(to, 'reminders.ics'), writeCalendar(coming, Date.now()))
  bar.end()
  const told = {
    folder: to,
    ...(counts === undefined ? {} : { events: counts.events }),
    reminders: reminders.length,
    ...(format === 'jsonl' ? {} : { inCalendar: coming.length }),
  }
  if (options.json) process.stdout.write(`${JSON.stringify(told)}\n`)
  else say(`exported to ${to}: ${reminders.length} reminders${counts === undefined ? '' : `, ${counts.events} events`}`)
}

/** @param {string | undefined} person */
const headOf = (person) => ({ kind: 'home', format: 1, person: person ?? null })

const living = new Set(['scheduled', 'snoozed'])

/**
 * As a calendar has those that are to come: one that was put off stands where it rings.
 * @param {readonly KeptReminder[]} reminders
 */
const comingOf = (reminders) =>
  reminders
    .filter(({ state, next }) => living.has(state) && next !== null)
    .map(({ at, next, ...reminder }) => ({
      ...reminder,
      next,
      ...(at === undefined ? {} : { at: reminder.state === 'snoozed' && next !== null ? next : at }),
    }))

/** @param {Session} session @param {string | undefined} person */
async function settingsLines(session, person) {
  const { zone, quiet } = await settingsOf(session, person)
  return zone === undefined && quiet === null
    ? []
    : [{ kind: 'settings', ...(zone === undefined ? {} : { zone }), quiet }]
}

/** @param {Session} session @param {string | undefined} person @returns {Promise<KeptReminder[]>} */
async function all(session, person) {
  const reminders = []
  for await (const reminder of remindersOf(session, person)) reminders.push(reminder)
  return reminders
}

/** @param {string} path */
function makeFolder(path) {
  try {
    mkdirSync(path, { recursive: true, mode: 0o700 })
  } catch (error) {
    const code = errorCode(error)
    if (code === undefined) throw error
    throw new CommandError('cli.unwritable', `The folder ${path} cannot be made (${code})`)
  }
}

/**
 * @param {Session} session
 * @param {string | undefined} person
 * @param {string | undefined} after
 * @returns {AsyncGenerator<Record<string, unknown>[], void>} events, oldest first
 */
async function* eventPages({ server, need }, person, after) {
  const operation = need(person === undefined ? 'events.list' : 'people.export')
  const input = { ...(person === undefined ? {} : { person }), limit: 500, ...(after === undefined ? {} : { after }) }
  for await (const page of pagesOf(server, operation, input)) yield page.map((event) => ({ kind: 'event', ...event }))
}

/**
 * @param {Session} session
 * @param {string | undefined} person
 * @param {string} path
 * @param {object} head
 * @param {ReturnType<typeof progress>} bar
 */
async function writeHome(session, person, path, head, bar) {
  const page = await eventPages(session, person, undefined).next()
  const first = page.done === true ? undefined : page.value[0]
  // Events never change, so those of an interrupted run count where it began as this one does: in the same home. Reminders are read again.
  const beginning = [head, first].map((line) => JSON.stringify(line))
  let at = 0
  const file = openPartFile(path, (line) => {
    const begins = beginning[at++]
    return begins === undefined ? line.kind === 'event' : begins === JSON.stringify(line)
  })
  if (file.lines.length === 0) file.add([head])
  let events = Math.max(0, file.lines.length - 1)
  if (events > 0) say(`going on after ${events} events`)
  for await (const page of eventPages(session, person, file.lines.at(-1)?.position)) {
    file.add(page)
    events += page.length
    bar.at(events, undefined, 'events')
  }
  file.add(await settingsLines(session, person))
  /** @type {KeptReminder[]} */
  const reminders = []
  for await (const reminder of remindersOf(session, person)) {
    reminders.push(reminder)
    file.add([reminder])
    bar.at(reminders.length, undefined, 'reminders')
  }
  file.finish()
  return { events, reminders }
}

/** @param {Session} session @param {string | undefined} person @param {string} format */
async function toStandardOutput(session, person, format) {
  if (format === 'ics')
    return void process.stdout.write(writeCalendar(comingOf(await all(session, person)), Date.now()))
  const print = (/** @type {object} */ line) => void process.stdout.write(`${JSON.stringify(line)}\n`)
  print(headOf(person))
  for await (const page of eventPages(session, person, undefined)) page.forEach(print)
  for (const line of await settingsLines(session, person)) print(line)
  for await (const reminder of remindersOf(session, person)) print(reminder)
}
