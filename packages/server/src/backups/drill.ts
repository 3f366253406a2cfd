import { mkdirSync, mkdtempSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { masterKey, type View } from '@hearth/kernel'
import { HearthError } from '@hearth/protocol'
import postgres, { type Sql } from 'postgres'
import type { Config } from '../config.ts'
import { archiveOf, forgetAgain, postgresLog, tenants } from '../foundation.ts'
import { installedFor } from '../installed.ts'
import { lockDataFolder } from '../platform/lock.ts'
import { fingerprint, loadMasterKey } from '../platform/master-key.ts'
import type { Database } from '../store/database.ts'
import { texts } from '../store/literals.ts'
import { silentLogger, type Logger } from '../store/logger.ts'
import { rebuildView } from '../store/views/rebuild.ts'
import { verifyLog } from '../store/verify-log.ts'
import { listBackups } from './listing.ts'
import { readLabel } from './manifest.ts'
import type { OpenedBackup } from './opened.ts'
import { openPlace, type Place } from './places/place.ts'
import type { Progress } from './progress.ts'
import { openToRestore, readBackup, restoreInto } from './restore.ts'
import { removeScratchData } from './scratch-data.ts'
import { headsOf, sumOf } from './standing.ts'

export interface Drilled {
  readonly backup: string
  readonly at: string
  readonly version: string
  /** Whether all that was compared is as it was when the backup was made. */
  readonly same: boolean
  readonly tables: { readonly compared: number; readonly different: readonly string[] }
  readonly heads: { readonly compared: number; readonly different: readonly number[] }
  /** `unknown`: views that the backup has no sum of, or in another version than this server. */
  readonly views: {
    readonly compared: number
    readonly different: readonly string[]
    readonly unknown: readonly string[]
  }
  /** Rows of the log that were read through to their heads, and the first place of each slot that is broken. */
  readonly log: { readonly rows: number; readonly broken: readonly string[] }
  readonly files: { readonly restored: number; readonly missing: number }
  /** People who were forgotten again. */
  readonly forgotten: number
  readonly seconds: number
}

export interface DrillOptions {
  readonly config: Config
  readonly from: string | undefined
  readonly scratch: string | undefined
  readonly signal: AbortSignal
  readonly progress: Progress
}

/** Restores a backup into a scratch folder with a PostgreSQL of its own, compares, and removes it. The server may go on meanwhile. */
export async function drill({ config, from, scratch, signal, progress }: DrillOptions): Promise<Drilled> {
  const began = performance.now()
  const secret = await loadMasterKey(config.data, config.masterKey, () => Promise.resolve(true))
  const place = await placeOf(config, from, { master: fingerprint(secret), signal })
  const backup = await readBackup(place, { ...config, masterKey: secret }, { signal, progress })
  const folder = scratch ?? join(config.data, 'drills')
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  await removeLeft(folder)
  const data = mkdtempSync(join(folder, 'drill.'))
  const inScratch: Config = { ...config, data, databaseUrl: undefined, masterKey: secret, workers: 1 }
  try {
    using _lock = lockDataFolder(data)
    const compared = await compare({ config: inScratch, backup, secret, log: silentLogger, signal, progress })
    return { ...compared, seconds: secondsSince(began) }
  } finally {
    await removeScratchData(data)
  }
}

const secondsSince = (began: number): number => Math.round((performance.now() - began) / 100) / 10

/** The one that is named; or the newest of those that are sealed under this server's keys, at the usual place. */
async function placeOf(
  config: Config,
  from: string | undefined,
  { master, signal }: { readonly master: string; readonly signal: AbortSignal },
): Promise<Place> {
  const given = await openPlace(from ?? config.backupTo ?? join(config.data, 'backups'), config, signal)
  const held = await listBackups(given, undefined)
  if (from !== undefined && held.length === 0) return given
  for (const { name } of held) {
    const one = given.within(name)
    const read = await readLabel(one)
    if ('label' in read && read.label.master === master) return one
  }
  throw new HearthError('backup.unreadable', `${given.name} holds no backup of this server.`)
}

interface Comparing {
  readonly config: Config
  readonly backup: OpenedBackup
  readonly secret: Buffer
  readonly log: Logger
  readonly signal: AbortSignal
  readonly progress: Progress
}

async function compare(options: Comparing): Promise<Omit<Drilled, 'seconds'>> {
  const { config, backup, secret, log, signal, progress } = options
  await using database = await openToRestore(config, log)
  const restored = await restoreInto(database, { config, from: backup, log, signal, progress })
  const connection = database.connection('migrate')
  const sql = postgres({ ...connection, max: 1, fetch_types: false, onnotice: () => undefined })
  try {
    const tables = await compareTables(sql, database, backup)
    const heads = compareHeads(await headsOf(sql), backup)
    const views = await compareViews(options, database)
    const master = masterKey(secret)
    const archive = archiveOf(config.data)
    const logged = await verifyLog({ connection: database.connection('commit'), master, archive, now: Date.now() })
    const broken = logged.broken.map(({ slot, sequence }) => `${slot}.${sequence}`)
    const forgotten = await forgetAgain({ config, installed: installedFor(config), log }, database, secret, postgresLog)
    const isMissing = backup.missing.size > 0
    return {
      backup: backup.name,
      at: backup.at,
      version: backup.version,
      same: [tables.different, heads.different, views.different, isMissing ? [] : broken].every(
        ({ length }) => length === 0,
      ),
      tables,
      heads,
      views,
      log: { rows: logged.rows, broken },
      files: { restored: restored.files, missing: restored.missing },
      forgotten,
    }
  } finally {
    await sql.end({ timeout: 5 })
  }
}

export async function compareTables(
  sql: Sql,
  database: Database,
  { tables }: OpenedBackup,
): Promise<Drilled['tables']> {
  const all = postgres({ ...database.connection('commit'), max: 1, fetch_types: false, onnotice: () => undefined })
  try {
    const named = await sql<{ tenant: string }[]>`select tenant from hearth.tenants`
    await all`select set_config('hearth.tenants', ${texts(named.map(({ tenant }) => tenant))}, false)`
    const different: string[] = []
    for (const { name, rows } of tables) {
      const [guarded] = await sql`select relrowsecurity as yes from pg_class where oid = ${`hearth.${name}`}::regclass`
      const [counted] = await (guarded?.['yes'] === true ? all : sql).unsafe(
        `select count(*) as rows from hearth.${name}`,
      )
      if (Number(counted?.['rows']) !== rows) different.push(name)
    }
    return { compared: tables.length, different }
  } finally {
    await all.end({ timeout: 5 })
  }
}

export function compareHeads(found: Awaited<ReturnType<typeof headsOf>>, { standing }: OpenedBackup): Drilled['heads'] {
  const wanted = standing?.heads ?? found
  const bySlot = new Map(found.map((head) => [head.slot, head]))
  const slots = new Set([...found, ...wanted].map(({ slot }) => slot))
  const same = wanted.filter(({ slot, sequence, head }) => {
    const here = bySlot.get(slot)
    return here?.sequence === sequence && here.head === head
  })
  for (const { slot } of same) slots.delete(slot)
  return { compared: standing === null ? 0 : wanted.length, different: [...slots] }
}

async function compareViews(options: Comparing, database: Database): Promise<Drilled['views']> {
  const { config, backup, secret, signal, progress } = options
  const { views, actors } = installedFor(config)
  const sums = backup.standing?.views ?? []
  const different: string[] = []
  const unknown: string[] = []
  for (const view of views) {
    const sum = sums.find(({ name, version }) => name === view.name && version === view.version)
    if (sum === undefined) {
      unknown.push(view.name)
      continue
    }
    progress.file(`view ${view.name}`)
    const found = await rebuiltSum(view, { ...options, database, actors, secret, signal })
    if (found?.rows !== sum.rows || found.sum !== sum.sum) different.push(view.name)
  }
  return { compared: views.length - unknown.length, different, unknown }
}

async function rebuiltSum(
  view: View,
  {
    config,
    database,
    secret,
    signal,
    actors,
  }: Comparing & {
    readonly database: Database
    readonly actors: ReturnType<typeof installedFor>['actors']
  },
) {
  const connection = database.connection('commit')
  const archive = archiveOf(config.data)
  const named = tenants()
  await rebuildView({
    connection,
    tenants: named,
    archive,
    master: masterKey(secret),
    view,
    actors,
    signal,
    ifMissing: true,
  })
  const sql = postgres({
    ...connection,
    max: 1,
    fetch_types: false,
    onnotice: () => undefined,
    connection: { 'hearth.tenants': texts(named) },
  })
  try {
    return await sumOf(sql, view)
  } finally {
    await sql.end({ timeout: 5 })
  }
}

/** Of drills that were killed: their PostgreSQL may still run. */
async function removeLeft(folder: string): Promise<void> {
  for (const name of readdirSync(folder).filter((each) => each.startsWith('drill.'))) {
    const data = join(folder, name)
    try {
      using _lock = lockDataFolder(data)
    } catch (error) {
      if (error instanceof HearthError && error.code === 'data.in-use') continue
      throw error
    }
    await removeScratchData(data)
  }
}
