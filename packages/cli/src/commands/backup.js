import { resolve } from 'node:path'
import { readCommand } from '../arguments.js'
import { callOperation, findOperation, listOperations } from '../client/operations.js'
import { readAnswer, request } from '../client/request.js'
import { serverToCall } from '../client/server.js'
import { CommandError, usage } from '../errors.js'
import { readable } from '../print.js'
import { progress } from '../terminal/progress.js'
import { elsewhere, loadServer } from './start.js'

/** @import { OwnOptions } from '../arguments.js' */
/** @import { Server } from '../client/server.js' */

/** @typedef {{ files: number, of: number, file: string | null }} ProgressNow */

const lookEveryMs = 500

/** @param {unknown} output @param {OwnOptions} options */
const print = (output, options) => process.stdout.write(`${options.json ? JSON.stringify(output) : readable(output)}\n`)

/** A folder as a whole path; what lies elsewhere as it is. @param {string} place */
const placed = (place) => (place.startsWith('s3://') ? place : resolve(place))

/**
 * Has the running server copy everything, or say what it has copied; a drill needs no server.
 * @param {readonly string[]} words
 * @param {OwnOptions} options
 * @param {NodeJS.ProcessEnv} env
 */
export async function backup(words, options, env) {
  const known = ['to', 'from', 'scratch', 'data', 'url', 'postgres-user', 'config']
  const { values, rest } = readCommand(words, options, { values: known, most: 1 })
  const [what = 'make'] = rest
  const wanted = { make: ['to', 'data', 'url'], list: ['data', 'url'], drill: ['from', 'scratch', ...known.slice(-4)] }
  if (!Object.hasOwn(wanted, what))
    throw usage(`hearth backup ${what} is not known: leave it away, or say list or drill.`)
  const allowed = wanted[/** @type {keyof typeof wanted} */ (what)]
  for (const name of values.keys()) if (!allowed.includes(name)) throw usage(`There is no option --${name} here.`)
  if (what === 'drill') return await drill(words, values, options, env)
  const server = serverToCall(options, env)
  const operations = await listOperations(server)
  if (what === 'list')
    return void print(await callOperation(server, findOperation(operations, 'backup.list'), {}, undefined), options)
  const to = values.get('to')
  const operation = findOperation(operations, 'backup.make')
  const made = callOperation(server, operation, to === undefined ? {} : { to: placed(to) }, options.key)
  print(await shown(made, server, env), options)
}

/**
 * Shows at a terminal how far the server is, until it has answered.
 * @template T
 * @param {Promise<T>} answer
 * @param {Server} server
 * @param {NodeJS.ProcessEnv} env
 */
async function shown(answer, server, env) {
  if (!process.stderr.isTTY) return await answer
  const bar = progress('backup', env)
  const look = async () => {
    try {
      const status = readAnswer(await request(server, { method: 'GET', path: '/api/v1/status' }))
      const running = /** @type {ProgressNow | null | undefined} */ (status?.backup?.running)
      if (running) bar.at(running.files, running.of, running.file ?? '')
    } catch (error) {
      // What the backup itself comes to is told by its answer.
      if (!(error instanceof CommandError)) throw error
    }
  }
  const timer = setInterval(() => void look(), lookEveryMs)
  try {
    return await answer
  } finally {
    clearInterval(timer)
    bar.end()
  }
}

/**
 * Flags of `hearth start` that these commands take too.
 * @param {ReadonlyMap<string, string>} values
 * @param {OwnOptions} options
 */
function startFlags(values, options) {
  const data = values.get('data') ?? options.data
  const given = ['postgres-user', 'config'].flatMap((name) => {
    const value = values.get(name)
    return value === undefined ? [] : [`--${name}`, value]
  })
  return [...(data === undefined ? [] : ['--data', data]), ...given]
}

/**
 * Runs in this process what needs the server's code, with a bar at a terminal.
 * @param {{ from: string | undefined, what: 'all' | 'archive' | 'drill', scratch?: string, at?: string }} asked
 * @param {readonly string[]} flags
 * @param {NodeJS.ProcessEnv} env
 */
async function restoring(asked, flags, env) {
  const { restore: run } = await loadServer()
  const bar = progress(asked.what === 'drill' ? 'drill' : 'restore', env)
  /** @param {ProgressNow} now */
  const onProgress = ({ files, of, file }) => bar.at(files, of, file ?? '')
  const outcome = await run({ ...asked, onProgress }, flags, env)
  bar.end()
  if ('code' in outcome)
    throw new CommandError(
      outcome.code,
      `${outcome.message} (${outcome.code})`,
      outcome.code.startsWith('usage.') ? 2 : 1,
    )
  return outcome
}

/** @param {string} command @param {readonly string[]} words @param {OwnOptions} options */
const again = (command, words, options) => [
  ...(options.json ? ['--json'] : []),
  ...(options.data === undefined ? [] : ['--data', options.data]),
  command,
  ...words,
]

/**
 * Restores into a scratch folder, compares, and removes it: exit code 1 where something is not as it was.
 * @param {readonly string[]} words
 * @param {ReadonlyMap<string, string>} values
 * @param {OwnOptions} options
 * @param {NodeJS.ProcessEnv} env
 */
async function drill(words, values, options, env) {
  const code = await elsewhere(again('backup', words, options), env)
  if (code !== undefined) return code
  const [from, scratch] = [values.get('from'), values.get('scratch')]
  const asked = {
    from: from === undefined ? undefined : placed(from),
    what: /** @type {const} */ ('drill'),
    ...(scratch === undefined ? {} : { scratch: resolve(scratch) }),
  }
  const { drilled } = await restoring(asked, startFlags(values, options), env)
  print(drilled, options)
  return drilled?.same === true ? 0 : 1
}

/**
 * Fills a data folder without a database from a backup, or only its archive; the flags are those of `hearth start`.
 * @param {readonly string[]} words
 * @param {OwnOptions} options
 * @param {NodeJS.ProcessEnv} env
 */
export async function restore(words, options, env) {
  const known = ['from', 'at', 'data', 'postgres-user', 'config']
  const { values, flags } = readCommand(words, options, { values: known, flags: ['archive'] })
  const from = values.get('from')
  if (from === undefined) throw usage('Which backup? --from DIR, or --from s3://bucket/prefix')
  const code = await elsewhere(again('restore', words, options), env)
  if (code !== undefined) return code
  const what = flags.has('archive') ? /** @type {const} */ ('archive') : /** @type {const} */ ('all')
  const at = values.get('at')
  if (at !== undefined && what === 'archive') throw usage('Either --at or --archive.')
  const asked = { from: placed(from), what, ...(at === undefined ? {} : { at }) }
  const { restored } = await restoring(asked, startFlags(values, options), env)
  print(restored, options)
}
