import { createBuckets } from '../access/buckets.ts'
import type { Backups } from '../backups/keeping.ts'
import type { Logs } from '../platform/logs.ts'
import type { Ownership } from '../store/ownership.ts'
import type { Handlers } from './channel.ts'
import { createDealing } from './dealing.ts'
import { createGathering } from './gathering.ts'
import type { Beginning, SupervisorWords } from './words.ts'
import { startWorker, type WorkerHandle } from './worker-handle.ts'

const closeWithinMs = 8_000
/** Connections that are quiet stay so long when a worker leaves: each is told to go with its next answer. */
const lingerMs = 2_000
const finishWithinMs = 10_000
const shortestPauseMs = 100
const longestPauseMs = 5_000
/** A worker that lived this long did not fail at its start. */
const longEnoughMs = 5_000

export interface Crew extends AsyncDisposable {
  /** Resolves when every share is served and every worker takes calls. */
  start(): Promise<void>
  /** Puts a new worker in the place of each, one after another. */
  restart(): Promise<void>
}

export interface CrewOptions {
  readonly count: number
  readonly beginning: (id: string) => Beginning
  readonly logs: Logs
  readonly silence: Ownership['silence']
  readonly postmaster: () => number | undefined
  readonly backups: Backups
  /** Another server has taken slots of a worker that had not given them up. */
  readonly onFenced: () => void
}

/** Keeps so many workers, and every share with one of them. */
export function createCrew(options: CrewOptions): Crew {
  const { count, logs, silence, backups } = options
  const { log } = logs
  const dealing = createDealing(count, log)
  const workers = new Set<WorkerHandle>()
  const leaving = new Set<WorkerHandle>()
  const buckets = createBuckets()
  const gathering = createGathering({
    workers: () => [...workers].filter((worker) => worker.isAlive()),
    dealing,
    postmaster: options.postmaster,
    backups,
    log,
  })
  let started = 0
  let stopping = false
  let restarting: Promise<void> | null = null

  const answersFor = (asking: () => WorkerHandle): Handlers<SupervisorWords> => ({
    published: async () => {
      const others = [...workers].filter((worker) => worker !== asking() && worker.isAlive())
      // One that ends meanwhile reads them when it starts again.
      await Promise.allSettled(others.map((worker) => worker.ask('readReferences', null)))
      return null
    },
    watching: async () => {
      await dealing.watches(asking())
      return null
    },
    archive: async (how) => {
      const moved = await Promise.all([...workers].map((worker) => worker.ask('archive', how)))
      return moved.reduce((sum, one) => ({
        rows: sum.rows + one.rows,
        bytes: sum.bytes + one.bytes,
        files: sum.files + one.files,
      }))
    },
    wake: async (met) => {
      const woken = await Promise.all([...workers].map((worker) => worker.ask('wake', met)))
      return woken.reduce((sum, count) => sum + count, 0)
    },
    backup: (to) => backups.make(to ?? undefined),
    listBackups: () => backups.list(),
    take: async ({ name, allowance, wanted, how }) => buckets.take(name, allowance, wanted, how),
    access: async (lines) => {
      logs.writeAccess(lines)
      return null
    },
    metrics: () => gathering.metrics(),
    status: () => gathering.status(),
    fenced: async (share) => {
      if (asking().isAlive() && dealing.isOwner(asking(), share)) options.onFenced()
      return null
    },
  })

  const hire = async (): Promise<WorkerHandle> => {
    const id = `w${(started += 1)}`
    const handlers = answersFor(() => worker)
    const worker = await startWorker({ beginning: options.beginning(id), handlers, logs, silence })
    const began = performance.now()
    workers.add(worker)
    void worker.exited.then(() => {
      workers.delete(worker)
      if (stopping || leaving.delete(worker)) return
      log.error({ worker: id }, 'a worker has ended and another takes its place')
      const hasFailed = performance.now() - began < longEnoughMs
      void Promise.all([dealing.settle(), replace(hasFailed ? shortestPauseMs : 0)])
    })
    dealing.join(worker)
    return worker
  }

  const replace = async (firstPauseMs: number): Promise<void> => {
    for (let pause = firstPauseMs; !stopping; pause = Math.min(Math.max(pause * 2, shortestPauseMs), longestPauseMs)) {
      await new Promise((resolve) => setTimeout(resolve, pause))
      if (stopping) return
      try {
        const worker = await hire()
        await worker.ask('open', null)
        await dealing.settle()
        return await balance(worker)
      } catch (error) {
        log.error({ err: error }, 'a worker could not be started; it is tried again')
      }
    }
  }

  /** Takes shares from those who have more. */
  const balance = async (to: WorkerHandle): Promise<void> => {
    while (!stopping && to.isAlive()) {
      const [most] = [...workers].toSorted((a, b) => dealing.sharesOf(b).length - dealing.sharesOf(a).length)
      const [share] = most === undefined ? [] : dealing.sharesOf(most)
      if (most === undefined || share === undefined) return
      if (dealing.sharesOf(most).length - dealing.sharesOf(to).length < 2) return
      await dealing.move(share, to)
    }
  }

  const succeed = async (former: WorkerHandle): Promise<void> => {
    const successor = await hire()
    await successor.ask('open', null)
    dealing.retire(former)
    for (const share of dealing.sharesOf(former)) await dealing.move(share, successor)
    leaving.add(former)
    await former.ask('close', { withinMs: closeWithinMs, lingerMs }).catch(() => undefined)
    await gathering.retire(former)
    await end(former)
  }
  const end = async (worker: WorkerHandle): Promise<void> => {
    worker.ask('finish', null).catch(() => undefined)
    const timer = setTimeout(worker.kill, finishWithinMs)
    await worker.exited
    clearTimeout(timer)
  }
  const restart = async (): Promise<void> => {
    const former = [...workers]
    log.info({ workers: former.map(({ id }) => id) }, 'the workers are replaced, one after another')
    try {
      for (const worker of former) {
        if (stopping) return
        if (worker.isAlive()) await succeed(worker)
      }
      log.info({ workers: [...workers].map(({ id }) => id) }, 'the workers have been replaced')
    } catch (error) {
      log.error({ err: error }, 'the workers could not all be replaced: the others go on')
    }
  }
  return {
    start: async () => {
      const hired = await Promise.allSettled(Array.from({ length: count }, hire))
      const failed = hired.find((one) => one.status === 'rejected')
      if (failed !== undefined) throw failed.reason as Error
      await dealing.settle()
      const opened = [...workers].map((worker) => worker.ask('open', null))
      await Promise.all(opened)
    },
    restart: () =>
      (restarting ??= restart().finally(() => {
        restarting = null
      })),
    [Symbol.asyncDispose]: async () => {
      stopping = true
      dealing.stop()
      // Nobody gives up a share while others may still be asked for an answer that it has.
      const closing = [...workers].map((worker) => worker.ask('close', { withinMs: closeWithinMs, lingerMs: 0 }))
      await Promise.allSettled(closing)
      await Promise.all([...workers].map(end))
      await restarting
    },
  }
}
