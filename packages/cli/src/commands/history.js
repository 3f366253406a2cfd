import { readCommand } from '../arguments.js'
import { openSession } from '../client/session.js'
import { usage } from '../errors.js'
import { pagesOf } from '../paging.js'
import { cell, readable } from '../print.js'
import { bold, dim, green, red, screenOf, yellow } from '../terminal/screen.js'

/** @import { OwnOptions } from '../arguments.js' */
/** @import { Session } from '../client/session.js' */
/** @import { Screen } from '../terminal/screen.js' */

/** @typedef {{ op: 'add' | 'remove' | 'replace', path: string, value?: unknown, was?: unknown }} Change */

/** @param {string} moment an instant, or else a position */
const isInstant = (moment) => /^\d{4}-/.test(moment)

/** @param {string} text @param {string} at @param {string} position */
const momentAs = (text, at, position) => ({ [isInstant(text) ? at : position]: text })

/** What began as nothing, field by field. @param {Change} change @returns {Change[]} */
function partsOf(change) {
  const { path, value, was } = change
  if (path !== '' || typeof value !== 'object' || value === null || was != null) return [change]
  return Object.entries(value).map(([name, part]) => ({ op: 'add', path: `/${name}`, value: part }))
}

/** @param {readonly Change[]} changes @param {Screen} screen @param {string} [indent] */
function changeLines(changes, screen, indent = '') {
  if (changes.length === 0) return [`${indent}${dim('nothing', screen)}`]
  return changes.flatMap(partsOf).map(({ op, path, value, was }) => {
    const where = path === '' ? 'all' : path.slice(1).replaceAll('/', '.')
    if (op === 'add') return `${indent}${green(`+ ${where}: ${cell(value)}`, screen)}`
    if (op === 'remove') return `${indent}${red(`- ${where}: ${cell(was)}`, screen)}`
    return `${indent}${yellow(`~ ${where}: ${cell(was)} → ${cell(value)}`, screen)}`
  })
}

/** @param {readonly string[]} rest */
function actorIn([actor]) {
  if (actor === undefined) throw usage('Which actor? Like main/owner/reminder/rem_01; "hearth events.list" names them.')
  return actor
}

/**
 * @param {readonly string[]} words
 * @param {OwnOptions} options
 * @param {NodeJS.ProcessEnv} env
 */
export async function diff(words, options, env) {
  const { rest } = readCommand(words, options, { values: ['data', 'url'], most: 3 })
  const actor = actorIn(rest)
  const [, from, to] = rest
  const session = await openSession(options, env)
  const output = await session.call('actors.diff', {
    actor,
    ...(from === undefined ? { fromAt: '1970-01-01T00:00:00Z' } : momentAs(from, 'fromAt', 'fromPosition')),
    ...(to === undefined ? {} : momentAs(to, 'toAt', 'toPosition')),
  })
  if (options.json) return void process.stdout.write(`${JSON.stringify(output)}\n`)
  const screen = screenOf(process.stdout, env)
  const head = bold(`${actor}, ${output.from ?? 'its beginning'} → ${output.to ?? 'its beginning'}`, screen)
  process.stdout.write(`${[head, ...changeLines(output.changes, screen)].join('\n')}\n`)
}

/**
 * What happened to an actor, one event after the other, with what each changed: its life, played once more.
 * @param {readonly string[]} words
 * @param {OwnOptions} options
 * @param {NodeJS.ProcessEnv} env
 */
export async function replay(words, options, env) {
  const { values, rest } = readCommand(words, options, { values: ['data', 'url', 'to'], most: 1 })
  const actor = actorIn(rest)
  const to = values.get('to')
  if (to !== undefined && Number.isNaN(placeOf(to))) throw usage(`--to is an instant or a position, not "${to}".`)
  const session = await openSession(options, env)
  const screen = screenOf(process.stdout, env)
  /** @type {string | undefined} */
  let before
  for await (const event of eventsOf(session, actor, to)) {
    const { position, at, type, data } = event
    // Events of one command stand at one place: the first of them shows what all changed.
    const changes = position === before ? [] : await changesAt(session, actor, before, position)
    before = position
    if (options.json) process.stdout.write(`${JSON.stringify({ ...event, changes })}\n`)
    else {
      const lines = [`${bold(type, screen)} ${dim(`${position} at ${at}`, screen)}`, `  ${dim(cell(data), screen)}`]
      process.stdout.write(`${[...lines, ...changeLines(changes, screen, '  ')].join('\n')}\n`)
    }
  }
  if (options.json || before === undefined) return
  const { state } = await session.call('actors.state', { actor, position: before })
  process.stdout.write(`${bold('then it knew', screen)}\n${readable(state, screen)}\n`)
}

/** @param {Session} session @param {string} actor @param {string | undefined} to @returns {AsyncGenerator<any, void>} */
async function* eventsOf({ server, need }, actor, to) {
  for await (const page of pagesOf(server, need('events.list'), { actor, limit: 500 }))
    for (const event of page) {
      if (to !== undefined && isAfter(/** @type {any} */ (event), to)) return
      yield event
    }
}

/** @param {{ at: string, position: string }} event @param {string} to */
function isAfter({ at, position }, to) {
  return (isInstant(to) ? Date.parse(at) : placeOf(position)) > placeOf(to)
}

/** Where a moment lies: in time, or in its part of the log. @param {string} moment */
const placeOf = (moment) => (isInstant(moment) ? Date.parse(moment) : Number(moment.split('.')[1]))

/** @param {Session} session @param {string} actor @param {string | undefined} from @param {string} to @returns {Promise<Change[]>} */
async function changesAt({ call }, actor, from, to) {
  const start = from === undefined ? { fromAt: '1970-01-01T00:00:00Z' } : { fromPosition: from }
  const { changes } = await call('actors.diff', { actor, ...start, toPosition: to })
  return changes
}

/**
 * Plays commands on a home as it stood at a moment. Nothing is kept, and nothing reaches the world.
 * @param {readonly string[]} words
 * @param {OwnOptions} options
 * @param {NodeJS.ProcessEnv} env
 */
export async function fork(words, options, env) {
  const { words: others, calls } = takeCalls(words)
  const { values, rest } = readCommand(others, options, { values: ['data', 'url', 'at'], most: 1 })
  const actor = actorIn(rest)
  if (calls.length === 0) throw usage('What would be called? --call OPERATION --input JSON, as often as it takes.')
  const at = values.get('at')
  const session = await openSession(options, env)
  const output = await session.call('actors.fork', {
    actor,
    ...(at === undefined ? {} : momentAs(at, 'at', 'position')),
    calls,
  })
  if (options.json) return void process.stdout.write(`${JSON.stringify(output)}\n`)
  const screen = screenOf(process.stdout, env)
  const lines = [
    bold(`${actor}, forked at ${output.from ?? 'its beginning'}`, screen),
    ...output.answers.map(
      (/** @type {any} */ { code, output: said }, /** @type {number} */ index) =>
        `${calls[index]?.operation}: ${code === null ? cell(said) : red(`${code}: ${cell(said)}`, screen)}`,
    ),
    bold('what would happen', screen),
    ...output.events.map(
      (/** @type {any} */ { actor: whose, type, data }) => `  ${type} ${dim(whose, screen)} ${cell(data)}`,
    ),
    ...(output.events.length === 0 ? ['  nothing'] : []),
    ...output.asked.map((/** @type {any} */ { kind, due }) => `  asks for ${kind}, due ${due}`),
    bold('what would change', screen),
    ...changeLines(output.changes, screen, '  '),
  ]
  process.stdout.write(`${lines.join('\n')}\n`)
}

/**
 * Takes out `--call OPERATION` and the `--input JSON` that follows it.
 * @param {readonly string[]} all
 */
function takeCalls(all) {
  /** @type {string[]} */
  const words = []
  /** @type {{ operation: string, input: unknown }[]} */
  const calls = []
  for (let at = 0; at < all.length; at++) {
    const [, name, inline] = /^--(call|input)(?:=(.*))?$/s.exec(all[at] ?? '') ?? []
    if (name === undefined) {
      words.push(all[at] ?? '')
      continue
    }
    const value = inline ?? all[++at]
    if (value === undefined) throw usage(`--${name} needs a value.`)
    const last = calls.at(-1)
    if (name === 'call') calls.push({ operation: value, input: {} })
    else if (last === undefined) throw usage('--input belongs to the --call before it.')
    else last.input = parsed(value)
  }
  return { words, calls }
}

/** @param {string} text @returns {unknown} */
function parsed(text) {
  try {
    return JSON.parse(text)
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error
    throw usage(`The input is not JSON: ${error.message}.`)
  }
}
