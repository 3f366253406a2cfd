import { backupLines } from '../backups/backup-metrics.ts'
import type { Backups } from '../backups/keeping.ts'
import type { Logger } from '../platform/logs.ts'
import { measureMemory } from '../platform/memory.ts'
import type { Dealing } from './dealing.ts'
import { countersOf, mergeMetrics } from './merge-metrics.ts'
import { mergeStatus, type StatusOfWorker, type WorkerStatus } from './merge-status.ts'
import type { WorkerHandle } from './worker-handle.ts'

const patienceMs = 1_500

/** What all workers tell together. */
export interface Gathering {
  metrics(): Promise<string>
  status(): Promise<Readonly<Record<string, unknown>>>
  /** Takes over the last counts of a worker that is about to end. */
  retire(worker: WorkerHandle): Promise<void>
}

export function createGathering(options: {
  readonly workers: () => readonly WorkerHandle[]
  readonly dealing: Dealing
  readonly postmaster: () => number | undefined
  readonly backups: Pick<Backups, 'status'>
  readonly log: Logger
}): Gathering {
  const { workers, dealing, postmaster, backups, log } = options
  /** What each said last: all that is known of one that is killed, and no sum that was shown goes back. */
  const last = new Map<WorkerHandle, string>()
  const retired: string[] = []

  const within = async <T>(answer: Promise<T>): Promise<T | null> => {
    const late = Promise.withResolvers<null>()
    const timer = setTimeout(late.resolve, patienceMs, null)
    try {
      return await Promise.race([answer, late.promise])
    } catch (error) {
      log.debug({ err: error }, 'a worker did not tell of itself')
      return null
    } finally {
      clearTimeout(timer)
    }
  }
  const hear = async (worker: WorkerHandle): Promise<void> => {
    const text = await within(worker.ask('metrics', null))
    if (text !== null) last.set(worker, text)
  }
  const fold = (): void => {
    for (const [worker, text] of last)
      if (!worker.isAlive()) {
        last.delete(worker)
        const all = retired.splice(0).concat(countersOf(text))
        retired.push(mergeMetrics(new Map(), all))
      }
  }
  return {
    metrics: async () => {
      await Promise.all(workers().map(hear))
      fold()
      const merged = mergeMetrics(new Map([...last].map(([{ id }, text]) => [id, text])), retired)
      return `${merged}${backupLines(backups.status())}`
    },
    status: async () => {
      const asked = workers().map(async (worker): Promise<StatusOfWorker> => {
        const status = (await within(worker.ask('status', null))) as WorkerStatus | null
        return { id: worker.id, pid: worker.pid, shares: dealing.sharesOf(worker), status }
      })
      const merged = mergeStatus(await Promise.all(asked), await measureMemory({ postmaster: postmaster() }))
      return { ...merged, backup: backups.status() }
    },
    retire: hear,
  }
}
