import { randomUUID } from 'node:crypto'
import type { Archived, EffectTools } from '@hearth/features'
import { createKernel, digest, fileNeeded, formatEffectId, masterKey, References } from '@hearth/kernel'
import type { EndedAttempt, Kernel, LaneSettings, Meter } from '@hearth/kernel'
import {
  allows,
  formatAddress,
  HearthError,
  type ErrorTable,
  type Json,
  type OperationDefinition,
  type Position,
  type StepPart,
} from '@hearth/protocol'
import { createBuckets } from './access/buckets.ts'
import { createKnown, type Known } from './access/known.ts'
import { createRates, type TakeTokens } from './access/rates.ts'
import { createCall, type Call, type CallOptions } from './call.ts'
import type { Backups } from './backups/keeping.ts'
import type { Config } from './config.ts'
import { createEgress } from './egress/egress.ts'
import { createOpening } from './egress/opening.ts'
import { createTargets } from './egress/targets.ts'
import { followed, passedOn } from './tracing/lazily.ts'
import type { Tracing } from './tracing/open.ts'
import { archiveOf, postgresLog, tenants, type CreateLog } from './foundation.ts'
import { createFeatureHooks, type FeatureHooks } from './feature-hooks.ts'
import { createForeign, type Foreign } from './foreign.ts'
import type { Installed } from './installed.ts'
import { createKernelMetrics } from './metrics.ts'
import { createGauges, createNotices, createOwnCommands } from './notes.ts'
import type { Logger } from './platform/logs.ts'
import { orNull } from './platform/or-null.ts'
import { createShares, slotsOf, type Shares } from './shares.ts'
import { statusOf } from './status.ts'
import { keepArchive, type ArchiveKeeping } from './store/archive/keeping.ts'
import { createCatchingUp } from './store/catching-up.ts'
import type { Database } from './store/database.ts'
import { createEffectCounter } from './store/effect-counts.ts'
import type { Ownership } from './store/ownership.ts'
import { databaseProgress } from './store/progress.ts'
import { createReader } from './store/reader.ts'
import { createTombstones } from './store/tombstones.ts'
import { verifyLog } from './store/verify-log.ts'
import { createViewKeeper } from './store/views/view-keeper.ts'
import { createVault } from './vault.ts'
import { logWaits, waitsOf, type Waits } from './waits.ts'
import { createHub, placeOf, placesIn, type Hub } from './watch/hub.ts'
import { createTurnParts, type Told, type TurnParts } from './watch/turn-parts.ts'
import { createWatch, mayPass, type Watch } from './watch/watch.ts'

export type Submit = Kernel['submit']
type How = Parameters<ArchiveKeeping['move']>[0]

/** What decides and answers in one process, over the shares that it holds. */
export interface Active extends AsyncDisposable {
  readonly call: Call
  readonly watch: Watch
  readonly hub: Hub
  readonly turnParts: Pick<TurnParts, 'take' | 'underWay'>
  readonly known: Known
  readonly operations: readonly OperationDefinition[]
  readonly foreign: Foreign
  readonly errors: ErrorTable
  readonly shares: Shares
  /** What it waits for of the database; empty when it waits for nothing. */
  waits(): Waits
  /** Whether a call of this tenant is to be refused at once, for all that waits of it. */
  turnsAway(tenant: string): boolean
  /** Begins to build and follow views. */
  begin(): Promise<void>
  status(): Promise<Record<string, unknown>>
  metrics(): Promise<string>
  /** Published documents may have changed in another process. */
  readReferences(): Promise<void>
  /** Moves old rows of the slots that this process serves to files. */
  archive(how: How): Promise<Archived>
  /** Files of the archive that this process could not read. */
  unreadable(): readonly string[]
  /** Makes owed again what waits for any of these in its slots. */
  wake(met: readonly string[]): Promise<number>
  /** Ends what is watched and gives up every share. */
  drain(): Promise<void>
  /** What features want to have done while actors still decide; `drain` begins with it. */
  readonly doLastTasks: FeatureHooks['doLastTasks']
  /** What another process of this server tells. */
  readonly hearNews: FeatureHooks['hearNews']
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
  /** Follows calls, where that is wanted; ended with this. */
  readonly tracing?: Tracing | undefined
  /** Rows of views were written in these places. */
  readonly onTouched?: (places: () => Iterable<string>) => void
  /** What a turn that runs here brings, for those who watch it from other processes. */
  readonly onTold?: (told: Told) => void
  /** What features tell the other processes. */
  readonly onNews?: (topic: string, body: Json) => void
  /** What is under way of an actor's turns where they run. */
  readonly askUnderWay?: (topic: string) => Promise<readonly StepPart[]>
  /** What concerns the slots of other processes too. */
  readonly everywhere?: Pick<Active, 'archive' | 'wake'>
  readonly backups: Pick<Backups, 'make' | 'list'>
  /** From where all processes of the server take what keys may call; this process has its own when absent. */
  readonly take?: TakeTokens
  /** While the database does not answer this server: why, and since when. */
  readonly silence: Ownership['silence']
  readonly settings?: Partial<LaneSettings>
  readonly createLog?: CreateLog
}

export function openActive(options: ActiveOptions): Active {
  const { config, installed, database, secret, log, createLog = postgresLog, onPublished, settings, tracing } = options
  const { actors, views, folds, operations, errors } = installed
  const parts = new AsyncDisposableStack()
  const master = masterKey(secret)
  const archive = archiveOf(config.data)
  const keeper = parts.use(
    createViewKeeper({
      connection: (role) => database.connection(role),
      tenants,
      master,
      views,
      actors,
      archive,
      log,
      onWritten: ({ name }, where) => {
        const places = where.map(({ tenant, home }) => placeOf(name, tenant, home))
        hub.touch(places)
        options.onTouched?.(() => places)
      },
      sequences: () => new Map(shares.lanes().flatMap(({ sequences }) => [...sequences])),
    }),
  )
  const { assertWhole } = keeper
  const reader = parts.use(
    createReader(() => database.connection('read'), { master, actors: folds, archive, assertWhole }),
  )
  const progress = databaseProgress(reader, keeper.reached)
  const catchingUp = parts.use(createCatchingUp(progress))
  const { onTold: relay, askUnderWay: ask } = options
  const turnParts = parts.use(createTurnParts({ ...(relay && { relay }), ...(ask && { ask }) }))
  const hub = parts.use(createHub({ mostWatchers: config.watchers, mayPass: mayPass(errors), parts: turnParts }))
  const targets = createTargets(config.privateTargets)
  const egress = parts.use(createEgress(targets))
  const network = parts.use(createOpening(targets))
  const vault = createVault(master)
  const metrics = createKernelMetrics({
    storeFailed: (reason) => log.warn({ reason }, 'the store failed'),
    late: (result) => log.warn(result, 'an effect that is no longer owed ended'),
    ended: (ended) => logEnded(log, ended),
    waits: logWaits(log),
  })
  const tracer = tracing?.tracer
  const meter: Meter =
    tracer === undefined
      ? metrics
      : {
          ...metrics,
          decided: (deciding, batch) => {
            metrics.decided(deciding, batch)
            tracer.decided(deciding, batch)
          },
          traceClock: () => performance.now(),
        }
  const tombstones = createTombstones(config.data)
  const references = new References()
  const traceparent: EffectTools['traceparent'] = (attempt) =>
    tracer?.traceparent(attempt) ?? passedOn(attempt.correlation)
  const hooks = createFeatureHooks(options.onNews)
  const take = options.take ?? createBuckets().take
  const tools: EffectTools = {
    egress,
    network,
    vault,
    references,
    tombstones,
    traceparent,
    turn: turnParts.turn,
    note: (...noted) => note(...noted),
    decide: (...decided) => decide(...decided),
    allow: take,
    ...hooks.tools,
  }
  const effects = installed.features
    .flatMap((feature) => feature.effects?.(tools) ?? [])
    .map((kind) => tracer?.following(kind) ?? kind)
  const kernelLog = createLog(database, tenants, archive)
  const owner = `${process.pid}.${randomUUID()}`
  const tellNotices = createNotices(installed.features, log)
  const begin = (share: number): Kernel => {
    const kernel = createKernel({
      log: kernelLog,
      actors,
      effects,
      master,
      owner,
      meter,
      onFenced: () => options.onFenced(share),
      lanes: options.lanes,
      slots: slotsOf(share, options.shareCount ?? 1),
      references,
      ask: (envelope) => tracer?.asked(envelope, () => submit(envelope)) ?? submit(envelope),
      onCommit: (batch) => {
        hub.committed(batch)
        tellNotices(batch)
        options.onTouched?.(() => placesIn(batch))
      },
      ...(onPublished === undefined ? {} : { onPublished }),
      ...(settings === undefined ? {} : { settings }),
    })
    if (tracer === undefined) return kernel
    const { submit: submitTo } = kernel
    return {
      ...kernel,
      submit: (envelope) => {
        tracer.submitted(envelope)
        return submitTo(envelope)
      },
    }
  }
  const shares = createShares(options.shareCount ?? 1, begin)
  const submit: Submit =
    options.route?.(shares) ?? ((envelope) => shares.kernelOf(0)?.submit(envelope) ?? Promise.reject(stopping()))
  const { note, decide } = createOwnCommands(submit)
  const wake = (met: readonly string[]): Promise<number> => {
    archive.mended(new Set(met.flatMap((need) => fileNeeded(need) ?? [])))
    return shares.wake(met)
  }
  const keeping = parts.use(
    keepArchive({
      connection: () => database.connection('commit'),
      reader,
      archive,
      owner,
      kernel: { wake: options.everywhere?.wake ?? wake },
      log,
      afterDays: config.archiveAfterDays,
    }),
  )
  const reference = (tenant: string, name: string) => references.get(tenant, name)
  const gauges = createGauges(installed.features, { tenants, reference })
  const known = createKnown(installed, { tenants, reference, now: Date.now }, submit)
  const admit = createRates({ rateOf: known.rateOf, take })
  const permissions = new Set([
    ...ownPermissions,
    ...[...operations, ...installed.foreign].map(({ permission }) => permission),
  ])
  const named = new Map(operations.map((operation) => [operation.name, operation]))
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone
  const caller: CallOptions['caller'] = (principal, after = [], correlation, part) => ({
    principal,
    ...(part === undefined ? {} : { part }),
    now: Date.now(),
    zone,
    vault,
    assertReachable: (url) => targets.assertReachable(url, allows(principal, 'network.private')),
    reference: (name) => references.get(principal.tenant, name),
    permissions,
    operation: (name) => named.get(name),
    actor: (kind) => folds.get(kind),
    attach: async (attachment) =>
      (await shares.any()?.attach({ ...(correlation === undefined ? {} : { correlation }), part, ...attachment })) ?? {
        type: 'retryable',
        reason: 'nothing runs here at the moment',
      },
    verifyView: (name, progress) => keeper.verify(name, principal.tenant, progress),
    rebuildView: (name) => keeper.rebuild(name),
    verifyLog: (checkpoint, progress) =>
      verifyLog({
        connection: database.connection('commit'),
        master,
        archive,
        now: Date.now(),
        ...(checkpoint === undefined ? {} : { checkpoint }),
        ...(progress === undefined ? {} : { progress }),
      }),
    archiveLog: (how) => (options.everywhere?.archive ?? keeping.move)(how),
    checkArchive: () => keeping.check(),
    makeBackup: (to) => options.backups.make(to),
    listBackups: () => options.backups.list(),
    read: after.length === 0 ? reader : catchingUp.after(after, reader),
  })
  const wait = (positions: readonly Position[]): Promise<void> => catchingUp.wait('log', positions)
  const plainCall = createCall({
    operations: named,
    errors,
    kernel: { submit, reached: shares.reached },
    caller,
    wait,
    digest: (text) => digest(master, text),
    admit,
    onFailure: (error, requestId) => log.error({ err: error, requestId }, 'a call failed'),
  })
  const httpStatus = (code: string): number => errors[code]?.status ?? 500
  const foreign = createForeign({ routes: installed.foreign, admit, caller, statusOf: httpStatus })
  const call = tracer === undefined ? plainCall : followed(plainCall, tracer)
  const waits = (): Waits => waitsOf(shares.lanes(), options.silence())
  const counts = createEffectCounter(reader)
  const kinds = ['timer', 'ask', ...effects.map(({ kind }) => kind)]
  return {
    call,
    watch: createWatch({ operations: named, hub, progress, admit, caller, wait }),
    hub,
    turnParts,
    known,
    operations,
    foreign,
    errors,
    shares,
    turnsAway: shares.turnsAway,
    waits,
    // While the database is away the counts are those of the last time.
    status: async () => {
      const now = waits()
      const patienceMs = Object.keys(now).length === 0 ? 5000 : 500
      const counted = (await counts.latest(1000, patienceMs)) ?? uncounted
      const archived = await orNull(keeping.status(), patienceMs)
      return {
        ...statusOf(shares.lanes()),
        waits: now,
        watchers: watchersOf(hub),
        views: keeper.status(),
        ...counted,
        ...gauges.status(),
        archive: archived,
      }
    },
    metrics: async () => {
      const counted = await counts.latest(2000, 1000)
      const now = {
        lanes: shares.lanes(),
        owed: counted?.owed ?? null,
        kinds,
        views: keeper.status(),
        watchers: watchersOf(hub),
      }
      return `${metrics.expose(now)}${gauges.lines()}${hooks.lines()}${tracing?.lines() ?? ''}`
    },
    begin: () => keeper.start(),
    readReferences: () => references.load(() => kernelLog.references()),
    archive: keeping.move,
    unreadable: () => archive.unreadable().map(({ hash }) => hash),
    wake,
    doLastTasks: hooks.doLastTasks,
    hearNews: hooks.hearNews,
    drain: async () => {
      const hubEnds = hub[Symbol.asyncDispose]()
      await hooks.doLastTasks()
      await Promise.all([hubEnds, shares.giveAll()])
    },
    [Symbol.asyncDispose]: async () => {
      await shares.giveAll()
      await parts.disposeAsync()
      await tracing?.[Symbol.asyncDispose]()
    },
  }
}

/** Of what the doors tell themselves, without an operation. */
const ownPermissions = ['status.read', 'metrics.read']

const stopping = (): HearthError =>
  new HearthError('server.stopping', 'This server is stopping.', { retryAfterSeconds: 1 })

const watchersOf = (hub: Hub): number => [...hub.counts().values()].reduce((sum, count) => sum + count, 0)

/** Why is for `effects.list` to say: it may be in words that somebody wrote. */
function logEnded(log: Logger, { row, how }: EndedAttempt): void {
  if (how === 'done' || (how !== 'stuck' && how !== 'dead' && how !== 'failed' && !log.isLevelEnabled('debug'))) return
  const effect = formatEffectId(row)
  const { kind, attempt, address, correlation = effect } = row
  const fields = { effect, kind, attempt, actor: formatAddress(address), correlation }
  if (how === 'stuck' || how === 'dead') log.error(fields, `an effect is ${how}: effects.list says why`)
  else if (how === 'failed') log.warn(fields, 'an effect has failed')
  else log.debug({ ...fields, how }, 'an attempt at an effect has ended')
}

/** The database went away before anything was counted. */
const uncounted = { owed: null, waiting: null, dead: null, stuck: null }
