import { existsSync, readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { HearthError } from '@hearth/protocol'
import { readConfig, type Config } from '../config.ts'
import { lockDataFolder } from '../platform/lock.ts'
import { openLogs } from '../platform/logs.ts'
import { openDatabase } from './database.ts'
import { migrate, migrationState } from './migrate.ts'

export interface MigrationsFound {
  /** Before the call. */
  readonly applied: readonly string[]
  readonly pending: readonly string[]
  /** Whether the data folder has a database at all. */
  readonly hasDatabase: boolean
}

type Outcome = MigrationsFound | { readonly code: string; readonly message: string }

const folder = new URL('migrations/', import.meta.url)

/** For the command, while no server runs: what a start would bring the database to, done where it is asked for. Arguments are those of a start. */
export async function migrations(
  argv: readonly string[],
  env: NodeJS.ProcessEnv,
  { apply }: { readonly apply: boolean },
): Promise<Outcome> {
  using _signals = holdSignals()
  try {
    const config = readConfig(argv, env)
    if (!hasDatabase(config)) return { ...(await migrationState(null, folder)), hasDatabase: false }
    using _lock = lockDataFolder(config.data)
    await using logs = openLogs({ data: config.data, level: 'warn' })
    const { data, databaseUrl, postgresUser } = config
    const { walArchive } = config
    await using database = await openDatabase({
      dataFolder: data,
      databaseUrl,
      postgresUser,
      walArchive,
      log: logs.log,
    })
    const connection = database.connection('migrate')
    const found = await migrationState(connection, folder)
    if (apply && found.pending.length > 0) await migrate(connection, folder)
    return { ...found, hasDatabase: true }
  } catch (error) {
    if (!(error instanceof HearthError)) throw error
    return { code: error.code, message: error.message }
  }
}

/** The first signal waits for the end, which comes soon: PostgreSQL would be left running. */
function holdSignals(): Disposable {
  const names = ['SIGINT', 'SIGTERM'] as const
  const hold = (): void => undefined
  for (const name of names) process.once(name, hold)
  return {
    [Symbol.dispose]: () => {
      for (const name of names) process.off(name, hold)
    },
  }
}

/** A look must not make what a start makes. */
function hasDatabase({ data, databaseUrl }: Config): boolean {
  if (!existsSync(data)) return false
  if (databaseUrl !== undefined) return readdirSync(data).some((name) => name.startsWith('postgres-roles'))
  const path = join(data, 'postgres.json')
  return existsSync(path) && (JSON.parse(readFileSync(path, 'utf8')) as { passwords?: string }).passwords !== ''
}
