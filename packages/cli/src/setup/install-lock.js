import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { CommandError, errorCode, say } from '../errors.js'
import { isAlive, sleep, startTicks } from '../process.js'

/**
 * Who installs: the launcher, and the npm it started, which lives on when the launcher alone is killed.
 * @typedef {{ pid: number, started?: string | undefined }} Holder
 */

/** @param {string} path */
function read(path) {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return undefined
    throw error
  }
}

/** @param {string} text */
function isHeld(text) {
  /** @type {Holder[]} */
  let holders
  try {
    holders = JSON.parse(text)
  } catch (error) {
    if (error instanceof SyntaxError) return false
    throw error
  }
  return holders.some(({ pid, started }) => isAlive(pid) && (started === undefined || startTicks(pid) === started))
}

/** @param {number} pid @returns {Holder} */
const holder = (pid) => ({ pid, started: startTicks(pid) })

/**
 * One installation at a time in a clone. `interrupted` says that the former one did not come to its end.
 * The caller calls `release` when npm has ended; `alsoHeldBy` names the process that does the work.
 * @param {string} path
 */
export async function takeInstallLock(path) {
  let interrupted = false
  let told = false
  for (;;) {
    const text = JSON.stringify([holder(process.pid)])
    try {
      writeFileSync(path, text, { flag: 'wx' })
      break
    } catch (error) {
      if (errorCode(error) !== 'EEXIST') throw unwritable(path, error)
    }
    const found = read(path)
    if (found === undefined) continue
    if (found !== '' && !isHeld(found)) {
      interrupted = removeStale(path, found) || interrupted
      continue
    }
    if (!told) say('another command installs in this clone: waiting for it')
    told = true
    await sleep(200)
    // A file that is still empty after the wait was left by a process that died between creating and writing.
    if (found === '' && read(path) === '') interrupted = removeStale(path, '') || interrupted
  }
  return {
    interrupted,
    /** @param {number} pid */
    alsoHeldBy: (pid) => writeFileSync(path, JSON.stringify([holder(process.pid), holder(pid)])),
    release: () => rmSync(path, { force: true }),
  }
}

/**
 * Renamed before it is removed: of two that find the same stale file, only one gets it, and what a third
 * put there in between is seen by its content and put back.
 * @param {string} path
 * @param {string} seen
 */
function removeStale(path, seen) {
  const aside = `${path}.${process.pid}`
  try {
    renameSync(path, aside)
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return false
    throw unwritable(path, error)
  }
  if (read(aside) !== seen) {
    renameSync(aside, path)
    return false
  }
  rmSync(aside, { force: true })
  return true
}

/** @param {string} path @param {unknown} error */
const unwritable = (path, error) =>
  new CommandError(
    'cli.install-failed',
    `What this clone needs is not installed, and ${path} cannot be written (${errorCode(error) ?? 'unknown reason'})`,
  )
