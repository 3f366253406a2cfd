import type { KernelStatus } from '../status.ts'
import type { EffectCounts } from '../store/effect-counts.ts'
import type { Waits } from '../waits.ts'
import type { Memory } from '../platform/memory.ts'

/** What one worker says of itself, as far as it is put together with what others say. */
export type WorkerStatus = KernelStatus &
  EffectCounts & {
    readonly url: string
    readonly version: string
    readonly loopDelayP99Ms: number
    readonly memory: Memory
    readonly waits: Waits
    readonly views: object
    readonly watchers: number
    readonly webhooks?: object
    readonly archive: Readonly<Record<string, number>> | null
    /** Of the archive. Several may have met the same one. */
    readonly unreadable: readonly string[]
  }

export interface StatusOfWorker {
  readonly id: string
  readonly pid: number
  readonly shares: readonly number[]
  /** Null: it did not answer in time. */
  readonly status: WorkerStatus | null
}

const slotOfPosition = (position: string): number => Number(position.split('.')[0])
const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0)

/** The status of a server of several workers, in the form that one process gives, and each worker's own beside it. */
export function mergeStatus(workers: readonly StatusOfWorker[], supervisor: Memory): Record<string, unknown> {
  const told = workers.flatMap(({ status }) => status ?? [])
  const [first] = told
  const inboxes = told.map(({ inbox }) => inbox)
  const aside: Record<string, number> = {}
  for (const status of told)
    for (const [name, count] of Object.entries(status.aside)) aside[name] = (aside[name] ?? 0) + count
  const servers = [supervisor.server, ...told.map(({ memory }) => memory.server)]
  return {
    url: first?.url,
    version: first?.version,
    lanes: sum(told.map(({ lanes }) => lanes)),
    slots: first?.slots,
    inbox: {
      count: sum(inboxes.map(({ count }) => count)),
      bytes: sum(inboxes.map(({ bytes }) => bytes)),
      oldestMs: Math.max(0, ...inboxes.map(({ oldestMs }) => oldestMs)),
      refused: sum(inboxes.map(({ refused }) => refused)),
    },
    damagedSnapshots: sum(told.map(({ damagedSnapshots }) => damagedSnapshots)),
    aside,
    positions: told.flatMap(({ positions }) => positions).toSorted((a, b) => slotOfPosition(a) - slotOfPosition(b)),
    watchers: sum(told.map(({ watchers }) => watchers)),
    waits: Object.assign({}, ...told.map(({ waits }) => waits)),
    views: first?.views,
    owed: first?.owed,
    waiting: first?.waiting,
    dead: first?.dead,
    stuck: first?.stuck,
    ...(first?.webhooks === undefined ? {} : { webhooks: first.webhooks }),
    archive: { ...first?.archive, unreadable: new Set(told.flatMap(({ unreadable }) => unreadable)).size },
    loopDelayP99Ms: Math.max(0, ...told.map(({ loopDelayP99Ms }) => loopDelayP99Ms)),
    memory: {
      server: servers.includes(null) ? null : sum(servers.map((bytes) => bytes ?? 0)),
      postgres: supervisor.postgres,
    },
    workers: workers.map(({ id, pid, shares, status }) => ({
      id,
      pid,
      shares,
      lanes: status?.lanes ?? null,
      inbox: status?.inbox ?? null,
      loopDelayP99Ms: status?.loopDelayP99Ms ?? null,
      memory: status?.memory.server ?? null,
    })),
  }
}
