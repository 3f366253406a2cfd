import type { Archived } from '@hearth/features'
import type { Allowance, Granted, HowToTake } from '../access/buckets.ts'
import type { ListedBackup } from '../backups/listing.ts'
import type { Made } from '../backups/make.ts'
import type { Config } from '../config.ts'
import type { Ownership } from '../store/ownership.ts'
import type { ConnectionOptions, Role } from '../store/database.ts'

/** Who serves each share, and where workers reach one another. Null: nobody, for a moment. */
export interface Owners {
  readonly owners: readonly (string | null)[]
  readonly ports: Readonly<Record<string, number>>
  /** Workers where something is watched: they want to know of every commit. */
  readonly watching: readonly string[]
}

export interface ArchiveHow {
  readonly before: number
  readonly dryRun: boolean
}

/** All that a worker needs to begin. */
export interface Beginning {
  readonly id: string
  /** With the port that the server has. */
  readonly config: Config
  readonly connections: Readonly<Record<Role, Carried>>
  /** The master key. */
  readonly secret: Uint8Array
  /** What workers show one another. */
  readonly pass: Uint8Array
  readonly version: string
}

/** A connection's options without the one function that they may hold. */
export type Carried = Omit<ConnectionOptions, 'ssl'> & {
  readonly ssl: ConnectionOptions['ssl']
  readonly anyName: boolean
}

/** What the supervisor asks of a worker. */
export type WorkerWords = {
  /** Answers the port where other workers reach it. */
  readonly begin: readonly [Beginning, number]
  /** Null while the database answers; else why not, and since when. */
  readonly pulse: readonly [ReturnType<Ownership['silence']>, null]
  readonly owners: readonly [Owners, null]
  readonly take: readonly [number, null]
  readonly give: readonly [{ readonly share: number; readonly hurryMs: number }, null]
  readonly readReferences: readonly [null, null]
  readonly archive: readonly [ArchiveHow, Archived]
  readonly wake: readonly [readonly string[], number]
  readonly metrics: readonly [null, string]
  readonly status: readonly [null, Readonly<Record<string, unknown>>]
  /** Takes calls from outside. */
  readonly open: readonly [null, null]
  /** Takes no more, and answers those it has. */
  readonly close: readonly [{ readonly withinMs: number; readonly lingerMs: number }, null]
  /** Gives up all it holds and ends. */
  readonly finish: readonly [null, null]
}

/** What a worker asks of the supervisor. */
export type SupervisorWords = {
  /** Resolves when every other worker has read the published documents anew. */
  readonly published: readonly [null, null]
  /** Resolves when every other worker will tell this one of its commits. */
  readonly watching: readonly [null, null]
  /** In the slots of all workers. */
  readonly archive: readonly [ArchiveHow, Archived]
  readonly wake: readonly [readonly string[], number]
  /** To this place, as the owner of the tables, which no worker is. */
  readonly backup: readonly [string | null, Made]
  readonly listBackups: readonly [null, readonly ListedBackup[]]
  /** Lines about calls: one process writes them. */
  readonly access: readonly [string, null]
  /** Of what a key may call, wherever it calls. */
  readonly take: readonly [
    { readonly name: string; readonly allowance: Allowance; readonly wanted: number; readonly how: HowToTake },
    Granted,
  ]
  readonly metrics: readonly [null, string]
  readonly status: readonly [null, Readonly<Record<string, unknown>>]
  /** Somebody else has taken slots of the share. */
  readonly fenced: readonly [number, null]
}

export function carry({ ssl, ...connection }: ConnectionOptions): Carried {
  if (typeof ssl !== 'object') return { ...connection, ssl, anyName: false }
  const { checkServerIdentity, ...tls } = ssl
  return { ...connection, ssl: tls, anyName: checkServerIdentity !== undefined }
}

export function uncarry({ anyName, ssl, ...connection }: Carried): ConnectionOptions {
  if (typeof ssl !== 'object' || !anyName) return { ...connection, ssl }
  return { ...connection, ssl: { ...ssl, checkServerIdentity: () => undefined } }
}
