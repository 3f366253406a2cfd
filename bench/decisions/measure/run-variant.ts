import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { cpuOf } from '../../src/cost.ts'
import { percentile } from '../../src/load/histogram.ts'
import type { LoadPlan, LoadResult } from '../../src/load/load.ts'
import { runLoadApart } from '../../src/load/process.ts'
import { openWorkplace } from '../../src/workplace.ts'
import type { Alongside, Variant } from '../variant.ts'
import { startVariant, type Server } from './server.ts'
import { countPacked, openStore, type Store } from './store.ts'

export interface Workload {
  readonly connections: number
  /** Warming up writes one message into each: what is counted then makes no new actors. */
  readonly streams: number
  readonly seconds: number
}

export type Measures = Readonly<Record<string, number>>

export interface Measured {
  readonly variant: string
  readonly figures: Measures
  /** Bytes a message of each table and each index that grew. */
  readonly bytes: Measures
  /** Messages answered with success, warming up included, and those whose events are in the log. */
  readonly acknowledged: number
  readonly verified: number
  readonly trouble: readonly string[]
}

const eventsPerMessage = 3
const settledWithinMs = 60_000
const bornWithinSeconds = 60

export async function runVariant(variant: Variant, workload: Workload): Promise<Measured> {
  await using workplace = await openWorkplace()
  const data = join(workplace.folder, 'data')
  // Passable, so that the database of another user lies in it and goes with it.
  mkdirSync(data, { mode: 0o711 })
  await using server = await startVariant(variant.name, data)
  await using store = openStore(server.postgres.socket, data)
  try {
    return await measureRunning(server, store, variant, workload)
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw new Error(`${reason}. The server said:\n${server.said()}`, { cause: error })
  }
}

async function measureRunning(server: Server, store: Store, variant: Variant, workload: Workload): Promise<Measured> {
  const cpuBefore = cpuOf(server.processes)
  const warmUp = await loadUntilSettled(server, store, variant, workload, 'each stream once')
  const early = troubleOf(warmUp.load)
  if (early.length > 0) throw new Error(early.join('; '))
  // Every variant starts with the same full pages still to be written to the WAL.
  await store.checkpoint()
  const before = { cpu: cpuOf(server.processes), sizes: await store.sizes(), wal: await store.walBytes() }
  server.beginDelay()
  const counted = await loadUntilSettled(server, store, variant, workload, 'for the time')
  const wal = (await store.walBytes()) - before.wal
  const bytes = growth(before.sizes, await store.sizes(), counted.load.acknowledged)
  const figures = {
    ...figuresOf(counted, before.cpu),
    ...bornFigures(figuresOf(warmUp, cpuBefore)),
    loopDelayP99Ms: await server.delayP99Ms(),
    statusLoopDelayP99Ms: await server.loopDelayP99Ms(),
    diskBytesPerMessage: Object.values(bytes).reduce((sum, each) => sum + each, 0),
    walBytesPerMessage: wal / Math.max(1, counted.load.acknowledged),
    ...alongsideFigures(counted.alongside),
  }
  const runs = [warmUp, counted]
  const acknowledged = runs.reduce((sum, { load }) => sum + load.acknowledged, 0)
  const extra =
    runs.reduce((sum, each) => sum + (each.alongside?.acknowledged ?? 0), 0) * (variant.alongside?.events ?? 0)
  const { verified, trouble } = await verify(store, variant, acknowledged, extra)
  const troubles = [...runs.flatMap(({ load }) => troubleOf(load)), ...trouble]
  return { variant: variant.name, figures, bytes, acknowledged, verified, trouble: troubles }
}

interface Loaded {
  readonly load: LoadResult
  readonly alongside: LoadResult | null
  readonly settledMs: number
  readonly cpu: ReturnType<typeof cpuOf>
}

async function loadUntilSettled(
  server: Server,
  store: Store,
  { alongside: beside }: Variant,
  { connections, streams, seconds }: Workload,
  length: 'each stream once' | 'for the time',
): Promise<Loaded> {
  const each = length === 'each stream once'
  const body = `{"stream":"s{{stream}}","events":${eventsPerMessage}}`
  const template = templateOf(server, '/api/v1/call/probe.record', body, streams, each ? 'in turn' : 'random')
  const bounds = each ? { seconds: bornWithinSeconds, requests: streams } : { seconds }
  const began = performance.now()
  const [load, alongside] = await Promise.all([
    runLoadApart({ template, connections, ...bounds }),
    beside === undefined || each ? null : runLoadApart(planOf(server, beside, seconds)),
  ])
  const until = performance.now() + settledWithinMs
  while (await store.isOwing()) {
    server.assertRunning()
    if (performance.now() > until) throw new Error('not all effects were settled in time')
    await sleep(20)
  }
  const settledMs = performance.now() - began
  server.assertRunning()
  return { load, alongside, settledMs, cpu: cpuOf(server.processes) }
}

const templateOf = (
  { port, headers }: Server,
  path: string,
  body: string,
  streams: number,
  order: LoadPlan['template']['order'],
): LoadPlan['template'] => ({
  host: '127.0.0.1',
  port,
  method: 'POST',
  path,
  headers,
  body,
  streams,
  order,
  firstSerial: 0,
})

const planOf = (server: Server, { path, body, ratePerSecond, connections }: Alongside, seconds: number): LoadPlan => ({
  template: templateOf(server, path, body, 1, 'in turn'),
  connections,
  seconds,
  ratePerSecond,
})

function figuresOf({ load, settledMs, cpu }: Loaded, before: ReturnType<typeof cpuOf>): Measures {
  const per = (amount: number): number => amount / Math.max(1, load.acknowledged)
  return {
    acknowledgedPerSecond: load.inTime / load.seconds,
    settledPerSecond: load.acknowledged / (settledMs / 1000),
    p50Ms: percentile(load.latency, 0.5),
    p99Ms: percentile(load.latency, 0.99),
    serverCpuMicrosPerMessage: per((cpu.serverSeconds - before.serverSeconds) * 1e6),
    postgresCpuMicrosPerMessage: per((cpu.postgresSeconds - before.postgresSeconds) * 1e6),
  }
}

/** Of the first message of each stream, which makes its actor. */
const bornFigures = (figures: Measures): Measures => ({
  bornPerSecond: figures['acknowledgedPerSecond'] ?? NaN,
  bornServerCpuMicros: figures['serverCpuMicrosPerMessage'] ?? NaN,
  bornPostgresCpuMicros: figures['postgresCpuMicrosPerMessage'] ?? NaN,
})

const alongsideFigures = (load: LoadResult | null): Measures =>
  load === null
    ? {}
    : {
        alongsidePerSecond: load.inTime / load.seconds,
        alongsideP50Ms: percentile(load.latency, 0.5),
        alongsideP99Ms: percentile(load.latency, 0.99),
        alongsideNotStarted: load.notStarted,
      }

function growth(before: ReadonlyMap<string, number>, after: ReadonlyMap<string, number>, messages: number): Measures {
  const grown = [...after].map(([name, bytes]): [string, number] => [
    name,
    (bytes - (before.get(name) ?? 0)) / Math.max(1, messages),
  ])
  return Object.fromEntries(grown.filter(([, each]) => each !== 0).toSorted(([, a], [, b]) => b - a))
}

/** Counts what is there and compares it with what was acknowledged, in the log and in the view. */
async function verify(
  store: Store,
  { countEvents = countPacked }: Variant,
  acknowledged: number,
  alongsideEvents: number,
): Promise<{ readonly verified: number; readonly trouble: readonly string[] }> {
  const { events, recorded, settled, owed } = await store.counts(countEvents)
  const wanted = { recorded: acknowledged * eventsPerMessage, settled: acknowledged, owed: 0 }
  const found = { recorded, settled, owed }
  const trouble = (['recorded', 'settled', 'owed'] as const)
    .filter((name) => found[name] !== wanted[name])
    .map((name) => `${name}: ${found[name]} where ${wanted[name]} were to be`)
  return { verified: (events - settled - alongsideEvents) / eventsPerMessage, trouble }
}

function troubleOf({ statuses, unanswered, faults }: LoadResult): readonly string[] {
  const refused = Object.entries(statuses).filter(([status]) => status !== '200')
  return [
    ...refused.map(([status, count]) => `${count} answers of ${status}`),
    ...(unanswered > 0 ? [`${unanswered} requests without an answer`] : []),
    ...faults,
  ]
}
