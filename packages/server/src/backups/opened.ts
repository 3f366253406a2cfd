import { createHash } from 'node:crypto'
import { pipeline as pipe, Readable, Transform, Writable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { createZstdDecompress } from 'node:zlib'
import { HearthError } from '@hearth/protocol'
import type { BackupKey } from './keys.ts'
import {
  openContent,
  readLabel,
  type BackupTable,
  type Content,
  type FormerManifest,
  type Label,
  type LabelRead,
} from './manifest.ts'
import { archiveFile, forgottenFile, former, tableFile } from './names.ts'
import { isS3, readAll, type Place } from './places/place.ts'
import { damaged, unseal } from './sealing.ts'
import type { Standing } from './standing.ts'

/** A backup that can be read: its label is known here, and its key was given. */
export interface OpenedBackup {
  readonly name: string
  readonly version: string
  readonly at: string
  readonly sealed: boolean
  readonly migrations: readonly string[]
  readonly days: readonly number[]
  readonly tables: readonly BackupTable[]
  readonly archive: readonly string[]
  readonly missing: ReadonlySet<string>
  /** A former backup does not say. */
  readonly standing: Standing | null
  /** Rows as COPY writes them. Throws `backup.damaged`, at the end at the latest, or `backup.incomplete`. */
  table(table: BackupTable, to: Writable, signal: AbortSignal): Promise<void>
  /** Its content, as its hash says; null where it was missing when the backup was made. */
  archived(hash: string): Promise<Buffer | null>
  /** Who was forgotten, as the lines of their file. */
  forgotten(): Promise<string>
}

export interface GivenKeys {
  /** Of the server that is to hold it. Throws where there is none. */
  master(label: Pick<Label, 'master'>): Promise<Buffer>
  readonly own: Uint8Array | undefined
}

export async function openBackup(place: Place, keys: GivenKeys): Promise<OpenedBackup> {
  const read = await readLabel(place)
  if (!('former' in read)) return openSealed(place, read, keys)
  // None was ever made there, and nothing proves who made this one.
  if (isS3(place.name))
    throw new HearthError('backup.unreadable', `${place.name} is not sealed: copy it to a folder if it is yours.`)
  return openFormer(place, read.former, keys)
}

async function openSealed(
  place: Place,
  read: Exclude<LabelRead, { readonly former: unknown }>,
  keys: GivenKeys,
): Promise<OpenedBackup> {
  const { label } = read
  const master = await keys.master(label)
  const { key, content } = await openContent(place, read, { master, own: keys.own })
  return { ...aboutOf(place, label, content), sealed: true, ...filesOf(place, key, content) }
}

const aboutOf = (place: Place, { version, at }: Pick<Label, 'version' | 'at'>, content: Content) => ({
  name: place.name,
  version,
  at,
  migrations: content.migrations,
  days: content.days,
  tables: content.tables,
  archive: content.archive,
  missing: new Set(content.missing),
  standing: content.standing,
})

function filesOf(
  place: Place,
  key: BackupKey,
  { missing }: Pick<Content, 'missing'>,
): Pick<OpenedBackup, 'table' | 'archived' | 'forgotten'> {
  const absent = new Set(missing)
  const opened = async (file: string): Promise<Readable> => {
    const content = await place.get(file)
    if (content === null) throw incomplete(place, file)
    return Readable.from(unseal(content, { key, file, where: `${place.name}/${file}` }), { objectMode: false })
  }
  return {
    table: async (table, to, signal) => {
      const file = tableFile(table.name)
      await unpack(await opened(file), table, { to, signal, where: `${place.name}/${file}` })
    },
    archived: async (hash) => (absent.has(hash) ? null : readAll(await opened(archiveFile(hash)))),
    forgotten: async () => (await readAll(await opened(forgottenFile))).toString('utf8'),
  }
}

const incomplete = (place: Place, file: string): HearthError =>
  new HearthError('backup.incomplete', `${place.name} is not whole: ${file} is not there.`)

interface Unpacking {
  readonly to: Writable
  readonly signal: AbortSignal
  readonly where: string
}

async function unpack(from: Readable, { rows }: BackupTable, { to, signal, where }: Unpacking): Promise<void> {
  const counted = counting()
  try {
    await pipeline(from, createZstdDecompress(), counted.stream, to, { signal })
  } catch (error) {
    if (isOfZstd(error)) throw damaged(where, error)
    throw error
  }
  if (counted.rows() !== rows) throw damaged(where)
}

const isOfZstd = (error: unknown): boolean => /^(ZSTD_|Z_)/.test((error as NodeJS.ErrnoException).code ?? '')

/** Lines of what passes: COPY writes each row as one. */
export function counting(onRows: (rows: number) => void = () => undefined): {
  readonly stream: Transform
  rows(): number
} {
  let rows = 0
  const stream = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      const before = rows
      for (let at = chunk.indexOf(10); at !== -1; at = chunk.indexOf(10, at + 1)) rows += 1
      onRows(rows - before)
      done(null, chunk)
    },
  })
  return { stream, rows: () => rows }
}

async function openFormer(place: Place, manifest: FormerManifest, keys: GivenKeys): Promise<OpenedBackup> {
  await keys.master(manifest)
  const { version, at, migrations, days, tables, archive } = manifest
  const hashes = new Map(tables.map(({ name, sha256 }) => [name, sha256]))
  const there = new Set(await place.list())
  return {
    name: place.name,
    version,
    at,
    sealed: false,
    migrations,
    days,
    tables,
    archive,
    missing: new Set(archive.filter((hash) => !there.has(former.archive(hash)))),
    standing: null,
    table: async (table, to, signal) => {
      const file = former.table(table.name)
      const where = `${place.name}/${file}`
      const content = await place.get(file)
      if (content === null) throw incomplete(place, file)
      const hash = createHash('sha256')
      const hashed = new Transform({
        transform(chunk: Buffer, _encoding, done) {
          hash.update(chunk)
          done(null, chunk)
        },
      })
      await unpack(
        pipe(content, hashed, () => undefined),
        table,
        { to, signal, where },
      )
      if (hash.digest('hex') !== hashes.get(table.name)) throw damaged(where)
    },
    archived: async (hash) => {
      const content = await place.get(former.archive(hash))
      return content === null ? null : readAll(content)
    },
    forgotten: async () => {
      const content = await place.get(former.forgotten)
      return content === null ? '' : (await readAll(content)).toString('utf8')
    },
  }
}

/** Reads all of it once and keeps nothing: whatever is wrong with it is known before anything is changed. */
export async function checkBackup(
  backup: OpenedBackup,
  signal: AbortSignal,
  onFile: () => void = () => undefined,
): Promise<void> {
  for (const table of backup.tables) {
    const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() })
    await backup.table(table, nowhere, signal)
    onFile()
  }
  for (const hash of backup.archive) {
    signal.throwIfAborted()
    await archivedOf(backup, hash)
    onFile()
  }
  await backup.forgotten()
}

export async function archivedOf(backup: OpenedBackup, hash: string): Promise<Buffer | null> {
  const content = await backup.archived(hash)
  if (content !== null && createHash('sha256').update(content).digest('hex') !== hash)
    throw damaged(`${backup.name}: ${hash} of its archive`)
  return content
}
