import { randomBytes } from 'node:crypto'
import {
  chmodSync,
  chownSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  statSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { HearthError } from '@hearth/protocol'
import { writeByRename } from '../../platform/write-file.ts'
import type { OperatingUser } from './operating-user.ts'
import { canReach } from './reach.ts'

/** `postgres.json`: what stays after a stop and says where everything is. */
export interface PlaceRecord {
  readonly data: string
  readonly socket: string
  readonly binaries: string
  readonly version: string
  readonly major: number
  /** Of the passwords that the roles were made with; from then on the database must be there. Empty before. */
  readonly passwords: string
  /** Tells a PostgreSQL that was started as we would start it from one that was not. */
  readonly start: string
}

const unmade: Omit<PlaceRecord, 'data' | 'socket'> = { binaries: '', version: '', major: 0, passwords: '', start: '' }

export interface Place {
  /** Holds the data and what belongs to it. */
  readonly folder: string
  readonly data: string
  readonly configuration: string
  /** For copies of PostgreSQL's binaries. */
  readonly copies: string
  read(): PlaceRecord | undefined
  write(record: PlaceRecord): void
}

export interface PlaceOptions {
  readonly dataFolder: string
  /** Where things go that the other user cannot reach in the data folder. */
  readonly machineFolder: string
  readonly user: OperatingUser
}

export function openPlace({ dataFolder, machineFolder, user }: PlaceOptions): Place {
  const home = realpathSync(dataFolder)
  const recordPath = join(home, 'postgres.json')
  const record = readRecord(recordPath)
  const folder = chooseFolder({ home, machineFolder, user, record })
  const data = join(folder, 'data')
  if (record !== undefined && record.passwords !== '' && !existsSync(data)) throw missing(data, recordPath)
  const write = (next: PlaceRecord): void => writeByRename(recordPath, `${JSON.stringify(next, undefined, 2)}\n`)
  // Before the folder itself, so that a crash in between does not leave one behind that nobody knows.
  if (record?.data !== data) write({ ...unmade, ...record, data, socket: '' })
  makeFolder(folder, user)
  claim(folder, home, data)
  refuseForeign(data, user)
  return {
    folder,
    data,
    configuration: join(folder, 'postgresql.conf'),
    copies: join(user.other ? machineFolder : home, 'bin'),
    read: () => readRecord(recordPath),
    write,
  }
}

/** Where the database of a data folder is; undefined where none was begun. */
export const recordOf = (dataFolder: string): PlaceRecord | undefined => readRecord(join(dataFolder, 'postgres.json'))

function readRecord(path: string): PlaceRecord | undefined {
  if (!existsSync(path)) return undefined
  try {
    const record = JSON.parse(readFileSync(path, 'utf8')) as PlaceRecord
    if (typeof record.data === 'string' && typeof record.socket === 'string') return record
    throw new SyntaxError('it does not say where the data are')
  } catch (error) {
    const detail = `${path}, which says where the database is, is damaged: ${(error as Error).message}. Restore it from a backup.`
    throw new HearthError('store.record-damaged', detail, { cause: error })
  }
}

// A data folder that was moved or copied has a record with the old paths: what lies inside the folder itself counts first.
function chooseFolder(options: {
  readonly home: string
  readonly machineFolder: string
  readonly user: OperatingUser
  readonly record: PlaceRecord | undefined
}): string {
  const { home, machineFolder, user, record } = options
  const inside = join(home, 'postgres')
  if (existsSync(join(inside, 'data'))) return inside
  if (record !== undefined) return dirname(record.data)
  return canReach(user, home) ? inside : join(machineFolder, randomBytes(6).toString('hex'))
}

// Root keeps the folder and gives away only what is in it: its owner could replace what root writes there.
function makeFolder(folder: string, user: OperatingUser): void {
  const made = mkdirSync(folder, { recursive: true, mode: 0o700 })
  if (!user.other || made === undefined) return
  for (let each = folder; each.length >= made.length; each = dirname(each)) chmodSync(each, 0o755)
}

/** A copy of a data folder must not come to use the original's database. */
function claim(folder: string, home: string, data: string): void {
  const path = join(folder, 'data-folder')
  const owner = existsSync(path) ? readFileSync(path, 'utf8').trim() : undefined
  if (owner === home) return
  if (owner !== undefined && dirname(folder) !== home && readOther(owner)?.data === data) {
    const detail =
      `The database in ${folder} belongs to ${owner}, of which ${home} seems to be a copy. Remove postgres.json and ` +
      `postgres-passwords.json from ${home} to give it a new database; remove ${path} if ${owner} is not used any more.`
    throw new HearthError('store.data-shared', detail)
  }
  writeByRename(path, `${home}\n`)
}

function readOther(home: string): PlaceRecord | undefined {
  return readRecord(join(home, 'postgres.json'))
}

function refuseForeign(data: string, user: OperatingUser): void {
  const owner = statSync(data, { throwIfNoEntry: false })?.uid
  if (owner === undefined || (owner === user.uid && canReach(user, data))) return
  const what = owner === user.uid ? `cannot be reached by "${user.name}"` : `belongs to the user id ${owner}`
  const detail =
    `The database in ${data} ${what}, and PostgreSQL would run as "${user.name}" (${user.uid}). Start Hearth as the user ` +
    `that made it (as root: name that user with HEARTH_POSTGRES_USER), or change the owner of ${data} and all in it.`
  throw new HearthError('store.data-foreign', detail)
}

function missing(data: string, recordPath: string): HearthError {
  const detail =
    `The database was in ${data} and is not there. Bring that folder back (from a backup, or mount the volume that holds it). ` +
    `To begin anew with an empty database, remove ${recordPath}.`
  return new HearthError('store.data-missing', detail)
}

const longestSocket = 103
const fits = (folder: string): boolean => `${folder}/.s.PGSQL.5432`.length <= longestSocket && /^[\w./-]+$/.test(folder)

/** A folder for the user alone, with a path that every system takes for a socket; `short` when it is not in the place. */
export function socketFolder(place: Place, options: PlaceOptions): { readonly path: string; readonly short: boolean } {
  const near = join(place.folder, 'run')
  if (fits(near)) {
    mkdirSync(near, { recursive: true })
    chmodSync(near, 0o700)
    return { path: give(near, options.user), short: false }
  }
  const kept = place.read()?.socket
  if (kept !== undefined && fits(kept) && isPrivate(kept, options.user)) return { path: kept, short: true }
  if (options.user.other) makeFolder(options.machineFolder, options.user)
  const base = [options.user.other ? options.machineFolder : tmpdir(), '/tmp'].find((each) =>
    fits(`${each}/hearth-XXXXXX`),
  )
  if (base === undefined) throw new HearthError('store.socket-path', `No folder has a path short enough for a socket.`)
  return { path: give(mkdtempSync(join(base, 'hearth-')), options.user), short: true }
}

export function give(path: string, { other, uid, gid }: OperatingUser): string {
  if (other) chownSync(path, uid, gid)
  return path
}

function isPrivate(folder: string, user: OperatingUser): boolean {
  const stats = lstatSync(folder, { throwIfNoEntry: false })
  return stats?.isDirectory() === true && stats.uid === user.uid && (stats.mode & 0o777) === 0o700
}
