import { createHash, type Hash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { pipeline, Readable } from 'node:stream'
import { createZstdCompress } from 'node:zlib'
import type { View } from '@hearth/kernel'
import postgres, { type Sql } from 'postgres'
import { version } from '../platform/version.ts'
import type { ConnectionOptions, Role } from '../store/connection.ts'
import { texts } from '../store/literals.ts'
import { copyOut } from './copy-out.ts'
import { readIdentity, serverName } from './identity.ts'
import type { BackupKey, RootKey } from './keys.ts'
import { beginLabel, isOfViews, writeManifest, type BackupTable, type Content } from './manifest.ts'
import { archiveFile, forgottenFile, tableFile } from './names.ts'
import { counting } from './opened.ts'
import { gathered } from './pieces.ts'
import type { Place } from './places/place.ts'
import type { Progress } from './progress.ts'
import { seal } from './sealing.ts'
import { headsOf, sumsOf } from './standing.ts'

export interface MakeOptions {
  readonly connection: (role: Role) => ConnectionOptions
  readonly dataFolder: string
  readonly views: readonly View[]
  readonly root: RootKey
  /** Where nothing is yet. */
  readonly to: Place
  readonly signal: AbortSignal
  readonly progress: Progress
}

export interface Made {
  readonly folder: string
  readonly at: string
  readonly tables: number
  readonly rows: number
  /** As they lie there. */
  readonly bytes: number
  /** Files of the archive that were copied, and those that could not be. */
  readonly files: number
  readonly missing: number
}

/**
 * Copies the database as it stands at one moment, while the server goes on, then the files that it names, then who was forgotten, all
 * of it sealed. The master key is not in it. What is cut short has no manifest, and is taken away where that is possible.
 */
export async function makeBackup(options: MakeOptions): Promise<Made> {
  const { to, signal } = options
  await to.begin()
  try {
    return await makeIn(options)
  } catch (error) {
    await to.clear().catch(() => undefined)
    signal.throwIfAborted()
    throw error
  }
}

async function makeIn(options: MakeOptions): Promise<Made> {
  const { connection, to, progress, signal, root, views } = options
  await using all = connect(connection('commit'))
  // The role that owns the tables sees those without tenants, at the same moment.
  await using owned = connect(connection('migrate'))
  using _stop = onAbort(signal, () => void Promise.all([all.sql.end({ timeout: 0 }), owned.sql.end({ timeout: 0 })]))
  // No view is exchanged meanwhile: its name would lead to a table whose rows are not of this moment.
  await owned.sql`select pg_advisory_lock_shared(hashtextextended('hearth backup', 0))`
  await all.sql`begin isolation level repeatable read read only`
  const at = new Date().toISOString()
  const [exported] = await all.sql`select pg_export_snapshot() as snapshot`
  await owned.sql`begin isolation level repeatable read read only`
  await owned.sql.unsafe(`set transaction snapshot '${String(exported?.['snapshot'])}'`)
  const tenants = await all.sql`select tenant from hearth.tenants`
  await all.sql`select set_config('hearth.tenants', ${texts(tenants.map(({ tenant }) => String(tenant)))}, true)`
  const identity = await readIdentity(owned.sql)
  const { label, key } = beginLabel({ version, at, server: serverName(identity), master: identity.master }, root)
  const copied = await tablesOf(owned.sql)
  const archive = (await owned.sql`select distinct hash from hearth.archives order by hash`).map(({ hash }) =>
    String(hash),
  )
  progress.begin(copied.length + archive.length)
  const writer: Writer = { ...options, key, bytes: 0 }
  const tables: BackupTable[] = []
  for (const { name, guarded, columns } of copied) {
    const sql = guarded ? all.sql : owned.sql
    progress.file(name)
    const rows = await copyOut(sql, `select ${columns.join(', ')} from hearth.${name}`)
    tables.push({ name, columns, rows: await putTable(writer, name, rows) })
  }
  const standing = { heads: await headsOf(owned.sql), views: await sumsOf(all.sql, views) }
  const migrations = (await owned.sql`select name from hearth.migrations order by number`).map(({ name }) =>
    String(name),
  )
  const days = await owned.sql`
    select substring(c.relname from 6)::integer as day from pg_inherits i join pg_class c on c.oid = i.inhrelid
     where i.inhparent = 'hearth.keys'::regclass order by 1`
  const missing: string[] = []
  for (const hash of archive) {
    progress.file(`archive ${hash.slice(0, 12)}`)
    const sum = await putFile(writer, archivePath(options.dataFolder, hash), archiveFile(hash))
    if (sum === hash) continue
    missing.push(hash)
    // Damaged here already: with it no restore would take the backup.
    if (sum !== null) await to.remove(archiveFile(hash))
  }
  // Last: whoever is forgotten while this runs is forgotten in what is restored from it.
  if ((await putFile(writer, join(options.dataFolder, 'forgotten.jsonl'), forgottenFile)) === null)
    await put(writer, Readable.from([]), forgottenFile)
  const content: Content = {
    migrations,
    days: days.map(({ day }) => Number(day)),
    tables,
    archive,
    missing,
    bytes: writer.bytes,
    standing,
  }
  await to.settle()
  await writeManifest(to, { label, key, content }, signal)
  await to.settle()
  return {
    folder: to.name,
    at,
    tables: tables.length,
    rows: tables.reduce((sum, { rows }) => sum + rows, 0),
    bytes: writer.bytes,
    files: archive.length - missing.length,
    missing: missing.length,
  }
}

interface Writer extends MakeOptions {
  readonly key: BackupKey
  bytes: number
}

async function put(writer: Writer, content: Readable, file: string): Promise<void> {
  const { to, key, signal } = writer
  try {
    await to.put(file, Readable.from(measured(writer, seal(content, key, file)), { objectMode: false }), signal)
  } finally {
    // Where it was not read to its end, nobody lets go of what it comes from.
    content.destroy()
  }
}

async function* measured(writer: Writer, parts: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  for await (const part of parts) {
    writer.bytes += part.length
    writer.progress.add({ bytes: part.length })
    yield part
  }
}

async function putTable(writer: Writer, name: string, from: Readable): Promise<number> {
  const counted = counting((rows) => writer.progress.add({ rows }))
  // Its failure is met by whoever reads from its end.
  const packed = pipeline(from, gathered, counted.stream, createZstdCompress(), () => undefined)
  await put(writer, packed, tableFile(name))
  return counted.rows()
}

/** The SHA-256 of what was there; null where nothing was. */
async function putFile(writer: Writer, path: string, file: string): Promise<string | null> {
  const isThere = await stat(path).then(
    () => true,
    () => false,
  )
  if (!isThere) return null
  const sum = createHash('sha256')
  const content = createReadStream(path)
  try {
    await put(writer, Readable.from(summed(content, sum), { objectMode: false }), file)
  } finally {
    // Its reader may not have come to it.
    content.destroy()
  }
  return sum.digest('hex')
}

async function* summed(parts: AsyncIterable<Buffer>, sum: Hash): AsyncGenerator<Buffer> {
  for await (const part of parts) {
    sum.update(part)
    yield part
  }
}

export const archivePath = (dataFolder: string, hash: string): string =>
  join(dataFolder, 'archive', hash.slice(0, 2), hash)

function onAbort(signal: AbortSignal, act: () => void): Disposable {
  signal.addEventListener('abort', act, { once: true })
  return { [Symbol.dispose]: () => signal.removeEventListener('abort', act) }
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
