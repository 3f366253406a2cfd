import { constants } from 'node:fs'
import { copyFile, mkdir, readdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { HearthError } from '@hearth/protocol'
import postgres, { type Sql } from 'postgres'
import { makeFolder } from '../platform/data-folder.ts'
import { version } from '../platform/version.ts'
import type { ConnectionOptions, Role } from '../store/connection.ts'
import { texts } from '../store/literals.ts'
import { copyOut } from './copy-out.ts'
import {
  archiveFile,
  isOfViews,
  manifestOf,
  sync,
  tableFile,
  writeTable,
  type BackupTable,
  type Manifest,
} from './manifest.ts'

export interface MakeOptions {
  readonly connection: (role: Role) => ConnectionOptions
  readonly dataFolder: string
  /** A folder that is not there yet, or empty. */
  readonly to: string
}

export interface Made {
  readonly folder: string
  readonly tables: number
  readonly rows: number
  /** Files of the archive that were copied, and those that could not be. */
  readonly files: number
  readonly missing: number
}

/**
 * Copies the database as it stands at one moment, while the server goes on, then the files that it names, then who was forgotten.
 * The master key is not in it.
 */
export async function makeBackup({ connection, dataFolder, to }: MakeOptions): Promise<Made> {
  await makeEmpty(to)
  await using all = connect(connection('commit'))
  // The role that owns the tables sees those without tenants, at the same moment.
  await using owned = connect(connection('migrate'))
  // No view is exchanged meanwhile: its name would lead to a table whose rows are not of this moment.
  await owned.sql`select pg_advisory_lock_shared(hashtextextended('hearth backup', 0))`
  await all.sql`begin isolation level repeatable read read only`
  const [exported] = await all.sql`select pg_export_snapshot() as snapshot`
  await owned.sql`begin isolation level repeatable read read only`
  await owned.sql.unsafe(`set transaction snapshot '${String(exported?.['snapshot'])}'`)
  const tenants = await all.sql`select tenant from hearth.tenants`
  await all.sql`select set_config('hearth.tenants', ${texts(tenants.map(({ tenant }) => String(tenant)))}, true)`
  const tables: BackupTable[] = []
  for (const { name, guarded, columns } of await tablesOf(owned.sql)) {
    const sql = guarded ? all.sql : owned.sql
    const copied = await copyOut(sql, `select ${columns.join(', ')} from hearth.${name}`)
    tables.push({ name, columns, ...(await writeTable(tableFile(to, name), copied)) })
  }
  const archive = (await owned.sql`select distinct hash from hearth.archives order by hash`).map(({ hash }) =>
    String(hash),
  )
  const [instance] = await owned.sql`select master from hearth.instance`
  const migrations = (await owned.sql`select name from hearth.migrations order by number`).map(({ name }) =>
    String(name),
  )
  const days = await owned.sql`
    select substring(c.relname from 6)::integer as day from pg_inherits i join pg_class c on c.oid = i.inhrelid
     where i.inhparent = 'hearth.keys'::regclass order by 1`
  const copied = await copyAll(archive, dataFolder, to)
  // Last: whoever is forgotten while this runs is forgotten in what is restored from it.
  await copyIfThere(join(dataFolder, 'forgotten.jsonl'), join(to, 'forgotten.jsonl'))
  const manifest: Manifest = {
    format: 1,
    version,
    at: new Date().toISOString(),
    master: String(instance?.['master']),
    migrations,
    days: days.map(({ day }) => Number(day)),
    tables,
    archive,
  }
  await writeFile(manifestOf(to), `${JSON.stringify(manifest, undefined, 2)}\n`, { mode: 0o600 })
  for (const path of [manifestOf(to), join(to, 'tables'), to]) await sync(path)
  return {
    folder: to,
    tables: tables.length,
    rows: tables.reduce((sum, { rows }) => sum + rows, 0),
    files: copied,
    missing: archive.length - copied,
  }
}

async function makeEmpty(to: string): Promise<void> {
  try {
    makeFolder(to)
    if ((await readdir(to)).length > 0)
      throw new HearthError('backup.folder-used', `${to} is not empty: a backup takes a folder of its own.`)
    for (const folder of ['tables', 'archive']) await mkdir(join(to, folder), { mode: 0o700 })
  } catch (error) {
    if (error instanceof HearthError) throw error
    throw new HearthError('backup.folder-unusable', `${to} cannot be made or written to.`, { cause: error })
  }
}

function connect(options: ConnectionOptions): AsyncDisposable & { readonly sql: Sql } {
  const sql = postgres({
    ...options,
    max: 1,
    fetch_types: false,
    onnotice: () => undefined,
    connection: { application_name: 'hearth-backup' },
  })
  return { sql, [Symbol.asyncDispose]: () => sql.end({ timeout: 5 }) }
}

interface Copied {
  readonly name: string
  /** Whether its rows belong to tenants. */
  readonly guarded: boolean
  readonly columns: readonly string[]
}

/**
 * All tables but the list of migrations, which a restore makes itself, and views: their rows say in clear what the log holds sealed,
 * and are built from it again. Partitions come with their table.
 */
async function tablesOf(sql: Sql): Promise<readonly Copied[]> {
  const rows = await sql<{ name: string; guarded: boolean; columns: string }[]>`
    select c.relname::text as name, c.relrowsecurity as guarded,
           (select string_agg(quote_ident(a.attname), ',' order by a.attnum) from pg_attribute a
             where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped and a.attgenerated = '') as columns
      from pg_class c where c.relnamespace = 'hearth'::regnamespace and c.relkind in ('r', 'p') and not c.relispartition
       and c.relname <> 'migrations'
     order by c.relname`
  return rows
    .filter(({ name }) => !isOfViews(name))
    .map(({ name, guarded, columns }) => ({ name, guarded, columns: columns.split(',') }))
}

async function copyAll(hashes: readonly string[], from: string, to: string): Promise<number> {
  let count = 0
  for (const hash of hashes) {
    const target = archiveFile(to, hash)
    await mkdir(dirname(target), { recursive: true, mode: 0o700 })
    if (await copyIfThere(archiveFile(from, hash), target)) count += 1
  }
  return count
}

export async function copyIfThere(from: string, to: string): Promise<boolean> {
  try {
    await copyFile(from, to, constants.COPYFILE_FICLONE)
    await sync(to)
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false
    throw error
  }
}
