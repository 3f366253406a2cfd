import { resolve } from 'node:path'
import { readCommand } from '../arguments.js'
import { dataFolder, runningServer } from '../client/server.js'
import { CommandError } from '../errors.js'
import { readable } from '../print.js'
import { isAlive } from '../process.js'
import { progress } from '../terminal/progress.js'
import { elsewhere, loadServer } from './start.js'

/** @import { OwnOptions } from '../arguments.js' */

/**
 * Brings the database of a data folder to the form that this version wants, which a start does by itself; with `--check` only says what
 * would run. Each step is one transaction, so it may be interrupted and begun again.
 * @param {readonly string[]} words
 * @param {OwnOptions} options
 * @param {NodeJS.ProcessEnv} env
 */
export async function migrate(words, options, env) {
  const known = { values: ['data', 'config', 'postgres-user', 'postgres'], flags: ['check'] }
  const { values, flags } = readCommand(words, options, known)
  const data = dataFolder(options, env)
  const isCheck = flags.has('check')
  const server = runningServer(data)
  if (server !== undefined && isAlive(server.pid)) return running(server.pid, isCheck, options)
  const code = await elsewhere([...(options.json ? ['--json'] : []), 'migrate', ...words, '--data', data], env)
  if (code !== undefined) return code
  const given = [...values]
    .filter(([name]) => !['data', 'postgres'].includes(name))
    .flatMap(([name, value]) => [`--${name}`, value])
  const postgres = values.get('postgres')
  if (postgres !== undefined) return await upgrade(resolve(postgres), [...given, '--data', data], options, env)
  const outcome = await (await loadServer()).migrations([...given, '--data', data], env, { apply: !isCheck })
  if ('code' in outcome) throw new CommandError(outcome.code, `${outcome.message} (${outcome.code})`)
  const { applied, pending, hasDatabase } = outcome
  if (options.json) process.stdout.write(`${JSON.stringify({ running: false, check: isCheck, ...outcome })}\n`)
  else process.stdout.write(`${told(applied, pending, hasDatabase, isCheck).join('\n')}\n`)
  return isCheck && hasDatabase && pending.length > 0 ? 1 : 0
}

/**
 * Brings a database that an older PostgreSQL made to the one that this version brings.
 * @param {string} postgres
 * @param {readonly string[]} flags
 * @param {OwnOptions} options
 * @param {NodeJS.ProcessEnv} env
 */
async function upgrade(postgres, flags, options, env) {
  const bar = progress('upgrade', env)
  /** @param {{ files: number, of: number, file: string | null }} now */
  const onProgress = ({ files, of, file }) => bar.at(files, of, file ?? '')
  const outcome = await (await loadServer()).upgrade({ postgres, onProgress }, flags, env)
  bar.end()
  if ('code' in outcome) throw new CommandError(outcome.code, `${outcome.message} (${outcome.code})`)
  process.stdout.write(`${options.json ? JSON.stringify(outcome.upgraded) : readable(outcome.upgraded)}\n`)
  return 0
}

/** @param {number} pid @param {boolean} isCheck @param {OwnOptions} options */
function running(pid, isCheck, options) {
  const text = `The server runs (process ${pid}): it brought its database to its form when it started, so nothing is pending for it.
After an update, stop it and look again: hearth stop, then hearth migrate --check`
  if (options.json) process.stdout.write(`${JSON.stringify({ running: true, check: isCheck, pending: [] })}\n`)
  else process.stdout.write(`${text}\n`)
  return 0
}

/**
 * @param {readonly string[]} applied
 * @param {readonly string[]} pending
 * @param {boolean} hasDatabase
 * @param {boolean} isCheck
 */
function told(applied, pending, hasDatabase, isCheck) {
  if (!hasDatabase) return [`There is no database yet: the first start makes it, with ${pending.length} migrations.`]
  if (pending.length === 0)
    return [`Nothing is pending: ${applied.length} migrations are applied, the last ${applied.at(-1)}.`]
  const lines = pending.map((name) => `  ${name}`)
  if (!isCheck) return [`${pending.length} migrations were applied:`, ...lines]
  return [
    `${pending.length} migrations would run at the next start:`,
    ...lines,
    'They go forward only: make a backup before ("hearth backup" with the running server).',
  ]
}
