import { readFileSync, statSync } from 'node:fs'
import { homedir } from 'node:os'
import { join, resolve } from 'node:path'
import { CommandError, errorCode } from '../errors.js'

/** @import { OwnOptions } from '../arguments.js' */

/**
 * What a running server writes to its data folder.
 * @typedef {{ url: string, pid: number, writtenAt: number }} RunningServer
 */

/**
 * @param {OwnOptions} options
 * @param {NodeJS.ProcessEnv} env
 */
export function dataFolder(options, env) {
  const home = env['HOME'] || homedir()
  return resolve(options.data ?? (env['HEARTH_DATA'] || folderOfFile(env) || join(home, '.hearth')))
}

/**
 * The data folder that the server's own configuration file names.
 * @param {NodeJS.ProcessEnv} env
 * @returns {string | undefined}
 */
function folderOfFile(env) {
  const path = env['HEARTH_CONFIG']
  const text = path ? readText(path) : undefined
  if (text === undefined) return undefined
  try {
    const { data } = JSON.parse(text) ?? {}
    return typeof data === 'string' ? data : undefined
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error
    throw new CommandError('cli.unreadable', `The file of HEARTH_CONFIG, ${path}, is not JSON`)
  }
}

/** @param {string} path */
function readText(path) {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    const code = errorCode(error)
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined
    throw new CommandError('cli.unreadable', `${path} cannot be read (${code})`)
  }
}

/**
 * @param {string} folder
 * @returns {RunningServer | undefined}
 */
export function runningServer(folder) {
  const path = join(folder, 'server.json')
  const text = readText(path)
  if (text === undefined) return undefined
  try {
    const { url, pid } = JSON.parse(text)
    if (typeof url === 'string' && Number.isInteger(pid) && pid > 0)
      return { url, pid, writtenAt: statSync(path).mtimeMs }
  } catch (error) {
    // Removed between the two looks: the server has just stopped.
    if (errorCode(error) === 'ENOENT') return undefined
    if (!(error instanceof SyntaxError)) throw error
  }
  throw new CommandError('cli.unreadable', `${path} is damaged: start the server again, it writes a new one`)
}

/** @param {string} folder */
export const notRunning = (folder) =>
  new CommandError(
    'cli.not-running',
    `Hearth is not running on ${folder}: start it with "hearth start", or name another folder with --data.`,
  )

/**
 * Where to call, and with whose key. Never sends a key to an address that the user did not give as the server's.
 * @param {OwnOptions} options
 * @param {NodeJS.ProcessEnv} env
 */
export function serverToCall(options, env) {
  const folder = dataFolder(options, env)
  const url = options.url ?? runningServer(folder)?.url
  if (url === undefined) throw notRunning(folder)
  if (!URL.canParse(url) || !/^https?:$/.test(new URL(url).protocol)) {
    throw new CommandError('cli.usage', `"${url}" is no http address.`, 2)
  }
  const key = env['HEARTH_OWNER_KEY'] || readText(join(folder, 'owner.key'))?.trim()
  if (!key) {
    throw new CommandError(
      'cli.no-key',
      `No key: set HEARTH_OWNER_KEY, or name with --data the folder whose owner.key to use.`,
    )
  }
  return { url: url.replace(/\/+$/, ''), key }
}

/** @typedef {ReturnType<typeof serverToCall>} Server */
