import { readFileSync } from 'node:fs'
import { errorCode } from './errors.js'

/**
 * The fields of /proc/<pid>/stat after the name, undefined where the system has none.
 * @param {number} pid
 */
function procStat(pid) {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'latin1')
    return text.slice(text.lastIndexOf(')') + 2).split(' ')
  } catch (error) {
    if (errorCode(error) === undefined) throw error
    return undefined
  }
}

/** @param {number} pid */
export function isAlive(pid) {
  try {
    process.kill(pid, 0)
  } catch (error) {
    return errorCode(error) === 'EPERM'
  }
  // A process that ended stays as a zombie until its parent asks for its exit code.
  return procStat(pid)?.[0] !== 'Z'
}

/**
 * Clock ticks from the machine's start to the process's: with the pid it names a process for good.
 * @param {number} pid
 */
export const startTicks = (pid) => procStat(pid)?.[19]

/**
 * When the process started, in milliseconds since 1970; undefined where the system does not tell.
 * @param {number} pid
 */
export function startedAt(pid) {
  const ticks = startTicks(pid)
  if (ticks === undefined) return undefined
  const uptime = Number(readFileSync('/proc/uptime', 'latin1').split(' ')[0])
  return Date.now() - uptime * 1000 + Number(ticks) * 10
}

/** @param {number} pid */
export function commandLine(pid) {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ')
  } catch (error) {
    if (errorCode(error) === undefined) throw error
    return undefined
  }
}

/** @param {number} milliseconds */
export const sleep = (milliseconds) =>
  new Promise((resolve) => {
    setTimeout(resolve, milliseconds)
  })
