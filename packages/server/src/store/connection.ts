import type { ConnectionOptions as TlsOptions } from 'node:tls'

export const roles = ['migrate', 'commit', 'read'] as const
/** Whom a connection works as: the owner of the tables, the one writer of commits, or a reader. */
export type Role = (typeof roles)[number]

/** Given to postgres.js as they are. */
export interface ConnectionOptions {
  /** A name, the folder of a socket, or several names with their ports: `one:5432,two:5432`. */
  readonly host: string
  readonly port: number
  readonly user: string
  readonly password: string
  readonly database: string
  readonly ssl: false | 'prefer' | TlsOptions
  /** Of several hosts, the one that can be written to. */
  readonly target_session_attrs?: 'read-write'
}

export interface DatabaseChange {
  readonly type: 'up' | 'down'
  /** Of the embedded PostgreSQL, when it runs. */
  readonly pid: number | null
}

/** Of an embedded PostgreSQL whose every change is kept. */
export interface Written {
  /** Whatever was written comes here, in files that nobody changes afterwards. */
  readonly spool: string
  readonly line: string
  readonly data: string
  readonly major: number
  /** As the superuser, who alone may copy the files of a running database. */
  admin(): ConnectionOptions
}

export interface Database extends AsyncDisposable {
  readonly kind: 'embedded' | 'external'
  /** The same for as long as the database is open, whatever happens to PostgreSQL. */
  connection(role: Role): ConnectionOptions
  readonly written?: Written
  /** Null for a PostgreSQL that is not ours. */
  place(): { readonly pid: number; readonly socket: string; readonly data: string } | null
  /**
   * `down` follows the loss of the connection at once, `up` the first answer afterwards. Between them PostgreSQL may have
   * restarted its processes under the same pid. Listeners must not throw.
   */
  onChange(listener: (change: DatabaseChange) => void): () => void
}
