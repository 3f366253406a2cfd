import { join } from 'node:path'
import { systemClock, type Clock, type View } from '@hearth/kernel'
import { HearthError } from '@hearth/protocol'
import postgres from 'postgres'
import type { Config } from '../config.ts'
import type { Database } from '../store/database.ts'
import type { Logger } from '../store/logger.ts'
import { readIdentity, serverName } from './identity.ts'
import { rootKey } from './keys.ts'
import { listBackups, thinOut, type ListedBackup } from './listing.ts'
import type { Made } from './make.ts'
import { backupName } from './names.ts'
import { openPlace, type Place } from './places/place.ts'
import { keepWal, type WalKeeping, type WalStatus } from './wal/keeping.ts'
import { createProgress, type ProgressNow } from './progress.ts'

export interface BackupStatus {
  /** Where they go by themselves and when none is said. */
  readonly to: string
  readonly everyMs: number | null
  readonly running: (ProgressNow & { readonly to: string; readonly since: string }) | null
  readonly last: { readonly at: string; readonly folder: string } | null
  /** The last attempt, where it failed. */
  readonly failed: { readonly at: string; readonly code: string; readonly detail: string } | null
  readonly failures: number
  readonly next: string | null
  /** Null where what is written is not kept. */
  readonly wal: WalStatus | null
}

/** Makes backups when asked and by themselves, one at a time, and throws away those of this server that are too many. */
export interface Backups extends AsyncDisposable {
  /** To a place where nothing is; under a name of its own at the usual place when none is said. */
  make(to: string | undefined): Promise<Made>
  /** The whole ones at the usual place, newest first. */
  list(): Promise<readonly ListedBackup[]>
  status(): BackupStatus
  /** By themselves from now on, where that is wanted. */
  begin(): void
}

export interface BackupsOptions {
  readonly config: Config
  readonly database: Pick<Database, 'connection' | 'written'>
  readonly views: readonly View[]
  readonly secret: Buffer
  readonly log: Logger
  readonly clock?: Clock
}

const firstPauseMs = 30_000
const longestPauseMs = 3_600_000

export function createBackups(options: BackupsOptions): Backups {
  const { config, database, views, secret, log, clock = systemClock } = options
  const root = rootKey(secret, config.backupKey)
  const usual = config.backupTo ?? join(config.data, 'backups')
  const every = config.backupEvery ?? null
  const stop = new AbortController()
  let turn: Promise<unknown> = Promise.resolve()
  let running: { readonly to: string; readonly since: string; readonly now: () => ProgressNow } | null = null
  let last: BackupStatus['last'] = null
  let failed: BackupStatus['failed'] = null
  let failures = 0
  let next: number | null = null
  let cancel: () => void = () => undefined
  let server: Promise<string> | undefined
  let wal: WalKeeping | undefined

  const readServer = async (): Promise<string> => {
    const sql = postgres({ ...database.connection('migrate'), max: 1, fetch_types: false, onnotice: () => undefined })
    try {
      return serverName(await readIdentity(sql))
    } finally {
      await sql.end({ timeout: 1 })
    }
  }
  const nameOfServer = async (): Promise<string> => {
    server ??= readServer()
    server.catch(() => (server = undefined))
    return await server
  }
  const placeAt = (to: string): Promise<Place> => openPlace(to, config, stop.signal)

  const inTurn = <T>(work: () => Promise<T>): Promise<T> => {
    const mine = turn.then(work, work)
    turn = mine.catch(() => undefined)
    return mine
  }

  const makeAt = async (to: Place): Promise<Made> => {
    const progress = createProgress()
    const since = new Date(clock.now()).toISOString()
    running = { to: to.name, since, now: progress.now }
    try {
      stop.signal.throwIfAborted()
      const { makeBackup } = await import('./make.ts')
      const connection: Database['connection'] = (role) => database.connection(role)
      const made = await makeBackup({
        connection,
        dataFolder: config.data,
        views,
        root,
        to,
        signal: stop.signal,
        progress,
      })
      last = { at: made.at, folder: made.folder }
      failed = null
      return made
    } catch (error) {
      if (stop.signal.aborted) throw stopping()
      failures += 1
      failed = { at: new Date(clock.now()).toISOString(), ...toldOf(error) }
      throw error
    } finally {
      running = null
    }
  }
  const makeUsual = async (): Promise<Made> => {
    const name = backupName(await nameOfServer(), new Date(clock.now()))
    return await makeAt((await placeAt(usual)).within(name))
  }

  const makeWhenDue = async (everyMs: number): Promise<number> => {
    const of = await nameOfServer()
    const place = await placeAt(usual)
    // What lies there decides, so that a start neither skips one nor makes one too many.
    // One of a clock that ran ahead must not hold up all others until then.
    const newest = (await listBackups(place, of)).find(({ at }) => Date.parse(at) <= clock.now())
    if (newest !== undefined && (last === null || newest.at > last.at)) last = { at: newest.at, folder: newest.folder }
    const due = newest === undefined ? clock.now() : Date.parse(newest.at) + everyMs
    if (due > clock.now()) return due
    const made = await makeUsual()
    log.info({ ...made }, 'a backup was made')
    const gone = await thinOut(place, { server: of, keep: config.backupKeep, now: clock.now() })
    if (gone.length > 0) log.info({ gone }, 'backups that were too many were thrown away')
    return Date.parse(made.at) + everyMs
  }
  const goOn = async (everyMs: number, failedBefore: number): Promise<void> => {
    let again = 0
    try {
      next = await inTurn(() => makeWhenDue(everyMs))
      failed = null
    } catch (error) {
      if (stop.signal.aborted) return
      again = failedBefore + 1
      if (failed === null) failures += 1
      failed = { at: new Date(clock.now()).toISOString(), ...toldOf(error) }
      next = clock.now() + Math.min(firstPauseMs * 2 ** failedBefore, longestPauseMs, everyMs)
      log.warn({ err: error, next: new Date(next).toISOString() }, 'no backup could be made; it is tried again')
    }
    if (!stop.signal.aborted) later(everyMs, again)
  }
  const later = (everyMs: number, failedBefore: number): void => {
    cancel = clock.after(Math.max(0, (next ?? 0) - clock.now()), () => {
      // A timer of more than weeks comes too early.
      if ((next ?? 0) > clock.now()) later(everyMs, failedBefore)
      else void goOn(everyMs, failedBefore)
    })
  }

  return {
    make: (to) => inTurn(async () => (to === undefined ? makeUsual() : makeAt(await placeAt(to)))),
    list: async () => listBackups(await placeAt(usual), undefined),
    status: () => ({
      to: usual,
      everyMs: every,
      running: running === null ? null : { to: running.to, since: running.since, ...running.now() },
      last,
      failed,
      failures,
      next: next === null ? null : new Date(next).toISOString(),
      wal: wal?.status() ?? null,
    }),
    begin: () => {
      if (database.written !== undefined) {
        const to = (signal: AbortSignal): Promise<Place> => openPlace(usual, config, signal)
        wal = keepWal({ config, database, written: database.written, root, to, log })
      }
      if (every === null) return
      next = clock.now()
      later(every, 0)
    },
    [Symbol.asyncDispose]: async () => {
      cancel()
      stop.abort()
      await Promise.all([turn, wal?.[Symbol.asyncDispose]()])
    },
  }
}

const stopping = (): HearthError =>
  new HearthError('server.stopping', 'This server is stopping: the backup was not made.', { retryAfterSeconds: 1 })

function toldOf(error: unknown): { readonly code: string; readonly detail: string } {
  if (error instanceof HearthError) return { code: error.code, detail: error.message }
  return { code: 'backup.failed', detail: 'It could not be made: the log of the server says why.' }
}
