import { fileURLToPath } from 'node:url'
import { CommandError, errorCode } from '../errors.js'
import { cloneRoot } from '../setup/clone.js'
import { useCompileCache } from '../setup/compile-cache.js'
import { forServer, install } from '../setup/install.js'
import { hasNode24, runInChild } from '../setup/runtime.js'

/**
 * @typedef {object} Server
 * @property {(words: readonly string[], env: NodeJS.ProcessEnv) => Promise<number>} main
 * @property {(asked: object, words: readonly string[], env: NodeJS.ProcessEnv) => Promise<{ upgraded: unknown } | { code: string, message: string }>} upgrade
 * @property {(asked: object, words: readonly string[], env: NodeJS.ProcessEnv) => Promise<{ restored?: unknown, drilled?: { same: boolean } } | { code: string, message: string }>} restore
 * @property {(words: readonly string[], env: NodeJS.ProcessEnv, options: { apply: boolean }) => Promise<{ applied: string[], pending: string[], hasDatabase: boolean } | { code: string, message: string }>} migrations
 */

/** @returns {Promise<Server>} */
export async function loadServer() {
  // A name that the type checker cannot follow: the command stands below the server and is installed without it.
  const name = '@hearth/server'
  try {
    return await import(name)
  } catch (error) {
    const isAbsent = errorCode(error) === 'ERR_MODULE_NOT_FOUND' && String(error).includes(`'${name}'`)
    if (!isAbsent) throw error
    throw new CommandError(
      'cli.no-server',
      'The server is not installed beside this command: "hearth start" works in a clone of the repository.',
    )
  }
}

/**
 * npx puts a shell between itself and this process, which ends on the signal that was meant for the server.
 * @param {NodeJS.ProcessEnv} env
 */
function stopWithShellOfNpx(env) {
  if (env['npm_lifecycle_event'] !== 'npx') return
  const parent = process.ppid
  const timer = setInterval(() => {
    if (process.ppid === parent) return
    clearInterval(timer)
    process.kill(process.pid, 'SIGTERM')
  }, 250)
  timer.unref()
}

/**
 * Installs what the server needs, and runs the command in a newer Node where this one is too old for it: then its exit code.
 * @param {readonly string[]} words
 * @param {NodeJS.ProcessEnv} env
 */
export async function elsewhere(words, env) {
  const root = cloneRoot()
  if (root === undefined) return undefined
  await install(root, forServer(env))
  if (!hasNode24()) return await runInChild(fileURLToPath(new URL('../../bin/hearth.js', import.meta.url)), [...words])
  useCompileCache(root, '@hearth/server/everything')
  return undefined
}

/**
 * Runs the server until it stops, and gives its exit code.
 * @param {readonly string[]} words
 * @param {NodeJS.ProcessEnv} env
 */
export async function start(words, env) {
  stopWithShellOfNpx(env)
  const code = await elsewhere(['start', ...words], env)
  if (code !== undefined) return code
  const { main } = await loadServer()
  // The process ends here whatever the server may have left open.
  process.exit(await main(words, env))
}
