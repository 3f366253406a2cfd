import { availableParallelism } from 'node:os'
import type { LaneSettings } from '@hearth/kernel'
import type { ErrorTable, OperationDefinition } from '@hearth/protocol'
import { openActive } from './active.ts'
import type { Known } from './access/known.ts'
import type { Call } from './call.ts'
import { backupLines } from './backups/backup-metrics.ts'
import type { Config } from './config.ts'
import { openFoundation, type CreateLog } from './foundation.ts'
import type { Foreign } from './foreign.ts'
import { installedFor } from './installed.ts'
import type { Logger } from './platform/logs.ts'
import { tracingFor } from './tracing/lazily.ts'
import type { Waits } from './waits.ts'
import type { Watch } from './watch/watch.ts'

export interface Hearth extends AsyncDisposable {
  readonly call: Call
  readonly watch: Watch
  /** Who is known here besides the owner. */
  readonly known: Known
  readonly operations: readonly OperationDefinition[]
  /** What clients of other protocols may ask. */
  readonly foreign: Foreign
  readonly errors: ErrorTable
  /** Cheap and synchronous; false within a second of losing the database. */
  health(): { readonly ready: boolean; readonly reason?: string; readonly waits?: Waits }
  /** Cheap and synchronous: whether a call of this tenant is to be refused at once, for all that waits of it. */
  turnsAway(tenant: string): boolean
  status(): Promise<Record<string, unknown>>
  metrics(): Promise<string>
  /** Where several processes serve together: what all of them tell. */
  readonly together?: Together
  place(): { pid: number; socket: string; data: string } | null
  onPlaceChange(listener: () => void): () => void
  drain(): Promise<void>
}

/** What one process tells of itself. */
export interface Told {
  status(): Promise<Record<string, unknown>>
  metrics(): Promise<string>
}

export interface Together extends Told {
  /** How this process tells of itself when the others are asked. */
  offer(own: Told): void
}

export interface ComposeOptions {
  readonly config: Config
  readonly log: Logger
  /** Called when this server may not go on: another one has taken its place. */
  readonly onFatal?: (reason: string) => void
  readonly lanes?: number
  readonly settings?: Partial<LaneSettings>
  /** Another way to the same log: benchmarks compare layouts and drivers through the whole server. */
  readonly createLog?: CreateLog
}

/** Each costs a connection, and the one thread that decides has no use for more than a few. */
const usualLanes = Math.min(Math.max(availableParallelism(), 2), 4)

/** Wires a server of one process. `workers/` wires those of several from the same parts. */
export async function compose(options: ComposeOptions): Promise<Hearth> {
  const { config, log, createLog, onFatal = () => process.kill(process.pid, 'SIGTERM'), settings } = options
  const lose = (reason: string): void => {
    log.fatal({}, reason)
    onFatal(reason)
  }
  const installed = installedFor(config)
  await using undo = new AsyncDisposableStack()
  const ways = createLog === undefined ? {} : { createLog }
  const foundation = undo.use(await openFoundation({ config, installed, log, onLost: lose, ...ways }))
  const { database, backups } = foundation
  const tracing = await tracingFor({ config, log, secret: foundation.secret })
  const active = undo.use(
    openActive({
      config,
      installed,
      log,
      database,
      backups,
      secret: foundation.secret,
      silence: foundation.silence,
      lanes: options.lanes ?? usualLanes,
      onFenced: () => lose('another server has taken the slots'),
      tracing,
      ...ways,
      ...(settings === undefined ? {} : { settings }),
    }),
  )
  await active.shares.take(0)
  await active.begin()
  backups.begin()
  const parts = undo.move()
  let drained: Promise<void> | null = null
  const drain = (): Promise<void> =>
    (drained ??= Promise.all([active.drain(), backups[Symbol.asyncDispose]()]).then(() => undefined))
  return {
    call: active.call,
    watch: active.watch,
    known: active.known,
    operations: active.operations,
    foreign: active.foreign,
    errors: active.errors,
    health: () => healthOf(active.waits()),
    turnsAway: active.turnsAway,
    status: async () => ({ ...(await active.status()), backup: backups.status() }),
    metrics: async () => `${await active.metrics()}${backupLines(backups.status())}`,
    place: () => database.place(),
    onPlaceChange: (listener) => database.onChange(listener),
    drain,
    [Symbol.asyncDispose]: async () => {
      await drain()
      await parts.disposeAsync()
    },
  }
}

export function healthOf(waits: Waits): ReturnType<Hearth['health']> {
  const reasons = Object.entries(waits).map(([code, { meaning }]) => `${code}: ${meaning}`)
  return reasons.length === 0 ? { ready: true } : { ready: false, reason: `${reasons.join('. ')}.`, waits }
}
