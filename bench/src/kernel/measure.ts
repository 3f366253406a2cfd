import { setTimeout as sleep } from 'node:timers/promises'
import { cpuOf } from '../cost.ts'
import type { Processes } from '../cost.ts'
import { percentile } from '../load/histogram.ts'
import type { LoadResult } from '../load/load.ts'
import { runLoadApart } from '../load/process.ts'
import type { RequestTemplate } from '../load/request.ts'
import type { Store } from '../store.ts'

/** A server that takes `{ stream, events }` and answers after COMMIT. */
export interface Target {
  readonly port: number
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly store: Store
  readonly processes: Processes
  /** What the processes of the store, `processes.postgres`, are called in the figures. */
  readonly storeName?: string
  /** Messages whose effect has its result committed; null where there are no effects. */
  readonly settled: (() => Promise<number>) | null
  /** Messages acknowledged and not settled, where that costs less to ask. */
  readonly owed?: () => Promise<number>
  readonly loopDelayMs: (() => Promise<number>) | null
}

export interface Phase {
  /** `each`: every stream once, which makes them; a number: at random for so many seconds. */
  readonly length: 'each' | number
  readonly keys: boolean
  readonly connections: number
  readonly streams: number
}

export interface PhaseResult {
  readonly acknowledged: number
  readonly figures: Readonly<Record<string, number | null>>
  readonly trouble: readonly string[]
}

export const eventsPerMessage = 3
const settledWithinMs = 60_000
/** For making all streams. */
const longestSeconds = 300
/** Every phase of a run starts here: no two requests to a server have the same key. */
const serialsPerPhase = 100_000_000
let phases = 0

/** Requests that share no key with those of any other template. */
export function templateOf(
  { port, path, headers }: Pick<Target, 'port' | 'path' | 'headers'>,
  { streams, order, keys }: Pick<RequestTemplate, 'streams' | 'order'> & { readonly keys: boolean },
): RequestTemplate {
  return {
    host: '127.0.0.1',
    port,
    method: 'POST',
    path,
    headers: keys ? { ...headers, 'idempotency-key': 'bench-{{serial}}' } : headers,
    body: `{"stream":"s{{stream}}","events":${eventsPerMessage}}`,
    streams,
    order,
    firstSerial: (phases += 1) * serialsPerPhase,
  }
}

export async function measure(target: Target, phase: Phase): Promise<PhaseResult> {
  const { store, storeName = 'postgres', processes, settled, owed, loopDelayMs } = target
  const { streams, connections, keys } = phase
  const order = phase.length === 'each' ? 'in turn' : 'random'
  const template = templateOf(target, { streams, order, keys })
  const bounds = phase.length === 'each' ? { seconds: longestSeconds, requests: streams } : { seconds: phase.length }
  const before = {
    cpu: cpuOf(processes),
    disk: await store.diskBytes(),
    wal: await store.walBytes(),
    settled: owed === undefined ? await settled?.() : undefined,
  }
  const began = performance.now()
  const load = await runLoadApart({ template, connections, ...bounds })
  const { acknowledged, inTime, seconds, latency } = load
  const left = settled === null ? null : async () => (before.settled ?? 0) + acknowledged - (await settled())
  if (left !== null) await untilSettled(owed ?? left, acknowledged)
  const settledMs = performance.now() - began
  const cpu = cpuOf(processes)
  const wal = await store.walBytes()
  const per = (amount: number): number => amount / Math.max(1, acknowledged)
  return {
    acknowledged,
    trouble: troubleOf(load),
    figures: {
      acknowledgedPerSecond: inTime / seconds,
      settledPerSecond: settled === null ? null : acknowledged / (settledMs / 1000),
      p50Ms: percentile(latency, 0.5),
      p99Ms: percentile(latency, 0.99),
      diskBytesPerMessage: per((await store.diskBytes()) - before.disk),
      walBytesPerMessage: wal === null || before.wal === null ? null : per(wal - before.wal),
      serverCpuMicrosPerMessage: per((cpu.serverSeconds - before.cpu.serverSeconds) * 1e6),
      [`${storeName}CpuMicrosPerMessage`]: per((cpu.postgresSeconds - before.cpu.postgresSeconds) * 1e6),
      loopDelayP99Ms: loopDelayMs === null ? null : await loopDelayMs(),
    },
  }
}

export function troubleOf({ statuses, unanswered, faults }: LoadResult): string[] {
  return [
    ...Object.entries(statuses)
      .filter(([status]) => Number(status) >= 300)
      .map(([status, count]) => `${count} answers of ${status}`),
    ...(unanswered > 0 ? [`${unanswered} requests without an answer`] : []),
    ...faults,
  ]
}

export async function untilSettled(owed: () => Promise<number>, acknowledged: number): Promise<void> {
  const until = performance.now() + settledWithinMs
  for (;;) {
    const asked = performance.now()
    const left = await owed()
    if (left === 0) return
    if (left < 0) throw new Error(`${-left} effects more settled than messages were acknowledged.`)
    if (performance.now() > until)
      throw new Error(`${left} of ${acknowledged} effects did not settle within ${settledWithinMs / 1000} s.`)
    // What a question costs is taken from those who settle.
    await sleep(Math.max(50, performance.now() - asked))
  }
}
