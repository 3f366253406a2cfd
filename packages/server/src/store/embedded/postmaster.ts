import { spawn } from 'node:child_process'
import { closeSync, existsSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { HearthError } from '@hearth/protocol'
import type { Logger } from '../logger.ts'
import type { Binaries } from './binaries.ts'
import { environment } from './cluster.ts'
import { type OperatingUser, asUser } from './operating-user.ts'
import {
  type PidFile,
  findLeftovers,
  isPostmaster,
  readPidFile,
  removeStaleLock,
  removeStalePidFile,
  signal,
  stillRuns,
} from './process.ts'
import type { ServerLog } from './server-log.ts'
import { port } from './settings.ts'

export interface StartOptions {
  readonly data: string
  readonly socket: string
  readonly binaries: Binaries
  readonly user: OperatingUser
  readonly words: readonly string[]
  /** Whether one that runs already was started as this one would be. */
  adoptable(): boolean
  /** Called before every start, to make that so. */
  starting(): void
  readonly serverLog: ServerLog
  readonly log: Logger
}

export interface Postmaster {
  readonly pid: number
  readonly adopted: boolean
  /** Resolves with the reason, and never rejects. */
  readonly exited: Promise<string>
}

/** Takes over the PostgreSQL that runs on the data, or starts one, and resolves when it takes connections. */
export async function startOrAdopt(options: StartOptions): Promise<Postmaster> {
  const { data, log } = options
  for (;;) {
    const running = findRunning(data)
    if (running !== undefined && !canAdopt(running, options)) {
      log.info({ pid: running.pid }, 'A PostgreSQL that was left running is stopped')
      await stopPostmaster(running.pid, options)
      continue
    }
    if (running === undefined) await clearRemains(options)
    const postmaster = running === undefined ? start(options) : adopt(running.pid, data)
    if (await becomesReady(postmaster, options)) return postmaster
    // Another process may have started one at the same moment; then ours has given way.
    if (findRunning(data) === undefined && !postmaster.adopted) throw await startFailed(postmaster, options)
  }
}

function findRunning(data: string): PidFile | undefined {
  const file = readPidFile(data)
  return file !== undefined && isPostmaster(file.pid, data) ? file : undefined
}

function canAdopt({ socket, status }: PidFile, options: StartOptions): boolean {
  if (!options.adoptable() || status === 'stopping') return false
  return status !== 'ready' || (socket === options.socket && existsSync(join(socket, `.s.PGSQL.${port}`)))
}

function start({ data, binaries, user, words, serverLog, starting }: StartOptions): Postmaster {
  starting()
  const output = serverLog.open()
  try {
    // In a session of its own, so that what ends the server at a terminal does not reach it before its clean stop.
    const child = spawn(join(binaries.folder, 'bin', 'postgres'), words, {
      cwd: data,
      env: environment,
      detached: true,
      stdio: ['ignore', output, output],
      ...asUser(user),
    })
    const exited = new Promise<string>((resolve) => {
      child.once('error', (error) => resolve(error.message))
      child.once('exit', (code, name) =>
        resolve(name === null ? `it ended with code ${code}` : `it was ended by ${name}`),
      )
    })
    return { pid: child.pid ?? -1, adopted: false, exited }
  } finally {
    closeSync(output)
  }
}

function adopt(pid: number, data: string): Postmaster {
  const exited = new Promise<string>((resolve) => {
    const timer = setInterval(() => {
      if (stillRuns(pid, data)) return
      clearInterval(timer)
      resolve('it ended')
    }, 100)
  })
  return { pid, adopted: true, exited }
}

async function becomesReady({ pid, exited }: Postmaster, { data, log }: StartOptions): Promise<boolean> {
  let ended = false
  void exited.then(() => (ended = true))
  const began = performance.now()
  for (let told = 0; !ended; await sleep(5)) {
    const file = readPidFile(data)
    if (file?.pid === pid && file.status === 'ready') return true
    const seconds = Math.floor((performance.now() - began) / 1_000)
    if (seconds < told + 5) continue
    told = seconds
    log.info({ pid, seconds }, 'PostgreSQL is not ready yet: it recovers what was written before it was killed')
  }
  return false
}

const gentleMs = 200
const forcedMs = 2_000

// What a killed postmaster leaves: its busiest processes, and two files whose number may be somebody else's by now. The next start
// recovers in any case, so nothing is won by patience.
async function clearRemains({ data, socket, log }: StartOptions): Promise<void> {
  removeStaleLock(join(socket, `.s.PGSQL.${port}.lock`), data)
  const stale = readPidFile(data)
  if (stale === undefined) return
  for (const [name, patience] of [
    ['SIGQUIT', gentleMs],
    ['SIGKILL', forcedMs],
  ] as const) {
    const pids = findLeftovers(data)
    if (pids.length > 0) log.warn({ pids, signal: name }, 'Processes of a PostgreSQL that was killed are ended')
    for (const pid of pids) signal(pid, name)
    if (await within(patience, () => findLeftovers(data).length === 0)) return removeStalePidFile(data, stale)
  }
  // Beside a process that nothing ends PostgreSQL must not start: it finds that in this file itself.
  log.error({ pids: findLeftovers(data) }, 'Processes of a PostgreSQL that was killed cannot be ended')
}

export interface StopOptions {
  readonly data: string
  readonly log: Logger
  /** It is known not to take connections. */
  readonly recovers?: boolean
}

export async function stopRunning(options: StopOptions): Promise<void> {
  const running = findRunning(options.data)
  if (running !== undefined) await stopPostmaster(running.pid, options)
}

const steps = [
  ['SIGINT', 8_000],
  ['SIGQUIT', 6_000],
  ['SIGKILL', 6_000],
] as const

/**
 * As clean as it can be had: first with a checkpoint, then without, then by force. PostgreSQL 18 does not end at all when
 * it is asked for the first while it recovers, so then the second comes first; it recovers again at the next start.
 */
export async function stopPostmaster(pid: number, options: StopOptions): Promise<void> {
  const { data, log, recovers = readPidFile(data)?.status === 'starting' } = options
  for (const [name, patience] of recovers ? steps.slice(1) : steps) {
    if (isPostmaster(pid, data)) signal(pid, name)
    if (await within(patience, () => !stillRuns(pid, data))) return
    log.warn({ pid, signal: name }, 'PostgreSQL does not stop')
  }
  throw new HearthError('store.stop-failed', `PostgreSQL (process ${pid}) does not stop, even by force.`)
}

async function within(milliseconds: number, condition: () => boolean): Promise<boolean> {
  const end = performance.now() + milliseconds
  while (!condition()) {
    if (performance.now() > end) return false
    await sleep(10)
  }
  return true
}

async function startFailed({ exited }: Postmaster, { serverLog }: StartOptions): Promise<HearthError> {
  return new HearthError('store.start-failed', `PostgreSQL did not start: ${await exited}. ${serverLog.complaint()}`)
}
