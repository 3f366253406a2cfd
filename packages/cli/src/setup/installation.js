import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { errorCode } from '../errors.js'

/**
 * @typedef {object} LockEntry
 * @property {string} [version]
 * @property {string} [integrity]
 * @property {string} [resolved]
 * @property {boolean} [link]
 * @property {boolean} [dev]
 * @property {boolean} [optional]
 * @property {boolean} [devOptional]
 * @property {string | string[]} [os]
 * @property {string | string[]} [cpu]
 * @property {string | string[]} [libc]
 */

/**
 * What an installation must hold.
 * @typedef {object} Wanted
 * @property {boolean} development with the packages that only checks need
 * @property {(name: string) => boolean} optional whether an optional package of this platform is wanted
 */

/**
 * @param {string} path
 * @returns {Record<string, LockEntry> | undefined}
 */
function readLock(path) {
  try {
    return JSON.parse(readFileSync(path, 'utf8')).packages ?? {}
  } catch (error) {
    if (errorCode(error) === 'ENOENT' || error instanceof SyntaxError) return undefined
    throw error
  }
}

/**
 * npm writes this file at the end of an installation, so one that was cut off has none or an older one.
 * @param {string} root
 */
const readInstalled = (root) => readLock(join(root, 'node_modules/.package-lock.json'))

/** @param {string} root */
export const hasInstallation = (root) => readInstalled(root) !== undefined

/** @param {string} root */
export const hasDevelopmentPackages = (root) =>
  Object.values(readInstalled(root) ?? {}).some((entry) => entry.dev === true && entry.optional !== true)

/** @type {() => string | undefined} */
const libc = () => {
  if (process.platform !== 'linux') return undefined
  const report = /** @type {any} */ (process.report)
  report.excludeNetwork = true
  return report.getReport().header.glibcVersionRuntime === undefined ? 'musl' : 'glibc'
}

/**
 * @param {string | string[] | undefined} allowed as in package.json: names, or names with `!` that are excluded
 * @param {string | undefined} value
 */
function allows(allowed, value) {
  const names = [allowed ?? []].flat()
  if (names.length === 0 || value === undefined) return true
  if (names.includes(`!${value}`)) return false
  return names.includes(value) || names.every((name) => name.startsWith('!'))
}

/** @param {LockEntry} entry */
const suitsPlatform = (entry) =>
  allows(entry.os, process.platform) &&
  allows(entry.cpu, process.arch) &&
  (entry.libc === undefined || allows(entry.libc, libc()))

/**
 * @param {string} name
 * @param {LockEntry} entry
 * @param {Wanted} wanted
 */
function isWanted(name, entry, wanted) {
  if (entry.dev === true && !wanted.development) return false
  if (entry.optional !== true && entry.devOptional !== true) return true
  return suitsPlatform(entry) && wanted.optional(name)
}

/**
 * The packages of package-lock.json that node_modules does not hold in that version.
 * @param {string} root
 * @param {Wanted} wanted
 */
export function missingPackages(root, wanted) {
  const locked = readLock(join(root, 'package-lock.json')) ?? {}
  const installed = readInstalled(root) ?? {}
  return Object.entries(locked)
    .filter(([path]) => path.startsWith('node_modules/'))
    .map(([path, entry]) => ({ path, entry, name: path.slice(path.lastIndexOf('node_modules/') + 13) }))
    .filter(({ name, entry }) => isWanted(name, entry, wanted))
    .filter(({ path, entry }) => !isInstalled(join(root, path), entry, installed[path]))
    .map(({ name }) => name)
}

/**
 * @param {string} folder
 * @param {LockEntry} locked
 * @param {LockEntry | undefined} installed
 */
function isInstalled(folder, locked, installed) {
  if (installed === undefined || installed.version !== locked.version) return false
  if (locked.link === true) return installed.resolved === locked.resolved && existsSync(join(folder, 'package.json'))
  if (locked.integrity !== undefined && installed.integrity !== locked.integrity) return false
  return existsSync(join(folder, 'package.json'))
}
