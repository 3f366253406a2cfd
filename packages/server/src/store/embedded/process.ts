import { execFileSync } from 'node:child_process'
import {
  existsSync,
  readFileSync,
  readdirSync,
  readlinkSync,
  realpathSync,
  renameSync,
  rmSync,
  linkSync,
} from 'node:fs'
import { basename, join } from 'node:path'

const hasProcesses = existsSync('/proc/self/cmdline')

/** What a postmaster writes into its data folder. */
export interface PidFile {
  readonly pid: number
  readonly socket: string
  readonly status: string
  readonly text: string
}

export function readPidFile(data: string): PidFile | undefined {
  const text = readIfThere(join(data, 'postmaster.pid'))
  if (text === undefined) return undefined
  const [pid = '', , , , socket = '', , , status = ''] = text.split('\n')
  return { pid: Number.parseInt(pid, 10), socket, status: status.trim(), text }
}

/** Takes away the file of a postmaster that is gone, and never one that another has written since. */
export function removeStalePidFile(data: string, stale: PidFile): void {
  const path = join(data, 'postmaster.pid')
  const aside = `${path}.${process.pid}`
  try {
    renameSync(path, aside)
    if (readFileSync(aside, 'utf8') !== stale.text) linkSync(aside, path)
  } catch (error) {
    const { code = '' } = error as NodeJS.ErrnoException
    if (code !== 'ENOENT' && code !== 'EEXIST') throw error
  }
  rmSync(aside, { force: true })
}

/**
 * Takes away the lock of a socket whose postmaster is gone. PostgreSQL itself asks only whether the number in it is a process, and a
 * killed one stays a process until whoever adopted it looks: in a container without an init of its own, for ever.
 */
export function removeStaleLock(path: string, data: string): void {
  const pid = Number.parseInt(readIfThere(path) ?? '', 10)
  if (!isPostmaster(pid, data)) rmSync(path, { force: true })
}

export function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}

/** Whether this pid is the postmaster of this data folder: a pid alone may be anybody's by now. */
export function isPostmaster(pid: number, data: string): boolean {
  if (!Number.isInteger(pid) || pid <= 1 || !isAlive(pid)) return false
  if (!hasProcesses) return commandOf(pid).includes(`postgres -D ${data} `)
  const [program = ''] = (readIfThere(`/proc/${pid}/cmdline`) ?? '').split('\0')
  return basename(program) === 'postgres' && worksIn(pid, data)
}

/** For asking again and again about one that was found: without /proc, who it is costs a process each time. */
export const stillRuns = (pid: number, data: string): boolean => (hasProcesses ? isPostmaster(pid, data) : isAlive(pid))

/** The processes that a dead postmaster left behind: one in a long query notices only at its end, and blocks a new start. */
export function findLeftovers(data: string): readonly number[] {
  if (!hasProcesses) return []
  const pids = readdirSync('/proc').map(Number).filter(Number.isInteger)
  return pids.filter((pid) => worksIn(pid, data) && readIfThere(`/proc/${pid}/cmdline`)?.startsWith('postgres: '))
}

export function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
  }
}

function worksIn(pid: number, folder: string): boolean {
  try {
    return readlinkSync(`/proc/${pid}/cwd`) === realpathSync(folder)
  } catch {
    return false
  }
}

function commandOf(pid: number): string {
  try {
    return execFileSync('ps', ['-ww', '-o', 'command=', '-p', String(pid)], { encoding: 'utf8' })
  } catch {
    return ''
  }
}

function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    // ESRCH: the process ended while its entry was read.
    if (code === 'ENOENT' || code === 'ESRCH' || code === 'EACCES') return undefined
    throw error
  }
}
