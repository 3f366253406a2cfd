import { readFileSync } from 'node:fs'
import { readCommand } from '../arguments.js'
import { commands, findCommand } from '../commands.js'
import { CommandError, usage } from '../errors.js'
import { plain } from '../plain.js'
import { bold, dim, screenOf } from '../terminal/screen.js'

/** @import { OwnOptions } from '../arguments.js' */
/** @import { Command } from '../commands.js' */
/** @import { Operation } from '../client/operations.js' */
/** @import { Schema } from '../client/fields.js' */
/** @import { Server } from '../client/server.js' */
/** @import { Screen } from '../terminal/screen.js' */

export const version = () =>
  /** @type {string} */ (JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')).version)

/** @param {Command} command */
const commandLine = ({ name, usage: words }) => `hearth ${name}${words === '' ? '' : ` ${words}`}`

/** @param {Command} command */
function shortLines(command) {
  const line = `  ${commandLine(command)}`
  return line.length < 30 ? [`${line.padEnd(30)}${command.summary}`] : [line, `${' '.repeat(30)}${command.summary}`]
}

export const help = () => `hearth ${version()}: a self-hosted home for AI agents

${commands.flatMap(shortLines).join('\n')}
  hearth OPERATION [--field value]… [-] [--all | --watch] [--json]
                              call an operation: hearth reminders.set --text tea --at 2030-01-01T16:00:00Z

Fields: numbers, booleans and nested values are written as JSON; a list is the field repeated; --field alone
is true, --no-field false, --field=--text a value that begins with dashes. A - alone reads the input as JSON from
standard input. --all follows a list to its end, --watch goes on with every change.

Options, before the command (after an operation a field of the same name wins):
  --data DIR    the data folder (HEARTH_DATA, else ~/.hearth), which says where the server is and holds its key
  --url URL     call this server instead; the key is HEARTH_OWNER_KEY or the data folder's owner.key
  --key TEXT    the idempotency key of the call; otherwise each call that writes gets one of its own
  --input FILE  the input as JSON, - for standard input; fields given as well win
  --json        standard output is JSON only
  --version, --help

Exit codes: 0 done, 1 failed, 2 wrong usage.
`

/** @param {Command} command */
function commandHelp(command) {
  const options = (command.options ?? []).map(([option, text]) => `  ${option.padEnd(20)}${text}`)
  return [commandLine(command), `  ${command.summary}`, ...(options.length === 0 ? [] : ['', ...options]), ''].join(
    '\n',
  )
}

/** @param {string} name */
export function unknownCommand(name) {
  const near = commands.map((command) => command.name).filter((known) => distance(known, name) <= 2)
  return usage(`There is no command ${plain(name)}.${near.length === 0 ? '' : ` Is it ${near.join(' or ')}?`}`)
}

/** How many letters have to be changed. @param {string} one @param {string} other */
function distance(one, other) {
  let row = Array.from({ length: other.length + 1 }, (_, index) => index)
  for (const [index, letter] of one.split('').entries()) {
    const next = [index + 1]
    for (let at = 0; at < other.length; at++) {
      const same = letter === other[at] ? 0 : 1
      next.push(Math.min((row[at] ?? 0) + same, (row[at + 1] ?? 0) + 1, (next[at] ?? 0) + 1))
    }
    row = next
  }
  return row[other.length] ?? 0
}

/**
 * @param {readonly string[]} words
 * @param {OwnOptions} options
 * @param {NodeJS.ProcessEnv} env
 */
export async function printHelp(words, options, env) {
  const { rest } = readCommand(words, options, { values: ['url', 'data'], most: 1 })
  const [name] = rest
  const command = name === undefined ? undefined : findCommand(name)
  if (name === undefined) process.stdout.write(help())
  else if (command !== undefined) process.stdout.write(commandHelp(command))
  else if (name !== 'operations' && !name.includes('.')) throw unknownCommand(name)
  else {
    const { operations, server } = await offered(options, env)
    if (name === 'operations') return await printOperations(operations ?? [], options, env)
    const { findOperation } = await import('../client/operations.js')
    await printOperationHelp(findOperation(operations, name), server, env)
  }
}

/**
 * What the server offers; where none answers, what it last offered to somebody who has it completed.
 * @param {OwnOptions} options
 * @param {NodeJS.ProcessEnv} env
 * @returns {Promise<{ operations: Operation[] | undefined, server: Server | undefined }>}
 */
async function offered(options, env) {
  const [{ listOperations }, { dataFolder, serverToCall }] = await Promise.all([
    import('../client/operations.js'),
    import('../client/server.js'),
  ])
  try {
    const server = serverToCall(options, env)
    return { operations: await listOperations(server), server }
  } catch (error) {
    if (!(error instanceof CommandError) || !/^cli\.(not-running|no-answer)$/.test(error.code)) throw error
    const { recallOperations } = await import('../client/cache.js')
    const operations = recallOperations(options.url ?? dataFolder(options, env), env)
    if (operations === undefined) throw error
    return { operations, server: undefined }
  }
}

/** @param {readonly Operation[]} operations @param {OwnOptions} options @param {NodeJS.ProcessEnv} env */
async function printOperations(operations, options, env) {
  const { readable } = await import('../print.js')
  const items = operations.map(({ name, summary }) => ({ name, summary }))
  const text = options.json ? JSON.stringify({ items }) : readable({ items }, screenOf(process.stdout, env))
  process.stdout.write(`${text}\n`)
}

/**
 * @param {Schema} schema
 * @param {Schema} root
 * @returns {string}
 */
function typeText(schema, root) {
  const target = schema.$ref === undefined ? undefined : root.$defs?.[schema.$ref.replace(/^#\/\$defs\//, '')]
  if (target !== undefined) return typeText(target, root)
  const choices = [...(schema.anyOf ?? []), ...(schema.oneOf ?? [])]
  if (choices.length > 0) return [...new Set(choices.map((choice) => typeText(choice, root)))].join(' | ')
  if (schema.enum !== undefined) return schema.enum.map((value) => JSON.stringify(value)).join(' | ')
  if ('const' in schema) return JSON.stringify(schema.const)
  if (schema.type === 'array') return `${typeText(schema.items ?? {}, root)} (repeat)`
  if (schema.type === 'object' && schema.properties !== undefined) return shapeText(schema, root)
  return [schema.type ?? 'JSON'].flat().join(' | ')
}

/** @param {Schema} schema @param {Schema} root */
function shapeText({ properties = {}, required = [] }, root) {
  const fields = Object.entries(properties).map(
    ([name, field]) => `${name}${required.includes(name) ? '' : '?'}: ${typeText(field, root)}`,
  )
  return `{ ${fields.join(', ')} }`
}

/** A word as a shell takes it. @param {string} word */
const quoted = (word) => (/^[\w.,:/@+=-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`)

/** @param {string} name @param {Record<string, unknown>} input */
function exampleLine(name, input) {
  const words = Object.entries(input).flatMap(([field, value]) =>
    (Array.isArray(value) && value.every((part) => typeof part === 'string') ? value : [value]).flatMap((part) => [
      `--${field}`,
      quoted(typeof part === 'string' ? part : JSON.stringify(part)),
    ]),
  )
  return ['hearth', name, ...words].join(' ')
}

/**
 * @param {Operation} operation
 * @param {readonly string[]} errors
 * @param {Screen} screen
 */
function operationHelp({ name, summary, input, output, consequence, permission, watchable, examples }, errors, screen) {
  const fields = Object.entries(input?.properties ?? {}).map(([field, schema]) => {
    const need = input?.required?.includes(field) === true ? 'required' : ''
    return `  --${field.padEnd(14)} ${typeText(schema, input ?? {})} ${need} ${schema.description ?? ''}`.trimEnd()
  })
  const isList = output?.properties?.['items'] !== undefined && output.properties['next'] !== undefined
  const notes = [
    ...(consequence === undefined ? [] : [`consequence: ${consequence}`]),
    ...(permission === undefined ? [] : [`scope: ${permission}`]),
    ...(isList ? ['a list: --all follows it to its end'] : []),
    ...(watchable === true ? ['--watch goes on with every change'] : []),
  ]
  const answer = isList ? output?.properties?.['items'] : output
  const shown = [
    bold(`hearth ${name}`, screen),
    ...(summary === undefined ? [] : [`  ${summary}`]),
    ...fields,
    ...(answer === undefined ? [] : [dim('answer', screen), `  ${typeText(answer, output ?? {})}`]),
    ...(notes.length === 0 ? [] : [dim('notes', screen), ...notes.map((note) => `  ${note}`)]),
    ...((examples ?? []).length === 0 ? [] : [dim('examples', screen)]),
    ...(examples ?? []).flatMap(({ title, input: values }) => [
      ...(title === undefined ? [] : [`  # ${title}`]),
      `  ${exampleLine(name, values)}`,
    ]),
    ...(errors.length === 0 ? [] : [dim('errors', screen), `  ${errors.join(', ')}`]),
  ]
  return `${shown.join('\n')}\n`
}

/**
 * @param {Operation} operation
 * @param {Server | undefined} server which tells the errors
 * @param {NodeJS.ProcessEnv} env
 */
export async function printOperationHelp(operation, server, env) {
  const errors = operation.errors ?? (server === undefined ? [] : await errorsOf(operation, server))
  process.stdout.write(operationHelp(operation, errors, screenOf(process.stdout, env)))
}

/** The codes of its area that the server documents. @param {Operation} operation @param {Server} server */
async function errorsOf({ name }, server) {
  const { request } = await import('../client/request.js')
  const { status, text } = await request(server, { method: 'GET', path: '/openapi.json' })
  if (status !== 200) return []
  const { components } = JSON.parse(text)
  /** @type {unknown} */
  const codes = components?.schemas?.Problem?.properties?.code?.examples
  const area = `${name.split('.')[0]}.`
  return Array.isArray(codes) ? codes.filter((code) => String(code).startsWith(area)) : []
}
