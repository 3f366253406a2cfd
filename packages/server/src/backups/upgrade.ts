import { existsSync, mkdirSync, readFileSync, renameSync, rmSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { HearthError } from '@hearth/protocol'
import postgres from 'postgres'
import { readConfig, type Config } from '../config.ts'
import { lockDataFolder } from '../platform/lock.ts'
import { openLogs } from '../platform/logs.ts'
import { loadMasterKey } from '../platform/master-key.ts'
import { writeByRename } from '../platform/write-file.ts'
import { findPackage, packageName } from '../store/embedded/binaries.ts'
import { openEmbedded } from '../store/embedded/embedded.ts'
import { recordOf, type PlaceRecord } from '../store/embedded/place.ts'
import { syncFolder } from '../store/embedded/scratch.ts'
import type { Logger } from '../store/logger.ts'
import { interruptible, type Refused } from './command.ts'
import { compareHeads, compareTables } from './drill.ts'
import { rootKey } from './keys.ts'
import { makeBackup } from './make.ts'
import type { OpenedBackup } from './opened.ts'
import { folderPlace } from './places/folder-place.ts'
import type { Progress, ProgressNow } from './progress.ts'
import { openToRestore, readBackup, restoreInto, type RestoreConfig } from './restore.ts'
import { upgradingMarker } from './restoring.ts'
import { removeScratchData } from './scratch-data.ts'
import { headsOf } from './standing.ts'

export interface Upgraded {
  readonly data: string
  readonly from: number
  readonly to: number
  readonly rows: number
  /** The former database, which nobody needs any more when all is well. */
  readonly kept: string
}

type Outcome = { readonly upgraded: Upgraded } | Refused

export interface UpgradeCommand {
  /** Holds the binaries of the PostgreSQL that made the database: their npm package, or where npm installed it. */
  readonly postgres: string
  readonly onProgress?: (now: ProgressNow) => void
}

/** For the command, while no server runs. Arguments are those of a start. */
export async function upgrade(
  asked: UpgradeCommand,
  argv: readonly string[],
  env: NodeJS.ProcessEnv,
): Promise<Outcome> {
  return await interruptible(asked.onProgress, 'upgrade.interrupted', async (run) => {
    const config = readConfig(argv, env)
    if (config.databaseUrl !== undefined)
      throw new HearthError('upgrade.not-needed', 'The PostgreSQL of DATABASE_URL is yours to upgrade.')
    if (recordOf(config.data) === undefined)
      throw new HearthError('upgrade.not-needed', `${config.data} has no database.`)
    using _lock = lockDataFolder(config.data)
    await using logs = openLogs({ data: config.data, level: 'warn' })
    return { upgraded: await upgradeLocked({ config, postgres: asked.postgres, log: logs.log, ...run }) }
  })
}

interface Upgrading {
  readonly config: Config
  readonly postgres: string
  readonly log: Logger
  readonly signal: AbortSignal
  readonly progress: Progress
}

/**
 * Copies all out of the database with the binaries that made it, and into one that these make; compares; and only then puts it in the
 * other's place, which is kept. Views are built again by the next start.
 */
async function upgradeLocked(options: Upgrading): Promise<Upgraded> {
  const { config } = options
  const { data } = config
  const scratch = join(data, 'upgrade')
  const unfinished = finishExchange(data)
  if (unfinished !== undefined) {
    await clear(scratch)
    return unfinished
  }
  const record = recordOf(data) as PlaceRecord
  const from = majorAt(record.data)
  const to = majorOf(findPackage())
  if (from === to)
    throw new HearthError('upgrade.not-needed', `The database of ${data} is of PostgreSQL ${to} already.`)
  const former = packageIn(options.postgres, from)
  await clear(scratch)
  mkdirSync(join(scratch, 'new'), { recursive: true, mode: 0o700 })
  const secret = await loadMasterKey(data, config.masterKey, () => Promise.resolve(true))
  const inScratch: RestoreConfig = { ...config, data: join(scratch, 'new'), masterKey: secret, backupKey: undefined }
  try {
    const backup = await copyOut(options, { former, secret, scratch, inScratch })
    const rows = await copyIn(options, backup, inScratch)
    const made = recordOf(inScratch.data)?.data ?? ''
    const kept = `${record.data}-${from}`
    if (existsSync(kept)) throw new HearthError('upgrade.kept-in-way', `${kept} is in the way: move it elsewhere.`)
    writeByRename(upgradingMarker(data), JSON.stringify({ data, from, to, rows, kept, old: record.data, made }))
    return finishExchange(data) as Upgraded
  } finally {
    await clear(scratch)
  }
}

async function clear(scratch: string): Promise<void> {
  await removeScratchData(join(scratch, 'new'))
  rmSync(scratch, { recursive: true, force: true })
}

interface CopyingOut {
  readonly former: string
  readonly secret: Buffer
  readonly scratch: string
  readonly inScratch: RestoreConfig
}

async function copyOut(
  { config, log, signal, progress }: Upgrading,
  { former, secret, scratch, inScratch }: CopyingOut,
): Promise<OpenedBackup> {
  const { data: dataFolder, postgresUser } = config
  await using database = await openEmbedded({ dataFolder, package: former, postgresUser, log })
  const to = folderPlace(join(scratch, 'copy'))
  const connection = (role: Parameters<typeof database.connection>[0]) => database.connection(role)
  // The files of the archive and those forgotten stay where they are.
  await makeBackup({
    connection,
    dataFolder: scratch,
    views: [],
    root: rootKey(secret, undefined),
    to,
    signal,
    progress,
  })
  return await readBackup(to, inScratch, { signal, progress })
}

async function copyIn(
  { log, signal, progress }: Upgrading,
  from: OpenedBackup,
  config: RestoreConfig,
): Promise<number> {
  await using database = await openToRestore(config, log)
  const { rows } = await restoreInto(database, { config, from, log, signal, progress })
  const sql = postgres({ ...database.connection('migrate'), max: 1, fetch_types: false, onnotice: () => undefined })
  try {
    const different = [
      ...(await compareTables(sql, database, from)).different,
      ...compareHeads(await headsOf(sql), from).different,
    ]
    if (different.length > 0)
      throw new HearthError('upgrade.different', `What was copied is not what was there: ${different.join(', ')}.`)
    return rows
  } finally {
    await sql.end({ timeout: 5 })
  }
}

type Exchange = Upgraded & { readonly old: string; readonly made: string }

/** Can be cut short anywhere and done again; undefined where none was begun. */
function finishExchange(data: string): Upgraded | undefined {
  if (!existsSync(upgradingMarker(data))) return undefined
  const { old, made, ...upgraded } = JSON.parse(readFileSync(upgradingMarker(data), 'utf8')) as Exchange
  if (!existsSync(upgraded.kept)) renameSync(old, upgraded.kept)
  if (existsSync(made)) renameSync(made, old)
  syncFolder(dirname(old))
  // Another database writes from here on, and its passwords are set by its first start.
  rmSync(join(dirname(old), 'wal-line'), { force: true })
  const record = recordOf(data)
  writeByRename(
    join(data, 'postgres.json'),
    `${JSON.stringify({ ...record, passwords: '', start: '' }, undefined, 2)}\n`,
  )
  rmSync(upgradingMarker(data))
  return upgraded
}

function majorAt(data: string): number {
  const path = join(data, 'PG_VERSION')
  if (!existsSync(path)) throw new HearthError('upgrade.not-needed', `There is no database in ${data}.`)
  return Number.parseInt(readFileSync(path, 'utf8'), 10)
}

const majorOf = (folder: string): number =>
  Number.parseInt((JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as { version: string }).version, 10)

function packageIn(folder: string, major: number): string {
  const places = [folder, join(folder, 'node_modules', packageName())]
  const found = places.find((each) => existsSync(join(each, 'native', 'bin')) && majorOf(each) === major)
  if (found !== undefined) return found
  throw new HearthError('upgrade.other-binaries', `${folder} holds no PostgreSQL ${major}, which made this database.`)
}
