import { createHash } from 'node:crypto'
import { chmodSync, existsSync, mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { HearthError } from '@hearth/protocol'
import { writeByRename } from '../../platform/write-file.ts'
import { type Role, roles } from '../connection.ts'
import type { Logger } from '../logger.ts'
import { keepPasswords } from '../passwords.ts'
import { type Binaries, findPackage, prepareBinaries } from './binaries.ts'
import { makeCluster, setPassword } from './cluster.ts'
import { type OperatingUser, chooseUser } from './operating-user.ts'
import { type Place, type PlaceRecord, openPlace, socketFolder } from './place.ts'
import { type StartOptions, stopRunning } from './postmaster.ts'
import { configurationFile, serverArguments } from './settings.ts'
import { openWal, type Wal } from './wal.ts'

export interface EmbeddedOptions {
  readonly dataFolder: string
  readonly postgresUser?: string | undefined
  /** For what another user cannot reach in the data folder. */
  readonly machineFolder?: string
  /** The folder of the npm package that holds the binaries. */
  readonly package?: string
  /** How many processes will work on it; one when absent. */
  readonly workers?: number
  /** Whether what PostgreSQL writes is kept, so that it can be brought to any moment. */
  readonly walArchive?: boolean
  readonly log: Logger
}

export interface Setup {
  readonly place: Place
  readonly user: OperatingUser
  readonly binaries: Binaries
  readonly socket: { readonly path: string; readonly short: boolean }
  readonly passwords: Readonly<Record<Role | 'admin', string>>
  /** Tells these passwords from others. */
  readonly fingerprint: string
  readonly workers: number
  readonly wal: Wal | null
  readonly log: Logger
}

export function prepare(options: EmbeddedOptions): Setup {
  try {
    return prepareFolders(options)
  } catch (error) {
    const { code, path } = error as NodeJS.ErrnoException
    if (error instanceof HearthError || path === undefined) throw error
    const detail = `PostgreSQL cannot be set up: ${path} cannot be used (${code}).`
    throw new HearthError('store.place-unusable', detail, { cause: error })
  }
}

function prepareFolders(options: EmbeddedOptions): Setup {
  const { dataFolder, machineFolder = '/var/lib/hearth', workers = 1, walArchive = false, log } = options
  mkdirSync(dataFolder, { recursive: true, mode: 0o700 })
  const user = chooseUser(options.postgresUser)
  const where = { dataFolder, machineFolder, user }
  const place = openPlace(where)
  const binaries = prepareBinaries({ package: options.package ?? findPackage(), user, copies: place.copies })
  const passwords = keepPasswords(join(dataFolder, 'postgres-passwords.json'), ['admin', ...roles])
  const fingerprint = createHash('sha256').update(JSON.stringify(passwords)).digest('hex')
  const wal = openWal(place.folder, user, walArchive)
  return { place, user, binaries, passwords, fingerprint, socket: socketFolder(place, where), workers, wal, log }
}

/** Whether the roles have been made, with the passwords that are kept. */
export const rolesAreMade = ({ place, fingerprint }: Setup): boolean => place.read()?.passwords === fingerprint

/** After it the data are there, of the right version, and the superuser's password is the one that is kept. */
export async function makeDatabase(setup: Setup): Promise<void> {
  const { place, passwords, log } = setup
  const cluster = { ...setup, password: passwords.admin }
  const existed = existsSync(place.data)
  await makeCluster(cluster)
  if (!existed || rolesAreMade(setup)) return
  log.warn({ data: place.data }, 'The passwords of the database were not set, or were lost: they are set anew')
  await stopRunning({ data: place.data, log })
  setPassword(cluster)
}

export function startOf(setup: Setup): Omit<StartOptions, 'serverLog'> {
  const { place, socket, binaries, user, log } = setup
  const { data, configuration } = place
  const own = join(place.folder, 'local.conf')
  const content = configurationFile({
    own: existsSync(own) ? readFileSync(own, 'utf8') : '',
    workers: setup.workers,
    major: binaries.major,
    spool: setup.wal?.spool,
  })
  const words = serverArguments({ data, socket: socket.path, configuration })
  const start = createHash('sha256')
    .update(JSON.stringify([binaries.folder, words, content]))
    .digest('hex')
  return {
    data,
    socket: socket.path,
    binaries,
    user,
    words,
    log,
    adoptable: () => place.read()?.start === start,
    starting: () => {
      writeByRename(configuration, content)
      // It holds no secret, and another user reads it.
      chmodSync(configuration, 0o644)
      writeRecord(setup, { start })
    },
  }
}

export function writeRecord({ place, socket, binaries }: Setup, changes: Partial<PlaceRecord>): void {
  const { start = '', passwords = '' } = place.read() ?? {}
  const { folder, version, major } = binaries
  place.write({ data: place.data, socket: socket.path, binaries: folder, version, major, passwords, start, ...changes })
}
