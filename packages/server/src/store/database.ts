import type { Database } from './connection.ts'
import { openEmbedded } from './embedded/embedded.ts'
import { openExternal } from './external/external.ts'
import type { Logger } from './logger.ts'

export type { ConnectionOptions, Database, DatabaseChange, Role, Written } from './connection.ts'

export interface DatabaseOptions {
  readonly dataFolder: string
  /** A PostgreSQL of the owner's, in place of the embedded one. */
  readonly databaseUrl?: string | undefined
  /** Whom the embedded one runs as when this process is root. */
  readonly postgresUser?: string | undefined
  /** Where it goes when that user cannot reach the data folder; `/var/lib/hearth` unless said. */
  readonly machineFolder?: string
  /** How many processes will work on it. */
  readonly workers?: number
  readonly walArchive?: boolean
  readonly log: Logger
}

/** Resolves when the database takes connections as each of its roles, none of which can get around row-level security. */
export const openDatabase = ({ databaseUrl, ...options }: DatabaseOptions): Promise<Database> =>
  databaseUrl === undefined ? openEmbedded(options) : openExternal({ ...options, databaseUrl })
