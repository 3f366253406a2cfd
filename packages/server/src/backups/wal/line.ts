import { pipeline, Readable } from 'node:stream'
import { createZstdCompress, createZstdDecompress } from 'node:zlib'
import type { GivenKeys } from '../opened.ts'
import type { BackupKey, RootKey } from '../keys.ts'
import { beginLabel, manifestFile, openContent, readLabel, writeManifest, type Label } from '../manifest.ts'
import type { Place } from '../places/place.ts'
import { seal, unseal } from '../sealing.ts'

/** All that one database has written, from some copy of its files on. */
export interface Line {
  readonly place: Place
  readonly key: BackupKey
  readonly label: Label
}

/** A copy of a database's files, and from where its writing has to be followed. */
export interface Base {
  readonly name: string
  /** From when on it can be brought to any moment. */
  readonly until: string
  readonly major: number
  /** The first file of what was written that it needs. */
  readonly firstSegment: string
}

export const linesFolder = (server: string): string => `hearth-${server}-wal`
export const isLinesFolder = (name: string): boolean => /^hearth-[0-9a-f]{12}-wal$/.test(name)
export const segmentFile = (name: string): string => `wal/${name}.zst.sealed`
export const blobFile = (hash: string): string => `archive/${hash.slice(0, 2)}/${hash}.sealed`
export const baseFile = (name: string): string => `base/${name}/files.zst.sealed`
/** Written after its files: without it a base is half of one. */
export const baseLabel = (name: string): string => `base/${name}/base.json.sealed`
/** The list of those forgotten only grows: the last is the one with the most bytes. */
export const forgottenFile = (bytes: number): string => `forgotten/${String(bytes).padStart(12, '0')}.sealed`

/** Null where none was begun. */
export async function openLine(place: Place, keys: GivenKeys): Promise<Line | null> {
  const begun = await place.get(manifestFile)
  if (begun === null) return null
  begun.destroy()
  const read = await readLabel(place)
  if ('former' in read) return null
  const master = await keys.master(read.label)
  const { key } = await openContent(place, read, { master, own: keys.own })
  return { place, key, label: read.label }
}

export async function beginLine(
  place: Place,
  about: Pick<Label, 'version' | 'server' | 'at' | 'master'>,
  { root, signal }: { readonly root: RootKey; readonly signal: AbortSignal },
): Promise<Line> {
  const { label, key } = beginLabel(about, root)
  await writeManifest(place, { label, key, content: { kind: 'wal' } }, signal)
  await place.settle()
  return { place, key, label }
}

export async function putSealed(
  { place, key }: Line,
  file: string,
  content: Readable,
  signal: AbortSignal,
): Promise<void> {
  try {
    await place.put(file, Readable.from(seal(content, key, file), { objectMode: false }), signal)
  } finally {
    content.destroy()
  }
}

/** Null where there is no such file. */
export async function getSealed({ place, key }: Line, file: string): Promise<Readable | null> {
  const content = await place.get(file)
  const where = `${place.name}/${file}`
  return content === null ? null : Readable.from(unseal(content, { key, file, where }), { objectMode: false })
}

// Their failures are met by whoever reads from the end.
export const packed = (content: Readable): Readable => pipeline(content, createZstdCompress(), () => undefined)
export const unpacked = (content: Readable): Readable => pipeline(content, createZstdDecompress(), () => undefined)
