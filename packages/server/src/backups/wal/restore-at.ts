import { spawn } from 'node:child_process'
import { chownSync, chmodSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { mkdir, rm, writeFile } from 'node:fs/promises'
import { createWriteStream } from 'node:fs'
import { dirname, join } from 'node:path'
import { Writable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { HearthError } from '@hearth/protocol'
import { writeByRename } from '../../platform/write-file.ts'
import { environment } from '../../store/embedded/cluster.ts'
import { asUser } from '../../store/embedded/operating-user.ts'
import { recordOf } from '../../store/embedded/place.ts'
import { makeScratch, syncFolder } from '../../store/embedded/scratch.ts'
import { prepare, type Setup } from '../../store/embedded/setup.ts'
import type { Logger } from '../../store/logger.ts'
import { archivePath } from '../make.ts'
import { readAll, type Place } from '../places/place.ts'
import type { Progress } from '../progress.ts'
import { addTombstones, masterFor, type RestoreConfig } from '../restore.ts'
import type { Label } from '../manifest.ts'
import { restoringMarker } from '../restoring.ts'
import { damaged } from '../sealing.ts'
import { basesOf } from './base.ts'
import { unpackFolder } from './files-stream.ts'
import { baseFile, getSealed, isLinesFolder, openLine, unpacked, type Base, type Line } from './line.ts'

export interface RestoreAtOptions {
  readonly config: RestoreConfig
  readonly from: Place
  /** Null: as far as anything was written. */
  readonly at: Date | null
  readonly log: Logger
  readonly signal: AbortSignal
  readonly progress: Progress
}

export interface RestoredAt {
  readonly data: string
  readonly at: string
  readonly base: string
  readonly segments: number
  readonly files: number
}

/** What is needed to come to a moment: a copy of the database and all that was written since. */
export interface Way {
  readonly line: Line
  readonly base: Base
  readonly segments: readonly string[]
  readonly blobs: readonly string[]
  readonly forgotten: string | undefined
}

/** Finds it and reads all of it once. Throws for whatever could not be restored; changes nothing. */
export async function findWay({ config, from, at, signal, progress }: Omit<RestoreAtOptions, 'log'>): Promise<Way> {
  if (config.databaseUrl !== undefined)
    throw new HearthError('restore.at-embedded-only', 'A moment can be restored on the embedded PostgreSQL only.')
  const places = [recordOf(config.data)?.data ?? '', join(config.data, 'postgres', 'data')]
  if (places.some((place) => existsSync(place))) {
    forgetFinished(config.data)
    throw new HearthError(
      'restore.not-empty',
      `${config.data} has a database: a moment is restored where there is none.`,
    )
  }
  const found = await findBase(config, from, at)
  if (found === undefined)
    throw new HearthError(
      'restore.moment-unknown',
      `${from.name} holds no copy of a database from before ${at?.toISOString() ?? 'now'} whose writing was kept.`,
    )
  const { line, base } = found
  const files = await line.place.list()
  const segments = files
    .filter((file) => /^wal\/[0-9A-F]{24}\.zst/.test(file) && file.slice(4, 28) >= base.firstSegment)
    .toSorted()
  if (at === null) assertNoGap(line.place, base.firstSegment, segments)
  const way: Way = {
    line,
    base,
    segments,
    blobs: files.filter((file) => /^archive\/[0-9a-f]{2}\/[0-9a-f]{64}\.sealed$/.test(file)),
    forgotten: files
      .filter((file) => /^forgotten\/\d{12}\.sealed$/.test(file))
      .toSorted()
      .at(-1),
  }
  progress.begin(1 + segments.length)
  progress.file('checking')
  await unpackBase(way, null)
  for (const file of segments) {
    signal.throwIfAborted()
    progress.file('checking')
    await pipeline(unpacked(await opened(line, file)), nowhere(), { signal })
  }
  for (const file of [...way.blobs, ...(way.forgotten === undefined ? [] : [way.forgotten])])
    await pipeline(await opened(line, file), nowhere(), { signal })
  return way
}

/** The end of what was written is not known from where a file of it is gone: PostgreSQL would end there, and nobody would know. */
function assertNoGap({ name }: Place, first: string, segments: readonly string[]): void {
  let wanted = placeOf(first)
  for (const file of segments) {
    if (placeOf(file.slice(4, 28)) !== wanted)
      throw new HearthError('backup.incomplete', `${name} is not whole: a file before ${file} is not there.`)
    wanted += 1n
  }
}

/** A file of 16 MB is named by its timeline, its 4 GB and its place in them. */
const placeOf = (segment: string): bigint =>
  BigInt(`0x${segment.slice(8, 16)}`) * 256n + BigInt(`0x${segment.slice(16)}`)

/** The database gets its name when it is whole: one that was killed then has only left its marker. */
function forgetFinished(data: string): void {
  const marker = restoringMarker(data)
  const begun = existsSync(marker) ? (JSON.parse(readFileSync(marker, 'utf8')) as { readonly moment?: unknown }) : {}
  if (begun.moment !== undefined) rmSync(marker)
}

const nowhere = (): Writable => new Writable({ write: (_chunk, _encoding, done) => done() })

async function opened(line: Line, file: string) {
  const content = await getSealed(line, file)
  if (content === null) throw new HearthError('backup.incomplete', `${line.place.name}: ${file} is not there.`)
  return content
}

const ofOtherKey = new Set(['master-key.other', 'backup.key-other', 'backup.key-missing'])

async function findBase(
  config: RestoreConfig,
  from: Place,
  at: Date | null,
): Promise<{ readonly line: Line; readonly base: Base } | undefined> {
  const found: { readonly line: Line; readonly base: Base }[] = []
  let refused: HearthError | undefined
  let isKnown = false
  for (const folder of (await from.folders()).filter(isLinesFolder))
    for (const name of await from.within(folder).folders()) {
      const place = from.within(folder).within(name)
      const keys = { own: config.backupKey, master: (label: Pick<Label, 'master'>) => masterFor(config, label) }
      // Several servers may have the same destination, and one may have changed its key.
      const line = await openLine(place, keys).catch((error: unknown) => {
        if (!(error instanceof HearthError) || !ofOtherKey.has(error.code)) throw error
        refused = error
        return null
      })
      if (line === null) continue
      isKnown = true
      for (const base of await basesOf(line))
        if (at === null || Date.parse(base.until) <= at.getTime()) found.push({ line, base })
    }
  if (!isKnown && refused !== undefined) throw refused
  return found.toSorted((one, other) => (one.base.until < other.base.until ? 1 : -1))[0]
}

async function unpackBase(
  { line, base }: Way,
  setup: { readonly to: string; readonly owner?: { uid: number; gid: number } } | null,
) {
  const where = `${line.place.name}/${baseFile(base.name)}`
  const content = unpacked(await opened(line, baseFile(base.name)))
  try {
    await unpackFolder(content as AsyncIterable<Buffer>, { to: null, ...setup, where })
  } catch (error) {
    if (/^(ZSTD_|Z_)/.test((error as NodeJS.ErrnoException).code ?? '')) throw damaged(where, error)
    throw error
  }
}

/** Makes the database aside, brings it to the moment, and only then puts it in its place. */
export async function restoreAt(way: Way, options: RestoreAtOptions): Promise<RestoredAt> {
  const { config, log, progress, at } = options
  const { data } = config
  const { postgresUser } = config
  const setup = prepare({ dataFolder: data, log, ...(postgresUser === undefined ? {} : { postgresUser }) })
  if (setup.binaries.major !== way.base.major)
    throw new HearthError(
      'restore.other-version',
      `It was written by PostgreSQL ${way.base.major}, and this one is ${setup.binaries.major}.`,
    )
  writeByRename(
    restoringMarker(data),
    `${JSON.stringify({ from: way.line.place.name, moment: at?.toISOString() ?? 'end' })}\n`,
  )
  progress.begin(1 + way.segments.length + way.blobs.length)
  const scratch = makeScratch(setup.place.folder, 'restored')
  try {
    const into = join(scratch, 'data')
    await fillScratch(way, into, setup, options)
    progress.file('recovering')
    await recover(into, setup, options)
    const files = await copyBlobs(way, options)
    if (way.forgotten !== undefined)
      await addTombstones(
        (await readAll(await opened(way.line, way.forgotten))).toString('utf8'),
        join(data, 'forgotten.jsonl'),
      )
    renameSync(into, setup.place.data)
    syncFolder(setup.place.folder)
    rmSync(restoringMarker(data), { force: true })
    return { data, at: at?.toISOString() ?? 'end', base: way.base.until, segments: way.segments.length, files }
  } catch (error) {
    // Nothing was put in its place: a start may begin with an empty database.
    if (!existsSync(setup.place.data)) rmSync(restoringMarker(data), { force: true })
    throw error
  } finally {
    await rm(scratch, { recursive: true, force: true, maxRetries: 20, retryDelay: 50 })
  }
}

async function fillScratch(
  way: Way,
  into: string,
  { user }: Setup,
  { progress, signal }: RestoreAtOptions,
): Promise<void> {
  const { line, segments } = way
  const give = (path: string): void => {
    if (user.other) chownSync(path, user.uid, user.gid)
  }
  progress.file('files of the database')
  chmodSync(dirname(into), 0o755)
  mkdirSync(into, { mode: 0o700 })
  give(into)
  await unpackBase(way, { to: into, ...(user.other ? { owner: { uid: user.uid, gid: user.gid } } : {}) })
  for (const file of segments) {
    signal.throwIfAborted()
    const name = file.slice(4, 28)
    progress.file(name)
    const path = join(into, 'pg_wal', name)
    await pipeline(unpacked(await opened(line, file)), createWriteStream(path, { mode: 0o600, flush: true }), {
      signal,
    })
    give(path)
  }
  const path = join(into, 'recovery.signal')
  writeFileSync(path, '', { mode: 0o600 })
  give(path)
}

/** PostgreSQL follows what was written up to the moment, in a process of its own that ends when it is there. */
async function recover(into: string, { binaries, user }: Setup, { at, signal }: RestoreAtOptions): Promise<void> {
  const settings = {
    hot_standby: 'off',
    // What was written lies where it looks itself.
    restore_command: 'false',
    recovery_target_action: 'promote',
    ...(at === null ? {} : { recovery_target_time: at.toISOString().replace('T', ' ').replace('Z', '+00') }),
    log_min_error_statement: 'panic',
  }
  const words = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`])
  const child = spawn(join(binaries.folder, 'bin', 'postgres'), ['--single', '-D', into, ...words, 'postgres'], {
    cwd: into,
    env: environment,
    stdio: ['ignore', 'ignore', 'pipe'],
    signal,
    killSignal: 'SIGQUIT',
    ...asUser(user),
  })
  let complaint = ''
  child.stderr.on('data', (chunk: Buffer) => (complaint = `${complaint}${chunk}`.slice(-4000)))
  const status = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject)
    child.once('close', resolve)
  })
  if (status === 0) return
  signal.throwIfAborted()
  if (
    /before configured recovery target was reached|before consistent recovery point|ends before end of online backup/.test(
      complaint,
    )
  )
    throw new HearthError(
      'restore.moment-unknown',
      `What was kept does not reach ${at?.toISOString()}: name an earlier moment.`,
    )
  const reason = /(?:FATAL|PANIC): +(.*)/.exec(complaint)?.[1] ?? `it ended with ${status}`
  throw new HearthError('restore.failed', `PostgreSQL could not be brought to that moment: ${reason}`)
}

async function copyBlobs({ line, blobs }: Way, { config, progress, signal }: RestoreAtOptions): Promise<number> {
  for (const file of blobs) {
    signal.throwIfAborted()
    const hash = file.slice('archive/ab/'.length, -'.sealed'.length)
    progress.file(`archive ${hash.slice(0, 12)}`)
    const path = archivePath(config.data, hash)
    await mkdir(dirname(path), { recursive: true, mode: 0o700 })
    await writeFile(path, await readAll(await opened(line, file)), { mode: 0o600, flush: true })
  }
  return blobs.length
}
