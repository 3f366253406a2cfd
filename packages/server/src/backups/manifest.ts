import { randomBytes } from 'node:crypto'
import { Readable } from 'node:stream'
import { HearthError } from '@hearth/protocol'
import { backupKey, rootFor, type BackupKey, type KeyFrom, type RootKey } from './keys.ts'
import { readAll, readUpTo, type Place } from './places/place.ts'
import { damaged, seal, unseal } from './sealing.ts'
import type { Standing } from './standing.ts'

export interface BackupTable {
  readonly name: string
  readonly columns: readonly string[]
  readonly rows: number
}

/** What anybody may read of a backup. A change of it makes what is sealed open no more. */
export interface Label {
  readonly format: 2
  readonly version: string
  /** Names the server that made it: only its own does a server throw away. */
  readonly server: string
  readonly at: string
  /** Names the master key without telling it: what is sealed in the database opens with that one only. */
  readonly master: string
  readonly key: { readonly from: KeyFrom; readonly fingerprint: string; readonly salt: string }
}

/** What a backup holds, as the label's key seals it. */
export interface Content {
  readonly migrations: readonly string[]
  /** Of which answers are kept, each in a partition of its own. */
  readonly days: readonly number[]
  readonly tables: readonly BackupTable[]
  /** Files of the archive, by their hashes, and those of them that could not be read when it was made. */
  readonly archive: readonly string[]
  readonly missing: readonly string[]
  readonly bytes: number
  /** What the database was then, to be found again in what is restored. */
  readonly standing: Standing
}

/** The former form, whose files lie in clear: it is restored, and not made any more. */
export interface FormerManifest {
  readonly format: 1
  readonly version: string
  readonly at: string
  readonly master: string
  readonly migrations: readonly string[]
  readonly days: readonly number[]
  readonly tables: readonly (BackupTable & { readonly sha256: string })[]
  readonly archive: readonly string[]
}

/** Written last: without it a backup is not whole. */
export const manifestFile = 'manifest.json'
const format = 2
/** One of a million files of the archive has some 90 MB. */
const longestManifestBytes = 256 * 1024 * 1024

/** Tables of views, what a rebuild has left of them, and how far they are: no part of a backup. Former ones hold them. */
export const isOfViews = (table: string): boolean => /^(?:(?:view|shadow)_.*_\d+|views|view_positions)$/.test(table)

export function beginLabel(about: Pick<Label, 'version' | 'server' | 'at' | 'master'>, root: RootKey) {
  const salt = randomBytes(32)
  const label: Label = {
    format,
    ...about,
    key: { from: root.from, fingerprint: root.fingerprint, salt: salt.toString('base64') },
  }
  return { label, key: backupKey(root, salt) }
}

/** The label is part of the name under which the rest is sealed. */
const sealedName = ({ format, version, server, at, master, key }: Label): string =>
  `${manifestFile} ${JSON.stringify([format, version, server, at, master, key.from, key.fingerprint, key.salt])}`

export async function writeManifest(
  place: Place,
  { label, key, content }: { readonly label: Label; readonly key: BackupKey; readonly content: object },
  signal: AbortSignal,
): Promise<void> {
  const plain = Readable.from([Buffer.from(JSON.stringify(content))])
  const sealed = await readAll(Readable.from(seal(plain, key, sealedName(label))))
  const text = `${JSON.stringify({ ...label, sealed: sealed.toString('base64') }, undefined, 2)}\n`
  await place.put(manifestFile, Readable.from([Buffer.from(text)]), signal)
}

export type LabelRead = { readonly label: Label; readonly sealed: string } | { readonly former: FormerManifest }

/** Throws `backup.unreadable` for no backup, `backup.incomplete` for half of one, `backup.newer` for a form that is not known here. */
export async function readLabel(place: Place): Promise<LabelRead> {
  const file = await place.get(manifestFile)
  if (file === null) {
    const begun = (await place.folders()).includes('tables')
    if (begun)
      throw new HearthError('backup.incomplete', `${place.name} holds half a backup: it was not made to its end.`)
    throw new HearthError('backup.unreadable', `${place.name} holds no backup: there is no ${manifestFile}.`)
  }
  const manifest = parsed((await readUpTo(file, longestManifestBytes))?.toString('utf8') ?? '')
  if (manifest?.format === 1 && isFormer(manifest)) return { former: manifest as unknown as FormerManifest }
  if (typeof manifest?.format === 'number' && Number.isInteger(manifest.format) && manifest.format > format)
    throw newer(place, manifest.version)
  if (manifest?.format !== format || typeof manifest['sealed'] !== 'string' || !isLabel(manifest))
    throw new HearthError('backup.unreadable', `${place.name}/${manifestFile} is not of a backup.`)
  const { sealed, ...label } = manifest as unknown as Label & { readonly sealed: string }
  return { label, sealed }
}

export const newer = (place: Place, version: unknown): HearthError =>
  new HearthError(
    'backup.newer',
    `${place.name} was made by a newer Hearth (${String(version)}): restore it with that version.`,
  )

type Parsed = Readonly<Record<string, unknown>>

function isLabel(manifest: Parsed): boolean {
  const key = manifest['key'] as Parsed | undefined
  const fields = [manifest['version'], manifest['server'], manifest['at'], manifest['master']]
  const named = [key?.['fingerprint'], key?.['salt']]
  if (![...fields, ...named].every((field) => typeof field === 'string')) return false
  return (
    (key?.['from'] === 'master' || key?.['from'] === 'backup-key') && !Number.isNaN(Date.parse(String(manifest['at'])))
  )
}

const areTexts = (list: unknown, rule = /^/): boolean =>
  Array.isArray(list) && list.every((each) => typeof each === 'string' && rule.test(each))

/** Nothing proves who wrote it, and its names become a part of statements and of paths. */
function isFormer(manifest: Parsed): boolean {
  const { version, at, master, migrations, days, tables, archive } = manifest
  return (
    [version, at, master].every((field) => typeof field === 'string') &&
    areTexts(migrations) &&
    areTexts(archive, /^[0-9a-f]{64}$/) &&
    Array.isArray(days) &&
    days.every((day) => Number.isSafeInteger(day)) &&
    Array.isArray(tables) &&
    tables.every(isTable)
  )
}

function isTable(table: unknown): boolean {
  const { name, columns, rows, sha256 } = (table ?? {}) as Parsed
  return (
    areTexts([name], /^[a-z0-9_]+$/) &&
    areTexts(columns, /^(?:[a-z0-9_]+|"[a-z0-9_]+")$/) &&
    Number.isSafeInteger(rows) &&
    typeof sha256 === 'string'
  )
}

function parsed(text: string): (Parsed & { readonly format?: unknown; readonly version?: unknown }) | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null ? (value as Parsed) : undefined
  } catch {
    return undefined
  }
}

/** Throws `backup.key-missing`, `backup.key-other` or `backup.damaged`. */
export async function openContent<Kind extends object = Content>(
  place: Place,
  { label, sealed }: { readonly label: Label; readonly sealed: string },
  keys: { readonly master: Uint8Array; readonly own: Uint8Array | undefined },
): Promise<{ readonly key: BackupKey; readonly content: Kind }> {
  const where = `${place.name}/${manifestFile}`
  const key = backupKey(rootFor(label.key, keys.master, keys.own), Buffer.from(label.key.salt, 'base64'))
  const from = Readable.from([Buffer.from(sealed, 'base64')])
  const opened = await readAll(Readable.from(unseal(from, { key, file: sealedName(label), where })))
  const content = parsed(opened.toString('utf8'))
  if (content === undefined) throw damaged(where)
  return { key, content: content as unknown as Kind }
}
