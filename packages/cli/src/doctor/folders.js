import { existsSync, readFileSync, realpathSync, statSync } from 'node:fs'
import { dirname } from 'node:path'
import { errorCode } from '../errors.js'

/** The folder, or the nearest above it that is there. @param {string} folder @returns {string} */
export const nearest = (folder) => (existsSync(folder) ? realpathSync(folder) : nearest(dirname(folder)))

/**
 * The folders in which a server keeps things, one for each disk.
 * @param {import('./check.js').Patient} patient
 */
export function disksOf({ data, database }) {
  const folders = [data, ...(database === undefined ? [] : [database])].map(nearest)
  return [...new Map(folders.toReversed().map((folder) => [statSync(folder).dev, folder])).values()].toReversed()
}

/** @typedef {{ at: string, type: string, source: string }} Mount */

/** What is mounted, where the system tells. */
export function mounts() {
  try {
    return mountsOf(readFileSync('/proc/self/mounts', 'utf8'))
  } catch (error) {
    if (errorCode(error) === undefined) throw error
    return []
  }
}

/** @param {string} text of the form of /proc/mounts @returns {Mount[]} */
export const mountsOf = (text) =>
  text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => {
      const [source = '', at = '', type = ''] = line.split(' ').map(unescaped)
      return { source, at, type }
    })

/** @param {string} word */
const unescaped = (word) =>
  word.replaceAll(/\\([0-7]{3})/g, (_, octal) => String.fromCharCode(Number.parseInt(octal, 8)))

/**
 * Where a folder is mounted: the longest that leads to it, of those the last.
 * @param {string} folder
 * @param {readonly Mount[]} all
 */
export function mountOf(folder, all) {
  const leading = all.filter(({ at }) => at === '/' || folder === at || folder.startsWith(`${at}/`))
  const longest = Math.max(0, ...leading.map(({ at }) => at.length))
  return leading.filter(({ at }) => at.length === longest).at(-1)
}
