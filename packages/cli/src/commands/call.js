import { readFileSync } from 'node:fs'
import { isSwitchName, isValueName, readFlags } from '../arguments.js'
import { keepOperations } from '../client/cache.js'
import { callOperation, findOperation, listOperations } from '../client/operations.js'
import { fieldsOf, findField, inputOf } from '../client/fields.js'
import { dataFolder, serverToCall } from '../client/server.js'
import { CommandError, errorCode, say, usage } from '../errors.js'
import { readable } from '../print.js'
import { screenOf } from '../terminal/screen.js'

/** @import { Flag, OwnOptions } from '../arguments.js' */
/** @import { Schema } from '../client/fields.js' */

/**
 * Takes the command's own options out of the flags: what the operation has as a field stays a field.
 * @param {readonly Flag[]} flags
 * @param {Schema | undefined} input
 * @param {OwnOptions} options
 */
function takeOwn(flags, input, options) {
  const fields = fieldsOf(input) ?? new Map()
  return flags.filter((flag) => {
    const { name, value } = flag
    const isOwn = isValueName(name) || isSwitchName(name)
    if (!isOwn || findField(flag, fields, input ?? {}) !== undefined) return true
    if (isSwitchName(name)) {
      if (value !== undefined) throw usage(`--${name} takes no value.`)
      options[name] = true
      return false
    }
    if (value === undefined) throw usage(`--${name} needs a value.`)
    if (isValueName(name)) options[name] = value
    return false
  })
}

/**
 * @param {string} from a file, or - for standard input
 * @returns {Record<string, unknown>}
 */
function readInput(from) {
  let text
  try {
    text = readFileSync(from === '-' ? 0 : from, 'utf8')
  } catch (error) {
    const code = errorCode(error)
    if (code === undefined) throw error
    throw new CommandError(
      'cli.unreadable',
      `The input cannot be read from ${from === '-' ? 'standard input' : from} (${code})`,
    )
  }
  let value
  try {
    value = JSON.parse(text)
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error
    throw usage(`The input is not JSON: ${error.message}.`)
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw usage('The input must be a JSON object.')
  return value
}

/**
 * Which server knows the operation. A `--url` after the operation's name may be a field of it, so the key is never
 * sent there before a server that is known has said what the fields are.
 * @param {readonly Flag[]} flags
 * @param {OwnOptions} options
 * @param {NodeJS.ProcessEnv} env
 */
function serverToAsk(flags, options, env) {
  const data = options.data ?? flags.find(({ name }) => name === 'data')?.value
  try {
    return serverToCall({ ...options, ...(data === undefined ? {} : { data }) }, env)
  } catch (error) {
    const isUrlGiven = flags.some(({ name }) => name === 'url')
    if (!(error instanceof CommandError && error.code === 'cli.not-running' && isUrlGiven)) throw error
    const hint = 'For a server elsewhere, put --url before the operation: hearth --url URL OPERATION …'
    throw new CommandError(error.code, `${error.message}\n${hint}`)
  }
}

/**
 * @param {string} name
 * @param {readonly string[]} words
 * @param {OwnOptions} options
 * @param {NodeJS.ProcessEnv} env
 */
export async function call(name, words, options, env) {
  const flags = readFlags(words, options)
  const asked = serverToAsk(flags, options, env)
  const operations = await listOperations(asked)
  keepOperations(options.url ?? dataFolder(options, env), operations ?? [], env, { onlyKnown: true })
  const operation = findOperation(operations, name)
  if (options.help) {
    const { printOperationHelp } = await import('./help.js')
    return await printOperationHelp(operation, asked, env)
  }
  const fields = takeOwn(flags, operation.input, options)
  const input = inputOf(name, fields, operation.input)
  const given = options.input === undefined ? {} : readInput(options.input)
  const wanted = { server: serverToCall(options, env), operation, input: { ...given, ...input }, options, env }
  if (options.watch === true) {
    const { printUpdates } = await import('../watching.js')
    return await printUpdates(wanted)
  }
  if (options.all === true) {
    const { printPages } = await import('../paging.js')
    return await printPages(wanted)
  }
  const output = await callOperation(wanted.server, operation, wanted.input, options.key)
  const text = options.json ? JSON.stringify(output ?? {}) : readable(output, screenOf(process.stdout, env))
  process.stdout.write(`${text}\n`)
  if (!options.json && typeof output?.next === 'string' && Array.isArray(output.items))
    say(`more with --after ${output.next}, or all with --all`)
}
