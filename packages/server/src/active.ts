import { randomUUID } from 'node:crypto'
import type { Caller } from '@hearth/features'
import { createKernel, digest, masterKey, References, type Kernel, type LaneSettings } from '@hearth/kernel'
import { allows, HearthError, type ErrorTable, type OperationDefinition, type Principal } from '@hearth/protocol'
import { createCall, type Call } from './call.ts'
import type { Config } from './config.ts'
import { createEgress } from './egress/egress.ts'
import { createTargets } from './egress/targets.ts'
import { postgresLog, tenants, type CreateLog } from './foundation.ts'
import type { Installed } from './installed.ts'
import { createKernelMetrics } from './metrics.ts'
import type { Logger } from './platform/logs.ts'
import { createShares, slotsOf, type Shares } from './shares.ts'
import { statusOf } from './status.ts'
import type { Database } from './store/database.ts'
import { createEffectCounter } from './store/effect-counts.ts'
import { createReader } from './store/reader.ts'
import { createTombstones } from './store/tombstones.ts'
import { verifyLog } from './store/verify-log.ts'
import { verifyView } from './store/verify-view.ts'
import { createVault } from './vault.ts'

export type Submit = Kernel['submit']

/** What decides and answers in one process, over the shares that it holds. */
export interface Active extends AsyncDisposable {
  readonly call: Call
  readonly operations: readonly OperationDefinition[]
  readonly errors: ErrorTable
  readonly shares: Shares
  /** Whether every lane has its database. */
  available(): boolean
  status(): Promise<Record<string, unknown>>
  metrics(): Promise<string>
  /** Published documents may have changed in another process. */
  readReferences(): Promise<void>
}

export interface ActiveOptions {
  readonly config: Config
  readonly installed: Installed
  readonly database: Database
  readonly secret: Buffer
  readonly log: Logger
  readonly lanes: number
  /** How many shares the slots are dealt out in; one when absent. */
  readonly shareCount?: number
  /** Another owner has taken slots of the share. */
  readonly onFenced: (share: number) => void
  /** The way to whoever serves a home; this process when absent. */
  readonly route?: (shares: Shares) => Submit
  readonly onPublished?: () => Promise<void>
  readonly settings?: Partial<LaneSettings>
  readonly createLog?: CreateLog
}

export function openActive(options: ActiveOptions): Active {
  const { config, installed, database, secret, log, createLog = postgresLog, onPublished, settings } = options
  const { actors, views, folds, operations, errors } = installed
  const parts = new AsyncDisposableStack()
  const master = masterKey(secret)
  const reader = parts.use(createReader(() => database.connection('read'), { master, actors: folds }))
  const targets = createTargets(config.privateTargets)
  const egress = parts.use(createEgress(targets))
  const vault = createVault(master)
  const metrics = createKernelMetrics((reason) => log.warn({ reason }, 'the store failed'))
  const tombstones = createTombstones(config.data)
  const references = new References()
  const effects = installed.features.flatMap(
    (feature) => feature.effects?.({ egress, vault, references, tombstones }) ?? [],
  )
  const kernelLog = createLog(database, tenants)
  const begin = (share: number): Kernel =>
    createKernel({
      log: kernelLog,
      actors,
      effects,
      master,
      owner: `${process.pid}.${randomUUID()}`,
      meter: metrics,
      onFenced: () => options.onFenced(share),
      lanes: options.lanes,
      slots: slotsOf(share, options.shareCount ?? 1),
      references,
      ask: (envelope) => submit(envelope),
      ...(onPublished === undefined ? {} : { onPublished }),
      ...(settings === undefined ? {} : { settings }),
    })
  const shares = createShares(options.shareCount ?? 1, begin)
  const submit: Submit =
    options.route?.(shares) ?? ((envelope) => shares.kernelOf(0)?.submit(envelope) ?? Promise.reject(stopping()))
  const named = new Map(operations.map((operation) => [operation.name, operation]))
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone
  const caller = (principal: Principal): Caller => ({
    principal,
    now: Date.now(),
    zone,
    vault,
    assertReachable: (url) => targets.assertReachable(url, allows(principal, 'network.private')),
    reference: (name) => references.get(principal.tenant, name),
    operation: (name) => named.get(name),
    actor: (kind) => folds.get(kind),
    verifyView: (name) => {
      const view = views.find((each) => each.name === name)
      const connection = database.connection('read')
      return view === undefined ? undefined : verifyView({ connection, master, tenant: principal.tenant, view, actors })
    },
    verifyLog: (checkpoint) =>
      verifyLog({
        connection: database.connection('commit'),
        master,
        now: Date.now(),
        ...(checkpoint === undefined ? {} : { checkpoint }),
      }),
    read: reader,
  })
  const call = createCall({
    operations: named,
    errors,
    kernel: { submit },
    caller,
    digest: (text) => digest(master, text),
    onFailure: (error, requestId) => log.error({ err: error, requestId }, 'a call failed'),
  })
  const counts = createEffectCounter(reader)
  const kinds = ['timer', 'ask', ...effects.map(({ kind }) => kind)]
  return {
    call,
    operations,
    errors,
    shares,
    available: () => shares.lanes().every((lane) => lane.available),
    status: async () => ({ ...statusOf(shares.lanes()), ...(await counts.within(1000)) }),
    metrics: async () => {
      const counted = await counts.latest(2000, 1000)
      return metrics.expose({ lanes: shares.lanes(), owed: counted?.owed ?? null, kinds })
    },
    readReferences: () => references.load(() => kernelLog.references()),
    [Symbol.asyncDispose]: async () => {
      await shares.giveAll()
      await parts.disposeAsync()
    },
  }
}

const stopping = (): HearthError =>
  new HearthError('server.stopping', 'This server is stopping.', { retryAfterSeconds: 1 })
