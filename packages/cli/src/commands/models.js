import { closeSync, constants, openSync, readSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { basename, isAbsolute, resolve } from 'node:path'
import { readCommand } from '../arguments.js'
import { openSession } from '../client/session.js'
import { cloneRoot } from '../setup/clone.js'
import { CommandError, errorCode, usage } from '../errors.js'
import { pagesOf } from '../paging.js'
import { plain } from '../plain.js'
import { declarable, declare, tokensIn } from './models-declare.js'
import { readable } from '../print.js'
import { green, red, screenOf } from '../terminal/screen.js'

/** @import { OwnOptions } from '../arguments.js' */

/**
 * What there is, each with its own options.
 * @type {Readonly<Record<string, readonly string[]>>}
 */
const optionsOf = {
  list: [],
  test: [],
  explain: [],
  declare: declarable,
  refresh: [],
  simulate: ['policy', 'since'],
  add: ['name', 'context'],
  install: [],
}

/**
 * @param {readonly string[]} words
 * @param {OwnOptions} options
 * @param {NodeJS.ProcessEnv} env
 */
export async function models(words, options, env) {
  const { values, rest } = readCommand(words, options, {
    values: ['data', 'url', ...new Set(Object.values(optionsOf).flat())],
    most: 2,
  })
  const [what = 'list', name] = rest
  if (!Object.hasOwn(optionsOf, what))
    throw usage(`There is no "hearth models ${what}": ${Object.keys(optionsOf).join(', ')} are there.`)
  for (const given of values.keys())
    if (given !== 'data' && given !== 'url' && optionsOf[what]?.includes(given) !== true)
      throw usage(`"hearth models ${what}" has no option --${given}.`)
  if (what === 'install') return await install(options)
  if (what === 'add') return await add(name, values, options, env)
  const session = await openSession(options, env)
  const screen = screenOf(process.stdout, env)
  if (what === 'list') {
    const items = []
    const input = name === undefined ? {} : { provider: name }
    for await (const page of pagesOf(session.server, session.need('models.list'), input)) items.push(...page)
    const output = { items, next: null }
    const text = options.json ? JSON.stringify(output) : readable(output, screen)
    return void process.stdout.write(`${text}\n`)
  }
  if (what === 'explain') return await explain(session, name, options)
  if (what === 'simulate') return await simulate(session, values, options)
  if (what === 'refresh') return await refresh(session, name, options)
  if (what === 'declare') return await declare(session, name, values, options)
  if (name === undefined) throw usage('Which provider? "hearth providers.list" names them.')
  const output = await session.call('providers.test', { name })
  if (options.json) process.stdout.write(`${JSON.stringify(output)}\n`)
  else if (output.ok)
    process.stdout.write(
      `${green('reached', screen)} in ${output.ms} ms${output.models ? `, ${output.models.length} models` : '; it does not list its models'}\n`,
    )
  else process.stdout.write(`${red('failed', screen)}: ${plain(String(output.reason))}\n`)
  if (!output.ok) throw new CommandError('providers.test-failed', `The provider ${name} does not answer as it should.`)
}

/**
 * @param {import('../client/session.js').Session} session
 * @param {ReadonlyMap<string, string>} values
 * @param {OwnOptions} options
 */
async function simulate(session, values, options) {
  const file = values.get('policy')
  if (file === undefined) throw usage('Which policy? --policy FILE names a file with its JSON.')
  const since = values.get('since')
  const policy = await jsonIn(file)
  const output = await session.call('router.simulate', { policy, ...(since === undefined ? {} : { since }) })
  if (options.json) return void process.stdout.write(`${JSON.stringify(output)}\n`)
  const { calls, moved, refused, left, unjudged, cost, ms } = output
  const each =
    ms.calls === 0
      ? ''
      : `, ${Math.round(ms.was / ms.calls)} ms each, and would have taken ${Math.round(ms.would / ms.calls)}`
  const lines = [
    `${calls} calls since ${output.since}: ${moved} would have gone elsewhere, ${refused} been refused; ${left} are left aside`,
    `cost: $${cost.wasUsd}, and would have been $${cost.wouldUsd} (${cost.calls} calls)`,
    `time: ${ms.calls} calls${each}`,
    ...(unjudged === 0 ? [] : [`${unjudged} were not judged by how hard they look, and are taken for simple`]),
  ]
  /** @type {{ was: string | null, would: string | null, refused?: string, calls: number }[]} */
  const moves = output.moves
  const table = moves.map(({ was, would, refused: why, calls: count }) => `  ${count}: ${was} -> ${would ?? why}`)
  process.stdout.write(`${[...lines, ...table].map(plain).join('\n')}\n`)
}

/** @param {string} file @returns {Promise<unknown>} */
async function jsonIn(file) {
  let text
  try {
    text = await readFile(file, 'utf8')
  } catch {
    throw usage(`${file} cannot be read.`)
  }
  try {
    return JSON.parse(text)
  } catch {
    throw usage(`${file} is not JSON.`)
  }
}

/** One provider, or all. @param {import('../client/session.js').Session} session @param {string | undefined} name @param {OwnOptions} options */
async function refresh(session, name, options) {
  const names = name === undefined ? [] : [name]
  if (name === undefined)
    for await (const page of pagesOf(session.server, session.need('providers.list'), {}))
      names.push(...page.map((item) => String(item['name'])))
  const done = []
  for (const provider of names) {
    const output = await session.call('models.refresh', { provider })
    done.push(output)
    if (!options.json) process.stdout.write(`${plain(provider)}: ${output.models} models\n`)
  }
  if (options.json) process.stdout.write(`${JSON.stringify(done)}\n`)
}

/** @param {OwnOptions} options */
async function install(options) {
  const { installLocalModels } = await import('../setup/local-models.js')
  await installLocalModels()
  process.stdout.write(options.json ? '{}\n' : 'What runs local models is installed.\n')
}

/**
 * @param {string | undefined} file
 * @param {ReadonlyMap<string, string>} values
 * @param {OwnOptions} options
 * @param {NodeJS.ProcessEnv} env
 */
async function add(file, values, options, env) {
  if (file === undefined) throw usage('Which file? hearth models add ./model.gguf --name model')
  // Another machine has folders of its own.
  if (options.url !== undefined && !isAbsolute(file))
    throw usage('Give the whole path of the file, on the machine of the server.')
  const session = await openSession(options, env)
  const context = values.get('context')
  const input = {
    name: values.get('name') ?? nameOf(file),
    file: resolve(file),
    ...(context === undefined ? {} : { context: tokensIn('context', context) }),
  }
  // What a server on another machine, or of another clone, runs models with is installed there.
  if (options.url === undefined && cloneRoot() !== undefined) {
    requireModel(input.file)
    await (await import('../setup/local-models.js')).installLocalModels()
  }
  const output = await session.call('models.add', input)
  if (options.json) return void process.stdout.write(`${JSON.stringify(output)}\n`)
  const { name, architecture, quantization, context: tokens } = output
  process.stdout.write(
    plain(`${name}: ${architecture}, ${quantization}, ${tokens} tokens. hearth chat --model ${name}`) + '\n',
  )
}

/** Before something is fetched for it. The server looks at all of its head. @param {string} file */
function requireModel(file) {
  const begin = Buffer.alloc(4)
  try {
    const opened = openSync(file, constants.O_RDONLY | constants.O_NONBLOCK)
    try {
      readSync(opened, begin)
    } finally {
      closeSync(opened)
    }
  } catch (error) {
    const code = errorCode(error)
    if (code === undefined) throw error
    // The server may read what whoever types this may not.
    if (code === 'EACCES' || code === 'EPERM') return
    throw new CommandError('cli.unreadable', `${file} cannot be read (${code})`)
  }
  if (begin.toString('latin1') !== 'GGUF') throw new CommandError('cli.unreadable', `${file} is no GGUF file.`)
}

/** A file's name as that of a model. @param {string} file */
const nameOf = (file) =>
  basename(file)
    .replace(/\.gguf$/i, '')
    .toLowerCase()
    .replaceAll(/[^a-z0-9._-]+/g, '-')
    .replace(/^[^a-z]+/, '')
    .slice(0, 63) || 'local'

/** @param {import('../client/session.js').Session} session @param {string | undefined} call @param {OwnOptions} options */
async function explain(session, call, options) {
  if (call === undefined)
    throw usage('Which call? "hearth calls.list" names them, and so does x-hearth-call of each answer.')
  const output = await session.call('router.explain', { call })
  if (options.json) return void process.stdout.write(`${JSON.stringify(output)}\n`)
  /** @type {{ provider: string, model: string, outcome: string, ms: number }[]} */
  const attempts = output.attempts
  const tried = attempts.map(({ provider, model, outcome, ms }) => `  ${provider}/${model}: ${outcome} after ${ms} ms`)
  process.stdout.write(`${[output.why, ...tried].map(plain).join('\n')}\n`)
}
