import { setTimeout as sleep } from 'node:timers/promises'
import { type Postmaster, type StartOptions, startOrAdopt, stopPostmaster, stopRunning } from './postmaster.ts'

export interface Supervisor extends AsyncDisposable {
  /** Of the PostgreSQL that runs, or of the last that did. */
  readonly pid: number
}

const firstAttempts = 4
const shortestPause = 100
const longestPause = 5_000
/** One that ran this long did not fail at its start. */
const longEnough = 2_000

/**
 * Keeps PostgreSQL running from now until disposed. How it is stopped then depends on whether it answers. Throws
 * `store.start-failed` when it cannot be started at all.
 */
export async function supervise(options: StartOptions, answers: () => boolean): Promise<Supervisor> {
  const { log, serverLog } = options
  const stopping = new AbortController()
  const { signal } = stopping
  let current = await startAtFirst(options)

  async function keepRunning(): Promise<void> {
    for (let failures = 0; ; failures++) {
      const began = performance.now()
      const reason = await current.exited
      if (signal.aborted) return
      log.error({ pid: current.pid, reason, complaint: serverLog.complaint() }, 'PostgreSQL ended and is started again')
      if (performance.now() - began > longEnough) failures = 0
      if (failures > 0) await sleep(pauseAfter(failures), undefined, { signal }).catch(() => undefined)
      const next = await startAgain()
      if (next === undefined) return
      current = next
      if (signal.aborted) return stopPostmaster(current.pid, options)
    }
  }

  async function startAgain(): Promise<Postmaster | undefined> {
    for (let failures = 1; !signal.aborted; failures++) {
      try {
        return await startOrAdopt(options)
      } catch (error) {
        log.error({ err: error, failures }, 'PostgreSQL could not be started; it is tried again')
        await sleep(pauseAfter(failures), undefined, { signal, ref: false }).catch(() => undefined)
      }
    }
    return undefined
  }

  const keeping = keepRunning()
  return {
    get pid() {
      return current.pid
    },
    [Symbol.asyncDispose]: async () => {
      stopping.abort()
      await stopRunning({ ...options, ...(answers() ? {} : { recovers: true }) })
      await keeping
    },
  }
}

const pauseAfter = (failures: number): number => Math.min(shortestPause * 2 ** (failures - 1), longestPause)

async function startAtFirst(options: StartOptions): Promise<Postmaster> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await startOrAdopt(options)
    } catch (error) {
      if (attempt === firstAttempts) throw error
      options.log.warn({ err: error, attempt }, 'PostgreSQL could not be started; it is tried again')
      await sleep(pauseAfter(attempt) * 3)
    }
  }
}
