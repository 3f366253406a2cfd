import { createHash } from 'node:crypto'
import { existsSync, rmSync } from 'node:fs'
import { appendFile, mkdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { features } from '@hearth/features'
import { HearthError } from '@hearth/protocol'
import postgres, { type Sql } from 'postgres'
import type { Config } from '../config.ts'
import { fingerprint, loadMasterKey } from '../platform/master-key.ts'
import { writeByRename } from '../platform/write-file.ts'
import { openDatabase, type Database } from '../store/database.ts'
import type { Logger } from '../store/logger.ts'
import { migrate, migrationsIn } from '../store/migrate.ts'
import { migrations, prepareSchema } from '../store/prepare.ts'
import { archivePath } from './make.ts'
import { isOfViews, type BackupTable, type Label } from './manifest.ts'
import { archivedOf, checkBackup, openBackup, type OpenedBackup } from './opened.ts'
import type { Place } from './places/place.ts'
import type { Progress } from './progress.ts'
import { restoringMarker } from './restoring.ts'

export type RestoreConfig = Pick<
  Config,
  | 'data'
  | 'databaseUrl'
  | 'postgresUser'
  | 'masterKey'
  | 'backupKey'
  | 's3Endpoint'
  | 's3Region'
  | 's3AccessKeyId'
  | 's3SecretAccessKey'
>

export interface RestoreOptions {
  readonly config: RestoreConfig
  readonly from: OpenedBackup
  readonly log: Logger
  readonly signal: AbortSignal
  readonly progress: Progress
}

export interface Restored {
  readonly data: string
  readonly at: string
  readonly rows: number
  readonly files: number
  readonly missing: number
  /** Whether it was sealed: a former backup is not, and nothing proves that it is what a server made. */
  readonly sealed: boolean
}

/** Reads all that a backup says of itself and of its files, and changes nothing. Throws for whatever could not be restored. */
export async function readBackup(
  place: Place,
  config: RestoreConfig,
  { signal, progress }: Pick<RestoreOptions, 'signal' | 'progress'>,
): Promise<OpenedBackup> {
  const backup = await openBackup(place, { own: config.backupKey, master: (label) => masterFor(config, label) })
  assertKnown(backup)
  progress.begin(backup.tables.length + backup.archive.length)
  await checkBackup(backup, signal, () => progress.file('checking'))
  return backup
}

/** Makes the database of a data folder that has none from a backup. Whoever was forgotten since is forgotten again at the next start. */
export async function restoreBackup(options: RestoreOptions): Promise<Restored> {
  const { config, from } = options
  const { data } = config
  const begunBefore = existsSync(restoringMarker(data))
  writeByRename(restoringMarker(data), `${JSON.stringify({ from: from.name, at: new Date().toISOString() })}\n`)
  try {
    await using database = await openToRestore(config, options.log).catch((error: unknown) => {
      if (!begunBefore) rmSync(restoringMarker(data), { force: true })
      throw error
    })
    const restored = await restoreInto(database, options)
    await rm(restoringMarker(data), { force: true })
    return restored
  } catch (error) {
    // Filled in one piece by the one that left the marker, or by a server that ran before: it is whole either way.
    if (error instanceof HearthError && error.code === 'restore.not-empty')
      await rm(restoringMarker(data), { force: true })
    throw error
  }
}

export const openToRestore = ({ data, databaseUrl, postgresUser }: RestoreConfig, log: Logger): Promise<Database> =>
  openDatabase({
    dataFolder: data,
    log,
    ...(databaseUrl === undefined ? {} : { databaseUrl }),
    ...(postgresUser === undefined ? {} : { postgresUser }),
  })

/** Files first, then who was forgotten, then all tables in one transaction: whatever cuts it short, it can be done again. */
export async function restoreInto(database: Database, options: RestoreOptions): Promise<Restored> {
  const { config, from, progress } = options
  const { data } = config
  const connection = database.connection('migrate')
  const sql = postgres({ ...connection, max: 1, fetch_types: false, onnotice: () => undefined })
  try {
    await refuseFilled(sql, data)
    await migrate(connection, migrations, from.migrations.at(-1))
    await refuseOther(sql, from)
    progress.begin(from.archive.length + from.tables.length)
    const files = await copyFiles(options)
    await addTombstones(await from.forgotten(), join(data, 'forgotten.jsonl'))
    await fill(sql, options)
    const rows = restoredOf(from).reduce((sum, table) => sum + table.rows, 0)
    // Views are not of the backup: the next start builds them, after those are forgotten again who were since.
    const master = fingerprint(await loadMasterKey(data, config.masterKey))
    const views = features.flatMap((feature) => feature.views)
    await prepareSchema({ connection, views, fingerprint: master })
    await sql`update hearth.views set ready = false`
    await sql`analyze`
    return { data, at: from.at, rows, files, missing: from.archive.length - files, sealed: from.sealed }
  } finally {
    await sql.end({ timeout: 5 })
  }
}

async function refuseFilled(sql: Sql, data: string): Promise<void> {
  const [made] = await sql`select to_regclass('hearth.slots') is not null as yes`
  if (made?.['yes'] !== true) return
  const [written] = await sql`select 1 from hearth.slots where sequence > 0 limit 1`
  if (written !== undefined)
    throw new HearthError(
      'restore.not-empty',
      `The database of ${data} is in use: a backup is restored where there is none.`,
    )
}

const isThere = (path: string): Promise<boolean> =>
  stat(path).then(
    () => true,
    () => false,
  )

export async function masterFor(
  { data, masterKey }: RestoreConfig,
  { master }: Pick<Label, 'master'>,
): Promise<Buffer> {
  if (masterKey === undefined && !(await isThere(join(data, 'master.key'))))
    throw new HearthError(
      'restore.master-key-missing',
      `No backup holds the master key. Give it: HEARTH_MASTER_KEY, or the file ${join(data, 'master.key')}.`,
    )
  const key = await loadMasterKey(data, masterKey)
  if (fingerprint(key) !== master)
    throw new HearthError('master-key.other', 'This backup was made under another master key.')
  return key
}

/** A backup of before is brought further after it is restored; one of a later form is not known here. */
function assertKnown({ name, version, ...backup }: OpenedBackup): void {
  const known = migrationsIn(migrations)
  if (backup.migrations.length > 0 && backup.migrations.every((each, index) => each === known[index])) return
  const isNewer = backup.migrations.some((each) => each > (known.at(-1) ?? ''))
  throw new HearthError(
    isNewer ? 'backup.newer' : 'restore.other-version',
    `${name} is of Hearth ${version}, whose database has a form that is not known here. Restore it with that version.`,
  )
}

async function refuseOther(sql: Sql, from: OpenedBackup): Promise<void> {
  const tables = await sql`select relname::text as name from pg_class where relnamespace = 'hearth'::regnamespace`
  const here = new Set(tables.map(({ name }) => String(name)))
  const absent = restoredOf(from).find(({ name }) => !here.has(name))
  if (absent === undefined) return
  throw new HearthError('restore.other-version', `${from.name} holds a table that is not known here: ${absent.name}.`)
}

/** In one transaction, as the owner of the tables, whom row-level security lets pass meanwhile. */
async function fill(sql: Sql, { from, signal, progress }: RestoreOptions): Promise<void> {
  for (const day of from.days) await sql`select hearth.keep_days(${day})`
  await sql`begin`
  for (const table of restoredOf(from)) {
    progress.file(table.name)
    await fillTable(sql, table, from, signal)
    progress.add({ rows: table.rows })
  }
  const [made] = await sql`select to_regclass('hearth.views') is not null as yes`
  // Together with the rows: views of a server that was started here once are empty, and would be taken for whole.
  if (made?.['yes'] === true) await sql`update hearth.views set ready = false`
  signal.throwIfAborted()
  await sql`commit`
}

const restoredOf = ({ tables }: Pick<OpenedBackup, 'tables'>): readonly BackupTable[] =>
  tables.filter(({ name }) => !isOfViews(name))

async function fillTable(sql: Sql, table: BackupTable, from: OpenedBackup, signal: AbortSignal): Promise<void> {
  const name = `hearth.${table.name}`
  const [state] = await sql`select relforcerowsecurity as forced from pg_class where oid = ${name}::regclass`
  const forced = state?.['forced'] === true
  if (forced) await sql.unsafe(`alter table ${name} no force row level security`)
  await sql.unsafe(`delete from ${name}`)
  const to = await sql.unsafe(`copy ${name} (${table.columns.join(', ')}) from stdin`).writable()
  await from.table(table, to, signal)
  if (forced) await sql.unsafe(`alter table ${name} force row level security`)
}

async function copyFiles({ from, config, signal, progress }: RestoreOptions): Promise<number> {
  let count = 0
  for (const hash of from.archive) {
    signal.throwIfAborted()
    progress.file(`archive ${hash.slice(0, 12)}`)
    if (await putBack(from, hash, config.data)) count += 1
  }
  return count
}

/** Whether the backup has it. */
async function putBack(from: OpenedBackup, hash: string, data: string): Promise<boolean> {
  const content = await archivedOf(from, hash)
  if (content === null) return false
  const path = archivePath(data, hash)
  await mkdir(dirname(path), { recursive: true, mode: 0o700 })
  // A server may run beside it: what has its name is whole.
  await writeFile(`${path}.next`, content, { mode: 0o600, flush: true })
  await rename(`${path}.next`, path)
  return true
}

export interface PutBack {
  readonly data: string
  readonly files: number
  /** Of these the backup has none either. */
  readonly missing: number
}

/** Puts files of the archive that are gone or damaged back from a backup, also while a server runs on the data folder. */
export async function putBackArchive({ config: { data }, from, signal, progress }: RestoreOptions): Promise<PutBack> {
  let [files, missing] = [0, 0]
  progress.begin(from.archive.length)
  for (const hash of from.archive) {
    signal.throwIfAborted()
    progress.file(`archive ${hash.slice(0, 12)}`)
    const here = await readFile(archivePath(data, hash)).catch(() => null)
    if (here !== null && createHash('sha256').update(here).digest('hex') === hash) continue
    if (await putBack(from, hash, data)) files += 1
    else missing += 1
  }
  return { data, files, missing }
}

/** Beside those that may stand there of people forgotten since. */
export async function addTombstones(text: string, to: string): Promise<void> {
  if (text.trim() === '') return
  const known = await readFile(to, 'utf8').catch(() => '')
  const lines = new Set(known.split('\n'))
  const more = text.split('\n').filter((line) => line !== '' && !lines.has(line))
  if (more.length > 0) await appendFile(to, `\n${more.join('\n')}\n`, { mode: 0o600, flush: true })
}
