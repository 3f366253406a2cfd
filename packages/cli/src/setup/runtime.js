import { spawn } from 'node:child_process'
import { accessSync, chmodSync, constants as access, copyFileSync, mkdirSync, renameSync, statSync } from 'node:fs'
import { createRequire } from 'node:module'
import { constants, homedir } from 'node:os'
import { dirname, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { CommandError, errorCode } from '../errors.js'
import { useCompileCache } from './compile-cache.js'

/** The first Node that runs TypeScript as it stands and has `using`. */
const neededMajor = 24

export const hasNode24 = () => Number(process.versions.node.split('.')[0]) >= neededMajor

/**
 * Optional packages are wanted where their platform is, the packaged Node only where this one is too old.
 * @param {string} name
 */
export const isNeeded = (name) => !(hasNode24() && /^node-(linux|darwin|win)/.test(name))

const packageName = `node-${process.platform}-${process.arch}`

/** The Node that npm brought, ready to be run. */
function packagedNode() {
  let folder
  try {
    folder = dirname(createRequire(import.meta.url).resolve(`${packageName}/package.json`))
  } catch (error) {
    if (errorCode(error) !== 'MODULE_NOT_FOUND') throw error
    throw new CommandError(
      'cli.node-too-old',
      `Hearth needs Node ${neededMajor} or newer. This is Node ${process.versions.node}, and npm has no packaged Node ` +
        `${neededMajor} for ${process.platform} on ${process.arch}: install Node ${neededMajor} and run the command again.`,
    )
  }
  return executable(join(folder, 'bin/node'))
}

/**
 * Archives and some file systems lose the executable bit; a clone of another user's cannot be changed, only copied.
 * @param {string} path
 */
function executable(path) {
  if (isExecutable(path)) return path
  try {
    chmodSync(path, 0o755)
    return path
  } catch (error) {
    if (errorCode(error) === undefined) throw error
  }
  const { size, mtimeMs } = statSync(path)
  const folder = join(process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache'), 'hearth')
  const copy = join(folder, `${packageName}-${size}-${Math.trunc(mtimeMs)}`)
  if (isExecutable(copy)) return copy
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  copyFileSync(path, `${copy}.${process.pid}`)
  chmodSync(`${copy}.${process.pid}`, 0o700)
  renameSync(`${copy}.${process.pid}`, copy)
  return copy
}

/** @param {string} path */
function isExecutable(path) {
  try {
    accessSync(path, access.X_OK)
    return true
  } catch (error) {
    if (errorCode(error) === undefined) throw error
    return false
  }
}

/**
 * Runs a program with Node 24: in this process where it is one (the answer is undefined: the program itself decides
 * when and how the process ends), else in a child whose exit code is the answer.
 * @param {string | undefined} root the clone, where compiled code is kept
 * @param {string} file
 * @param {string[]} words
 * @returns {Promise<number | undefined>}
 */
export async function runScript(root, file, words) {
  if (!hasNode24()) return await runInChild(file, words)
  useCompileCache(root)
  process.argv = [process.execPath, file, ...words]
  await import(pathToFileURL(file).href)
  return undefined
}

/**
 * @param {string} file
 * @param {string[]} words
 * @returns {Promise<number>}
 */
export function runInChild(file, words) {
  const child = spawn(packagedNode(), [...process.execArgv, file, ...words], { stdio: 'inherit' })
  /** @param {NodeJS.Signals} signal */
  const forward = (signal) => void child.kill(signal)
  for (const signal of forwarded) process.on(signal, forward)
  return new Promise((resolve, reject) => {
    child.once('error', (error) =>
      reject(
        new CommandError(
          'cli.node-does-not-run',
          `The packaged Node ${neededMajor} does not run here: ${error.message}`,
        ),
      ),
    )
    child.once('exit', (code, signal) => {
      for (const signal of forwarded) process.off(signal, forward)
      resolve(code ?? 128 + constants.signals[signal ?? 'SIGKILL'])
    })
  })
}

/** @type {readonly NodeJS.Signals[]} */
const forwarded = ['SIGINT', 'SIGTERM', 'SIGHUP']
