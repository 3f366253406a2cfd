import { appendFile, mkdir, readFile, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { features } from '@hearth/features'
import { HearthError } from '@hearth/protocol'
import postgres, { type Sql } from 'postgres'
import type { Config } from '../config.ts'
import { fingerprint, loadMasterKey } from '../platform/master-key.ts'
import { openDatabase } from '../store/database.ts'
import type { Logger } from '../store/logger.ts'
import { prepareSchema } from '../store/prepare.ts'
import { copyIfThere } from './make.ts'
import {
  archiveFile,
  checkTable,
  damaged,
  hashOf,
  isOfViews,
  readManifest,
  readTable,
  type BackupTable,
  type Manifest,
} from './manifest.ts'

export interface RestoreOptions {
  readonly config: Pick<Config, 'data' | 'databaseUrl' | 'postgresUser' | 'masterKey'>
  readonly from: string
  readonly log: Logger
}

export interface Restored {
  readonly data: string
  readonly at: string
  readonly rows: number
  readonly files: number
  readonly missing: number
}

/** Makes the database of a data folder that has none from a backup. Whoever was forgotten since is forgotten again at the next start. */
export async function restoreBackup({ config, from, log }: RestoreOptions): Promise<Restored> {
  const { data, databaseUrl, postgresUser } = config
  const manifest = await readManifest(from)
  await checkMaster(config, manifest)
  await using database = await openDatabase({
    dataFolder: data,
    log,
    ...(databaseUrl === undefined ? {} : { databaseUrl }),
    ...(postgresUser === undefined ? {} : { postgresUser }),
  })
  const views = features.flatMap((feature) => feature.views)
  await prepareSchema({ connection: database.connection('migrate'), views, fingerprint: manifest.master })
  const sql = postgres({ ...database.connection('migrate'), max: 1, fetch_types: false, onnotice: () => undefined })
  try {
    await refuseFilled(sql, data)
    await refuseOther(sql, manifest)
    const files = await copyFiles(manifest, from, data)
    await fill(sql, manifest, from)
    await addTombstones(join(from, 'forgotten.jsonl'), join(data, 'forgotten.jsonl'))
    const rows = restoredOf(manifest).reduce((sum, table) => sum + table.rows, 0)
    return { data, at: manifest.at, rows, files, missing: manifest.archive.length - files }
  } finally {
    await sql.end({ timeout: 5 })
  }
}

async function refuseFilled(sql: Sql, data: string): Promise<void> {
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

async function checkMaster({ data, masterKey }: RestoreOptions['config'], { master }: Manifest): Promise<void> {
  if (masterKey === undefined && !(await isThere(join(data, 'master.key'))))
    throw new HearthError(
      'restore.master-key-missing',
      `No backup holds the master key. Give it: HEARTH_MASTER_KEY, or the file ${join(data, 'master.key')}.`,
    )
  if (fingerprint(await loadMasterKey(data, masterKey)) !== master)
    throw new HearthError('master-key.other', 'This backup was made under another master key.')
}

async function refuseOther(sql: Sql, manifest: Manifest): Promise<void> {
  const applied = (await sql`select name from hearth.migrations order by number`).map(({ name }) => String(name))
  const tables = await sql`select relname::text as name from pg_class where relnamespace = 'hearth'::regnamespace`
  const here = new Set(tables.map(({ name }) => String(name)))
  const absent = restoredOf(manifest).find(({ name }) => !here.has(name))
  if (absent === undefined && JSON.stringify(applied) === JSON.stringify(manifest.migrations)) return
  throw new HearthError(
    'restore.other-version',
    `This backup is of version ${manifest.version}, whose database has another form. Restore it with that version, then start this one.`,
  )
}

/** In one transaction, as the owner of the tables, whom row-level security lets pass meanwhile. */
async function fill(sql: Sql, manifest: Manifest, from: string): Promise<void> {
  for (const table of restoredOf(manifest)) await checkTable(from, table)
  for (const day of manifest.days) await sql`select hearth.keep_days(${day})`
  await sql`begin`
  for (const table of restoredOf(manifest)) await fillTable(sql, table, from)
  // The next start builds them, after those are forgotten again who were since the backup.
  await sql`update hearth.views set ready = false`
  await sql`commit`
  await sql`analyze`
}

const restoredOf = ({ tables }: Manifest): readonly BackupTable[] => tables.filter(({ name }) => !isOfViews(name))

async function fillTable(sql: Sql, table: BackupTable, from: string): Promise<void> {
  const name = `hearth.${table.name}`
  const [state] = await sql`select relforcerowsecurity as forced from pg_class where oid = ${name}::regclass`
  const forced = state?.['forced'] === true
  if (forced) await sql.unsafe(`alter table ${name} no force row level security`)
  await sql.unsafe(`delete from ${name}`)
  await readTable(from, table, await sql.unsafe(`copy ${name} (${table.columns.join(', ')}) from stdin`).writable())
  if (forced) await sql.unsafe(`alter table ${name} force row level security`)
}

async function copyFiles({ archive }: Manifest, from: string, data: string): Promise<number> {
  let count = 0
  for (const hash of archive) {
    const target = archiveFile(data, hash)
    await mkdir(dirname(target), { recursive: true, mode: 0o700 })
    if (!(await copyIfThere(archiveFile(from, hash), target))) continue
    if ((await hashOf(target)) !== hash) throw damaged(archiveFile(from, hash))
    count += 1
  }
  return count
}

/** Beside those that may stand there of people forgotten since. */
async function addTombstones(from: string, to: string): Promise<void> {
  const text = await readFile(from, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return ''
    throw error
  })
  if (text !== '') await appendFile(to, `\n${text}`, { mode: 0o600 })
}
