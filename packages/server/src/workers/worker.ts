import { openActive, type Active } from '../active.ts'
import { healthOf, type Hearth, type Told } from '../compose.ts'
import type { Config } from '../config.ts'
import { openRestDoorLater } from '../doors/rest/door.ts'
import { installedFor } from '../installed.ts'
import { secretsIn } from '../platform/hide.ts'
import { openLogs, type Logs } from '../platform/logs.ts'
import { openOwnerKey } from '../platform/owner-key.ts'
import { keepEnvironmentOut } from '../platform/reports.ts'
import { version } from '../platform/version.ts'
import type { Database } from '../store/database.ts'
import type { Ownership } from '../store/ownership.ts'
import { tracingFor } from '../tracing/lazily.ts'
import type { Hub } from '../watch/hub.ts'
import { createChannel, type Handlers } from './channel.ts'
import { serveLinks } from './link.ts'
import { createRouter, type Router } from './router.ts'
import { uncarry, type Beginning, type SupervisorWords, type WorkerWords } from './words.ts'

/** Slots are dealt out finer here than in a server of one process; each lane has a connection. */
const lanesOfShare = 2
/** Without a word from the supervisor for so long, it does not know whether it may serve. */
const silenceMs = 3_000

/** One of the processes of a server, from its first message to its end. */
export function runWorker(): void {
  keepEnvironmentOut()
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGUSR2'] as const)
    // They reach the whole group of processes; the supervisor says what comes of them.
    process.on(signal, () => undefined)
  // A worker without its supervisor serves nobody: the next server wins its slots.
  process.on('disconnect', () => process.exit(1))
  let body: Body | null = null
  const running = (): Body => {
    if (body === null) throw new Error('this worker has not begun')
    return body
  }
  const handlers: Handlers<WorkerWords> = {
    begin: async (beginning) => {
      body = await begin(beginning, channel)
      return body.port
    },
    pulse: async (silence) => {
      running().feel(silence)
      return null
    },
    owners: async (owners) => {
      running().router.follow(owners)
      return null
    },
    take: async (share) => {
      await running().active.shares.take(share)
      return null
    },
    give: async ({ share, hurryMs }) => {
      await running().active.shares.give(share, hurryMs)
      return null
    },
    readReferences: async () => {
      await running().active.readReferences()
      return null
    },
    archive: (how) => running().active.archive(how),
    wake: (met) => running().active.wake(met),
    metrics: async () => running().told().metrics(),
    status: async () => ({ ...(await running().told().status()), unreadable: running().active.unreadable() }),
    open: async () => {
      await running().open()
      return null
    },
    close: async ({ withinMs, lingerMs }) => {
      await running().close(withinMs, lingerMs)
      return null
    },
    finish: async () => {
      await running().finish()
      // After the answer.
      setImmediate(() => process.exit(0))
      return null
    },
  }
  const channel = createChannel<SupervisorWords, WorkerWords>(
    {
      send: (message) => void process.send?.(message, undefined, {}, () => undefined),
      listen: (receive) => process.on('message', receive),
    },
    handlers,
  )
}

type ToSupervisor = ReturnType<typeof createChannel<SupervisorWords, WorkerWords>>

type Silence = ReturnType<Ownership['silence']>

interface Body {
  readonly port: number
  readonly active: Active
  readonly router: Router
  feel(silence: Silence): void
  told(): Told
  open(): Promise<void>
  close(withinMs: number, lingerMs: number): Promise<void>
  finish(): Promise<void>
}

async function begin(beginning: Beginning, supervisor: ToSupervisor): Promise<Body> {
  const { id, config, connections, secret, pass } = beginning
  if (beginning.version !== version) throw new Error(`this is version ${version}, and the server ${beginning.version}`)
  const logs = openLogs({
    data: config.data,
    level: config.log,
    access: config.accessLog,
    secrets: secretsIn(config),
    worker: { id, sendAccess: (lines) => void supervisor.ask('access', lines).catch(() => undefined) },
  })
  const { log } = logs
  endWithErrors(logs)
  const installed = installedFor(config)
  const database: Database = {
    kind: 'external',
    connection: (role) => uncarry(connections[role]),
    place: () => null,
    onChange: () => () => undefined,
    [Symbol.asyncDispose]: () => Promise.resolve(),
  }
  const pulse: { silence: Silence; felt: number } = { silence: null, felt: performance.now() }
  const tracing = await tracingFor({ config, log, secret, worker: id })
  let router: Router | undefined
  const active = openActive({
    config,
    installed,
    database,
    secret: Buffer.from(secret),
    log,
    lanes: lanesOfShare,
    tracing,
    silence: () => {
      const forMs = performance.now() - pulse.felt
      return forMs < silenceMs ? pulse.silence : { trouble: 'slow', since: Math.round(Date.now() - forMs) }
    },
    shareCount: config.workers,
    onFenced: (share) => {
      log.error({ share }, 'somebody else has taken slots of this worker')
      void supervisor.ask('fenced', share).finally(() => process.exit(1))
    },
    // Where the supervisor is gone, so is this process.
    onPublished: () =>
      supervisor.ask('published', null).then(
        () => undefined,
        () => undefined,
      ),
    route: (shares) => {
      const onFailure = (error: unknown): void => log.error({ err: error }, 'a call failed')
      const onTouched: Hub['touch'] = (places) => active.hub.touch(places)
      const turnParts: Active['turnParts'] = {
        take: (told) => active.turnParts.take(told),
        underWay: (topic) => active.turnParts.underWay(topic),
      }
      const onNews: Active['hearNews'] = (topic, body) => active.hearNews(topic, body)
      const { errors } = installed
      router = createRouter({ me: id, pass, shares, errors, onFailure, onTouched, turnParts, onNews })
      return router.submit
    },
    onTouched: (places) => router?.touch(places),
    onTold: (told) => router?.tell(told),
    onNews: (topic, body) => router?.spread(topic, body),
    askUnderWay: async (topic) => (await router?.underWay(topic)) ?? [],
    take: (name, allowance, wanted, how = 'some') => supervisor.ask('take', { name, allowance, wanted, how }),
    everywhere: {
      archive: ({ before, dryRun = false }) => supervisor.ask('archive', { before, dryRun }),
      wake: (met) => supervisor.ask('wake', met),
    },
    backups: {
      make: (to) => supervisor.ask('backup', to ?? null),
      list: () => supervisor.ask('listBackups', null),
    },
  })
  await active.readReferences()
  await active.begin()
  const links = await serveLinks(pass, (body) => (router as Router).receive(body))
  let told: Told | undefined
  let hears: Promise<null> | undefined
  const hearth: Hearth = {
    call: active.call,
    watch: async (request) => {
      await (hears ??= supervisor.ask('watching', null))
      return await active.watch(request)
    },
    known: active.known,
    operations: active.operations,
    foreign: active.foreign,
    errors: active.errors,
    health: () => healthOf(active.waits()),
    turnsAway: active.turnsAway,
    status: active.status,
    metrics: active.metrics,
    together: {
      offer: (own) => (told = own),
      status: () => supervisor.ask('status', null),
      metrics: () => supervisor.ask('metrics', null),
    },
    place: () => null,
    onPlaceChange: () => () => undefined,
    drain: active.drain,
    [Symbol.asyncDispose]: () => active[Symbol.asyncDispose](),
  }
  const door = await prepareDoor(config, hearth, logs)
  log.info({ pid: process.pid }, 'a worker has begun')
  return {
    port: links.port,
    active,
    router: router as Router,
    feel: (silence) => Object.assign(pulse, { silence, felt: performance.now() }),
    told: () => told ?? { status: active.status, metrics: active.metrics },
    open: () => door.listen(),
    close: async (withinMs, lingerMs) => {
      await Promise.all([door.close(withinMs, lingerMs), active.doLastTasks()])
    },
    finish: async () => {
      await active[Symbol.asyncDispose]()
      router?.[Symbol.dispose]()
      await links[Symbol.asyncDispose]()
      log.info({}, 'a worker has ended')
      await logs[Symbol.asyncDispose]()
    },
  }
}

async function prepareDoor(config: Config, hearth: Hearth, { log, access }: Logs) {
  const ownerKey = openOwnerKey({ data: config.data, given: config.ownerKey })
  const door = openRestDoorLater({ config, ownerKey, log, access })
  const serve = await door.prepare(hearth)
  serve()
  return door
}

/** An error that nobody caught leaves the process in no known state: it ends, and its slots go to another. */
function endWithErrors({ log }: Logs): void {
  const onError = (error: unknown): void => {
    log.fatal({ err: error }, 'an error that nobody caught')
    process.exit(1)
  }
  process.on('uncaughtException', onError).on('unhandledRejection', onError)
}
