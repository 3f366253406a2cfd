import { createHash } from 'node:crypto'
import { createReadStream, createWriteStream } from 'node:fs'
import { open, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Transform, type Readable, type Writable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { createZstdCompress, createZstdDecompress } from 'node:zlib'
import { HearthError } from '@hearth/protocol'

export interface BackupTable {
  readonly name: string
  readonly columns: readonly string[]
  readonly rows: number
  /** Of the file as it lies. */
  readonly sha256: string
}

/** Written last: a folder without it is no backup. */
export interface Manifest {
  readonly format: 1
  readonly version: string
  readonly at: string
  /** Names the master key without telling it: what is sealed opens with that one only. */
  readonly master: string
  readonly migrations: readonly string[]
  /** Of which answers are kept, each in a partition of its own. */
  readonly days: readonly number[]
  readonly tables: readonly BackupTable[]
  /** Files of the archive, by their hashes. */
  readonly archive: readonly string[]
}

/** Tables of views, what a rebuild has left of them, and how far they are: no part of a backup. Former ones hold them. */
export const isOfViews = (table: string): boolean => /^(?:(?:view|shadow)_.*_\d+|views|view_positions)$/.test(table)

export const manifestOf = (folder: string): string => join(folder, 'manifest.json')
export const tableFile = (folder: string, name: string): string => join(folder, 'tables', `${name}.copy.zst`)
export const archiveFile = (folder: string, hash: string): string => join(folder, 'archive', hash.slice(0, 2), hash)

export async function readManifest(folder: string): Promise<Manifest> {
  const text = await readFile(manifestOf(folder), 'utf8').catch((error: unknown) => {
    throw new HearthError('backup.unreadable', `${folder} holds no whole backup: its manifest.json cannot be read.`, {
      cause: error,
    })
  })
  const manifest = parsed(text)
  if (manifest?.format === 1) return manifest
  throw new HearthError('backup.unreadable', `${manifestOf(folder)} is not of a backup that this version knows.`)
}

function parsed(text: string): Manifest | undefined {
  try {
    return JSON.parse(text) as Manifest
  } catch {
    return undefined
  }
}

/** Lines of what passes: COPY writes each row as one. */
function counting(): { readonly stream: Transform; rows(): number } {
  let rows = 0
  const stream = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      for (let at = chunk.indexOf(10); at !== -1; at = chunk.indexOf(10, at + 1)) rows += 1
      done(null, chunk)
    },
  })
  return { stream, rows: () => rows }
}

export async function writeTable(path: string, from: Readable): Promise<Pick<BackupTable, 'rows' | 'sha256'>> {
  const counted = counting()
  await pipeline(from, counted.stream, createZstdCompress(), createWriteStream(path, { mode: 0o600, flags: 'wx' }))
  await sync(path)
  return { rows: counted.rows(), sha256: await hashOf(path) }
}

/** Throws `backup.damaged` for another file than was written. */
export async function checkTable(folder: string, { name, sha256 }: BackupTable): Promise<void> {
  const path = tableFile(folder, name)
  if ((await hashOf(path)) !== sha256) throw damaged(path)
}

export async function readTable(folder: string, { name, rows }: BackupTable, to: Writable): Promise<void> {
  const path = tableFile(folder, name)
  const counted = counting()
  await pipeline(createReadStream(path), createZstdDecompress(), counted.stream, to)
  if (counted.rows() !== rows) throw damaged(path)
}

export const damaged = (path: string): HearthError =>
  new HearthError('backup.damaged', `${path} is not what was written at the backup.`)

export async function hashOf(path: string): Promise<string> {
  const hash = createHash('sha256')
  try {
    await pipeline(createReadStream(path), hash)
  } catch (error) {
    throw new HearthError('backup.damaged', `${path} cannot be read.`, { cause: error })
  }
  return hash.digest('hex')
}

export async function sync(path: string): Promise<void> {
  await using file = await open(path, 'r')
  await file.sync()
}
