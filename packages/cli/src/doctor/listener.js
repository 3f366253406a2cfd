import { readFileSync, readdirSync, readlinkSync } from 'node:fs'
import { errorCode } from '../errors.js'

const listening = '0A'

/**
 * What the system lists, or nothing where it does not, or not to this user.
 * @template T
 * @param {() => T[]} look
 */
function orNone(look) {
  try {
    return look()
  } catch (error) {
    if (errorCode(error) === undefined) throw error
    return []
  }
}

/** @param {string} path @param {number} port */
const inodesIn = (path, port) =>
  orNone(() => readFileSync(path, 'latin1').split('\n').slice(1))
    .map((line) => line.trim().split(/\s+/))
    .filter(([, local = '', , state]) => state === listening && Number.parseInt(local.split(':')[1] ?? '', 16) === port)
    .map((fields) => fields[9] ?? '')

/**
 * The process that listens at a port, where the system tells it to this user.
 * @param {number} port
 */
export function listenerOf(port) {
  const inodes = new Set(['/proc/net/tcp', '/proc/net/tcp6'].flatMap((path) => inodesIn(path, port)))
  const wanted = new Set([...inodes].map((inode) => `socket:[${inode}]`))
  if (wanted.size === 0) return undefined
  return orNone(() => readdirSync('/proc'))
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .find((pid) =>
      orNone(() => readdirSync(`/proc/${pid}/fd`)).some((file) =>
        orNone(() => [readlinkSync(`/proc/${pid}/fd/${file}`)]).some((target) => wanted.has(target)),
      ),
    )
}
