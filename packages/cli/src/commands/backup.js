import { resolve } from 'node:path'
import { readFlags } from '../arguments.js'
import { callOperation, findOperation, listOperations } from '../client/operations.js'
import { serverToCall } from '../client/server.js'
import { CommandError, usage } from '../errors.js'
import { readable } from '../print.js'
import { elsewhere, loadServer } from './start.js'

/** @import { OwnOptions } from '../arguments.js' */

/**
 * @param {readonly string[]} words
 * @param {OwnOptions} options
 * @param {readonly string[]} known
 * @returns {Record<string, string>}
 */
function valuesOf(words, options, known) {
  /** @type {Record<string, string>} */
  const values = {}
  for (const { name, value } of readFlags(words, options)) {
    if (!known.includes(name)) throw usage(`There is no option --${name} here.`)
    if (value === undefined) throw usage(`--${name} needs a value.`)
    values[name] = value
  }
  return values
}

/** @param {unknown} output @param {OwnOptions} options */
const print = (output, options) => process.stdout.write(`${options.json ? JSON.stringify(output) : readable(output)}\n`)

/**
 * Has the running server copy everything to a folder.
 * @param {readonly string[]} words
 * @param {OwnOptions} options
 * @param {NodeJS.ProcessEnv} env
 */
export async function backup(words, options, env) {
  const { to, ...own } = valuesOf(words, options, ['to', 'data', 'url'])
  const server = serverToCall({ ...options, ...own }, env)
  const operation = findOperation(await listOperations(server), 'backup.make')
  print(await callOperation(server, operation, to === undefined ? {} : { to: resolve(to) }, options.key), options)
}

/**
 * Fills a data folder without a database from a backup; the flags are those of `hearth start`.
 * @param {readonly string[]} words
 * @param {OwnOptions} options
 * @param {NodeJS.ProcessEnv} env
 */
export async function restore(words, options, env) {
  const { from, data = options.data, ...more } = valuesOf(words, options, ['from', 'data', 'postgres-user', 'config'])
  if (from === undefined) throw usage('Which backup? --from DIR')
  const own = [...(options.json ? ['--json'] : []), ...(options.data === undefined ? [] : ['--data', options.data])]
  const code = await elsewhere([...own, 'restore', ...words], env)
  if (code !== undefined) return code
  const { restore: fill } = await loadServer()
  const flags = Object.entries({ ...more, ...(data === undefined ? {} : { data }) })
  const outcome = await fill(
    resolve(from),
    flags.flatMap(([name, value]) => [`--${name}`, value]),
    env,
  )
  if ('code' in outcome) throw new CommandError(outcome.code, `${outcome.message} (${outcome.code})`)
  print(outcome.restored, options)
}
