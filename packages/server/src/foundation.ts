import { join } from 'node:path'
import { masterKey, type Log } from '@hearth/kernel'
import { assertRestored } from './backups/restoring.ts'
import { createBackups, type Backups } from './backups/keeping.ts'
import type { Config } from './config.ts'
import type { Installed } from './installed.ts'
import type { Logger } from './platform/logs.ts'
import { fingerprint, loadMasterKey } from './platform/master-key.ts'
import { createArchive, type Archive } from './store/archive/archive.ts'
import { lazyBlob } from './store/archive/keeping.ts'
import { openFileBlob } from './store/blob/file-blob.ts'
import { openDatabase, type Database } from './store/database.ts'
import { keepDays } from './store/key-days.ts'
import { createPostgresLog } from './store/log.ts'
import { ownDatabase, type Ownership } from './store/ownership.ts'
import { isSealed, prepareSchema } from './store/prepare.ts'
import { createReader } from './store/reader.ts'
import { applyTombstones, createTombstones } from './store/tombstones.ts'

export type CreateLog = (database: Database, tenants: () => readonly string[], archive: Archive) => Log

export const postgresLog: CreateLog = (database, names, archive) =>
  createPostgresLog(() => database.connection('commit'), names, undefined, archive)

export const archiveOf = (dataFolder: string): Archive =>
  createArchive(lazyBlob(() => openFileBlob({ folder: join(dataFolder, 'archive') })))

export const tenants = (): readonly string[] => ['main']

/** What there is once in a server, however many processes decide: the database, held and prepared, and the key to its data. */
export interface Foundation extends AsyncDisposable {
  readonly database: Database
  readonly secret: Buffer
  /** Whether the database answered lately and this server is still the only one on it. */
  alive(): boolean
  readonly silence: Ownership['silence']
  readonly backups: Backups
}

export interface FoundationOptions {
  readonly config: Config
  readonly installed: Installed
  readonly log: Logger
  /** Another server has taken the database. */
  readonly onLost: (reason: string) => void
  readonly createLog?: CreateLog
}

export async function openFoundation(options: FoundationOptions): Promise<Foundation> {
  const { config, installed, log, onLost, createLog = postgresLog } = options
  assertRestored(config.data)
  await using undo = new AsyncDisposableStack()
  const database = undo.use(
    await openDatabase({
      dataFolder: config.data,
      log,
      workers: config.workers,
      walArchive: config.walArchive,
      ...(config.databaseUrl === undefined ? {} : { databaseUrl: config.databaseUrl }),
      ...(config.postgresUser === undefined ? {} : { postgresUser: config.postgresUser }),
    }),
  )
  const secret = await loadMasterKey(config.data, config.masterKey, () => isSealed(database.connection('migrate')))
  await prepareSchema({
    connection: database.connection('migrate'),
    views: installed.views,
    fingerprint: fingerprint(secret),
  })
  const ownership = undo.use(
    await ownDatabase({
      connection: database.connection('commit'),
      patienceMs: 10_000,
      onLost: () => onLost('another server has taken the database'),
    }),
  )
  await forgetAgain(options, database, secret, createLog)
  undo.defer(keepDays(() => database.connection('commit'), log))
  const backups = undo.use(createBackups({ config, database, views: installed.views, secret, log }))
  const parts = undo.move()
  return {
    database,
    secret,
    alive: () => ownership.alive(),
    silence: () => ownership.silence(),
    backups,
    [Symbol.asyncDispose]: () => parts.disposeAsync(),
  }
}

/** A backup may have brought back whom somebody had asked to forget. */
export async function forgetAgain(
  { config, installed, log }: Pick<FoundationOptions, 'config' | 'installed'> & { readonly log: Pick<Logger, 'warn'> },
  database: Database,
  secret: Buffer,
  createLog: CreateLog,
): Promise<number> {
  const tombstones = await createTombstones(config.data).all()
  if (tombstones.length === 0) return 0
  const master = masterKey(secret)
  const archive = archiveOf(config.data)
  await using reader = createReader(() => database.connection('read'), {
    master,
    actors: installed.folds,
    archive,
    assertWhole: () => undefined,
  })
  const { actors } = installed
  const kernelLog = createLog(database, tenants, archive)
  const forgotten = await applyTombstones({ tombstones, log: kernelLog, actors, master, reader })
  if (forgotten > 0) log.warn({ forgotten }, 'people were forgotten again whom the database had kept')
  return forgotten
}
