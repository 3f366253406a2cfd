import { readFileSync } from 'node:fs'
import { readCommand } from '../arguments.js'
import { readAnswer, request } from '../client/request.js'
import { openSession } from '../client/session.js'
import { CommandError, errorCode } from '../errors.js'
import { writeByRename } from '../files.js'
import { plain } from '../plain.js'
import { dim, green, red, screenOf } from '../terminal/screen.js'
import { progress } from '../terminal/progress.js'

/** @import { OwnOptions } from '../arguments.js' */
/** @import { Session } from '../client/session.js' */

/** @typedef {{ part: string, ok: boolean, seen: string, [more: string]: unknown }} Part */

/**
 * Compares everything that can be: the chain of the log, each view with what the log leads to, the files of the archive. It only reads,
 * so it may be interrupted and begun again.
 * @param {readonly string[]} words
 * @param {OwnOptions} options
 * @param {NodeJS.ProcessEnv} env
 */
export async function verify(words, options, env) {
  const { values } = readCommand(words, options, { values: ['data', 'url', 'checkpoint', 'save'] })
  const before = values.get('checkpoint')
  const former = before === undefined ? undefined : checkpointIn(before)
  const session = await openSession(options, env)
  const { views = {} } = readAnswer(await request(session.server, { method: 'GET', path: '/api/v1/status' }))
  const names = Object.keys(views)
  const steps = [
    () => log(session, former, values.get('save')),
    ...names.map((name) => () => view(session, name)),
    () => archive(session),
  ]
  const labels = ['the log', ...names.map((name) => `view ${name}`), 'the archive']
  const bar = progress('verifying', env)
  const screen = screenOf(process.stdout, env)
  let isWhole = true
  for (const [index, step] of steps.entries()) {
    bar.at(index, steps.length, labels[index])
    const part = await step()
    isWhole &&= part.ok
    bar.end()
    const { seen, ...told } = part
    if (options.json) process.stdout.write(`${JSON.stringify(told)}\n`)
    else
      process.stdout.write(
        `${part.ok ? green('ok   ', screen) : red('wrong', screen)}  ${plain(part.part)}  ${dim(plain(seen), screen)}\n`,
      )
  }
  return isWhole ? 0 : 1
}

/** @param {Session} session @param {string | undefined} checkpoint @param {string | undefined} save @returns {Promise<Part>} */
async function log({ call }, checkpoint, save) {
  const told = await call('log.verify', checkpoint === undefined ? {} : { checkpoint })
  if (save !== undefined && told.checkpoint !== null) writeByRename(save, `${told.checkpoint}\n`)
  const ok = told.broken.length === 0
  return {
    part: 'log',
    ok,
    seen: ok ? `${told.rows} rows, each chained to the one before` : `broken at ${told.broken.join(', ')}`,
    ...told,
  }
}

/** @param {Session} session @param {string} name @returns {Promise<Part>} */
async function view({ call }, name) {
  const told = await call('views.verify', { view: name })
  const ok = told.different === 0
  const seen = ok
    ? `${told.rows} rows, as the log has them`
    : `${told.different} of ${told.rows} rows differ: hearth views.rebuild --view ${name}`
  return { part: `view ${name}`, ok, seen, ...told }
}

/** @param {Session} session @returns {Promise<Part>} */
async function archive({ call }) {
  const told = await call('log.checkArchive', {})
  const ok = told.unreadable.length === 0
  const hashes = told.unreadable.map((/** @type {any} */ { hash, code }) => `${hash} (${code})`)
  return {
    part: 'archive',
    ok,
    seen: ok ? `${told.files} files, all readable` : `put back: ${hashes.join(', ')}`,
    ...told,
  }
}

/** @param {string} path */
function checkpointIn(path) {
  try {
    return readFileSync(path, 'utf8').trim()
  } catch (error) {
    const code = errorCode(error)
    if (code === undefined) throw error
    throw new CommandError('cli.unreadable', `The checkpoint cannot be read from ${path} (${code})`)
  }
}
