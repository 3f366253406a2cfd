import { randomUUID } from 'node:crypto'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { features, type Caller } from '@hearth/features'
import { createKernel, digest, masterKey, slotCount, type Kernel, type LaneSettings, type Log } from '@hearth/kernel'
import {
  allows,
  coreErrors,
  formatPosition,
  HearthError,
  type ErrorTable,
  type OperationDefinition,
  type Position,
  type Principal,
} from '@hearth/protocol'
import { createCall, type Call } from './call.ts'
import type { Config } from './config.ts'
import { createEgress } from './egress/egress.ts'
import { createTargets } from './egress/targets.ts'
import { createKernelMetrics } from './metrics.ts'
import type { Logger } from './platform/logs.ts'
import { orNull } from './platform/or-null.ts'
import { fingerprint, loadMasterKey } from './platform/master-key.ts'
import { createCatchingUp } from './store/catching-up.ts'
import { createArchive, type Archive } from './store/archive/archive.ts'
import { keepArchive, lazyBlob } from './store/archive/keeping.ts'
import { openFileBlob } from './store/blob/file-blob.ts'
import { databaseProgress } from './store/progress.ts'
import { openDatabase, type Database } from './store/database.ts'
import { createPostgresLog } from './store/log.ts'
import { ownDatabase } from './store/ownership.ts'
import { keepDays } from './store/key-days.ts'
import { prepareSchema } from './store/prepare.ts'
import { createReader } from './store/reader.ts'
import { createEffectCounter } from './store/effect-counts.ts'
import { applyTombstones, createTombstones } from './store/tombstones.ts'
import { verifyLog } from './store/verify-log.ts'
import { createViewKeeper } from './store/views/view-keeper.ts'
import { createVault } from './vault.ts'
import { createHub, type Hub } from './watch/hub.ts'
import { createWatch, mayPass, type Watch } from './watch/watch.ts'
import { logWaits, waitsOf, type Waits } from './waits.ts'

export interface Hearth extends AsyncDisposable {
  readonly call: Call
  readonly watch: Watch
  readonly operations: readonly OperationDefinition[]
  readonly errors: ErrorTable
  /** Cheap and synchronous; false within a second of losing the database. */
  health(): { readonly ready: boolean; readonly reason?: string; readonly waits?: Waits }
  status(): Promise<Record<string, unknown>>
  metrics(): Promise<string>
  place(): { pid: number; socket: string; data: string } | null
  onPlaceChange(listener: () => void): () => void
  drain(): Promise<void>
}

export interface ComposeOptions {
  readonly config: Config
  readonly log: Logger
  /** Called when this server may not go on: another one has taken its place. */
  readonly onFatal?: (reason: string) => void
  readonly lanes?: number
  readonly settings?: Partial<LaneSettings>
  /** Another way to the same log: benchmarks compare layouts and drivers through the whole server. */
  readonly createLog?: (database: Database, tenants: () => readonly string[], archive: Archive) => Log
}

/** Each costs a connection, and the one thread that decides has no use for more than a few. */
const usualLanes = Math.min(Math.max(availableParallelism(), 2), 4)

const tenants = (): readonly string[] => ['main']

const postgresLog = (database: Database, tenants: () => readonly string[], archive: Archive): Log =>
  createPostgresLog(() => database.connection('commit'), tenants, undefined, archive)

/** Wires everything. Nothing else knows all parts. */
export async function compose(options: ComposeOptions): Promise<Hearth> {
  const { config, log, createLog = postgresLog, onFatal = () => process.kill(process.pid, 'SIGTERM') } = options
  const unknown = config.features.filter((name) => !features.some((feature) => feature.name === name))
  if (unknown.length > 0)
    throw new HearthError('config.invalid', `HEARTH_FEATURES names what is not there: ${unknown.join(', ')}.`, {
      issues: [{ path: 'HEARTH_FEATURES', message: 'names what is not there' }],
    })
  await using undo = new AsyncDisposableStack()
  const database = undo.use(
    await openDatabase({
      dataFolder: config.data,
      log,
      ...(config.databaseUrl === undefined ? {} : { databaseUrl: config.databaseUrl }),
      ...(config.postgresUser === undefined ? {} : { postgresUser: config.postgresUser }),
    }),
  )
  const active = features.filter((feature) => feature.optional !== true || config.features.includes(feature.name))
  const actors = active.flatMap((feature) => feature.actors)
  const views = active.flatMap((feature) => feature.views)
  const folds = new Map(actors.map((actor) => [actor.kind, actor]))
  const secret = await loadMasterKey(config.data, config.masterKey)
  const owner = `${process.pid}.${randomUUID()}`
  const lose = (reason: string) => () => {
    log.fatal({}, reason)
    onFatal(reason)
  }
  await prepareSchema({ connection: database.connection('migrate'), views, fingerprint: fingerprint(secret) })
  const ownership = undo.use(
    await ownDatabase({
      connection: database.connection('commit'),
      patienceMs: 10_000,
      onLost: lose('another server has taken the database'),
    }),
  )
  const master = masterKey(secret)
  const archive = createArchive(lazyBlob(() => openFileBlob({ folder: join(config.data, 'archive') })))
  const keeper = undo.use(
    createViewKeeper({
      connection: (role) => database.connection(role),
      tenants,
      master,
      views,
      actors,
      archive,
      log,
      sequences: () => new Map(kernel.lanes().flatMap(({ sequences }) => [...sequences])),
    }),
  )
  const { assertWhole } = keeper
  const reader = undo.use(
    createReader(() => database.connection('read'), { master, actors: folds, archive, assertWhole }),
  )
  const progress = databaseProgress(reader, keeper.reached)
  const catchingUp = undo.use(createCatchingUp(progress))
  const errors: ErrorTable = Object.assign({}, coreErrors, ...active.map((feature) => feature.errors))
  const hub = undo.use(createHub({ mostWatchers: config.watchers, mayPass: mayPass(errors) }))
  const targets = createTargets(config.privateTargets)
  const egress = undo.use(createEgress(targets))
  const vault = createVault(master)
  const metrics = createKernelMetrics((reason) => log.warn({ reason }, 'the store failed'), logWaits(log))
  const tombstones = createTombstones(config.data)
  const references = { get: (tenant: string, name: string) => kernel.references.get(tenant, name) }
  const effects = active.flatMap((feature) => feature.effects?.({ egress, vault, references, tombstones }) ?? [])
  const kernelLog = createLog(database, tenants, archive)
  const known = await tombstones.all()
  const forgotten = await applyTombstones({ tombstones: known, log: kernelLog, actors, master, reader })
  if (forgotten > 0) log.warn({ forgotten }, 'people were forgotten again whom the database had kept')
  const kernel: Kernel = createKernel({
    log: kernelLog,
    actors,
    effects,
    master,
    owner,
    meter: metrics,
    onFenced: lose('another server has taken the slots'),
    onCommit: hub.committed,
    lanes: options.lanes ?? usualLanes,
    ...(options.settings === undefined ? {} : { settings: options.settings }),
  })
  await kernel.start()
  const keeping = undo.use(
    keepArchive({
      connection: () => database.connection('commit'),
      reader,
      archive,
      owner,
      kernel,
      log,
      afterDays: config.archiveAfterDays,
    }),
  )
  await keeper.start()
  const operations = active.flatMap((feature) => feature.operations)
  const named = new Map(operations.map((operation) => [operation.name, operation]))
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone
  const caller = (principal: Principal, after: readonly Position[] = []): Caller => ({
    principal,
    now: Date.now(),
    zone,
    vault,
    assertReachable: (url) => targets.assertReachable(url, allows(principal, 'network.private')),
    reference: (name) => references.get(principal.tenant, name),
    operation: (name) => named.get(name),
    actor: (kind) => folds.get(kind),
    attach: (attachment) => kernel.attach(attachment),
    verifyView: (name) => keeper.verify(name, principal.tenant),
    rebuildView: (name) => keeper.rebuild(name),
    verifyLog: (checkpoint) =>
      verifyLog({
        connection: database.connection('commit'),
        master,
        archive,
        now: Date.now(),
        ...(checkpoint === undefined ? {} : { checkpoint }),
      }),
    archiveLog: (how) => keeping.move(how),
    checkArchive: () => keeping.check(),
    makeBackup: async (to = join(config.data, 'backups', new Date().toISOString().replaceAll(':', '-'))) =>
      (await import('./backup/make.ts')).makeBackup({
        connection: (role) => database.connection(role),
        dataFolder: config.data,
        to,
      }),
    read: after.length === 0 ? reader : catchingUp.after(after, reader),
  })
  const wait = (positions: readonly Position[]): Promise<void> => catchingUp.wait('log', positions)
  const watch = createWatch({ operations: named, hub, progress, caller, wait })
  const call = createCall({
    operations: named,
    errors,
    kernel,
    caller,
    wait,
    digest: (text) => digest(master, text),
    onFailure: (error, requestId) => log.error({ err: error, requestId }, 'a call failed'),
  })
  const stopKeeping = keepDays(() => database.connection('commit'), log)
  const counts = createEffectCounter(reader)
  const kinds = ['timer', 'ask', ...effects.map(({ kind }) => kind)]
  const parts = undo.move()
  let drained: Promise<void> | null = null
  const drain = (): Promise<void> =>
    (drained ??= Promise.all([hub[Symbol.asyncDispose](), kernel.stop()]).then(() => undefined))
  return {
    call,
    watch,
    operations,
    errors,
    health: () => {
      const waits = waitsOf(kernel.lanes(), ownership.silence())
      const reasons = Object.entries(waits).map(([code, { meaning }]) => `${code}: ${meaning}`)
      return reasons.length === 0 ? { ready: true } : { ready: false, reason: `${reasons.join('. ')}.`, waits }
    },
    // While the database is away the counts are those of the last time.
    status: async () => {
      const waits = waitsOf(kernel.lanes(), ownership.silence())
      const patienceMs = Object.keys(waits).length === 0 ? 5000 : 500
      const counted = (await counts.latest(1000, patienceMs)) ?? uncounted
      const kept = await orNull(keeping.status(), patienceMs)
      return {
        ...statusOf(kernel),
        waits,
        watchers: watchersOf(hub),
        views: keeper.status(),
        ...counted,
        archive: kept,
      }
    },
    metrics: async () => {
      const counted = await counts.latest(2000, 1000)
      return metrics.expose({ lanes: kernel.lanes(), owed: counted?.owed ?? null, kinds, views: keeper.status() })
    },
    place: () => database.place(),
    onPlaceChange: (listener) => database.onChange(listener),
    drain,
    [Symbol.asyncDispose]: async () => {
      stopKeeping()
      await drain()
      await parts.disposeAsync()
    },
  }
}

const watchersOf = (hub: Hub): number => [...hub.counts().values()].reduce((sum, count) => sum + count, 0)

/** The database went away before anything was counted. */
const uncounted = { owed: null, waiting: null, dead: null, stuck: null }

function statusOf(kernel: Kernel): Record<string, unknown> {
  const lanes = kernel.lanes()
  const sequences = lanes.flatMap((lane) => [...lane.sequences])
  return {
    lanes: lanes.length,
    slots: slotCount,
    inbox: {
      count: lanes.reduce((sum, lane) => sum + lane.count, 0),
      bytes: lanes.reduce((sum, lane) => sum + lane.bytes, 0),
      oldestMs: lanes.reduce((oldest, lane) => Math.max(oldest, lane.oldestMs), 0),
      refused: lanes.reduce((sum, lane) => sum + lane.refused, 0),
    },
    damagedSnapshots: lanes.reduce((sum, lane) => sum + lane.damagedSnapshots, 0),
    aside: Object.fromEntries(summed(lanes.map((lane) => lane.aside))),
    positions: sequences
      .filter(([, sequence]) => sequence > 0)
      .sort(([a], [b]) => a - b)
      .map(([slot, sequence]) => formatPosition({ slot, sequence })),
  }
}

function summed(counts: readonly ReadonlyMap<string, number>[]): ReadonlyMap<string, number> {
  const sums = new Map<string, number>()
  for (const [name, count] of counts.flatMap((each) => [...each])) sums.set(name, (sums.get(name) ?? 0) + count)
  return sums
}
