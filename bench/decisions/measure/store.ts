import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import postgres from 'postgres'
import type { ConnectionOptions } from '../../../packages/server/src/store/connection.ts'
import { superuser } from '../../../packages/server/src/store/embedded/cluster.ts'
import { port } from '../../../packages/server/src/store/embedded/settings.ts'

/** A second connection, of an administrator whom row-level security does not bind. */
export interface Store extends AsyncDisposable {
  readonly isOwing: () => Promise<boolean>
  readonly counts: (countEvents: string) => Promise<Counts>
  /** Of each table and each index, partitions under the name of the whole. */
  readonly sizes: () => Promise<ReadonlyMap<string, number>>
  readonly walBytes: () => Promise<number>
  readonly checkpoint: () => Promise<void>
}

export interface Counts {
  /** Rows of the log, weighed by the events in them. */
  readonly events: number
  /** What the view of the probe says, added up. */
  readonly recorded: number
  readonly settled: number
  readonly owed: number
}

export const countPacked = 'select coalesce(sum(events), 0)::text as count from hearth.log'

/** The way in of an administrator, by the password that the server keeps in its data folder. */
export function administrator(socket: string, data: string): ConnectionOptions {
  const passwords = JSON.parse(readFileSync(join(data, 'postgres-passwords.json'), 'utf8')) as {
    readonly admin: string
  }
  return { host: socket, port, user: superuser, password: passwords.admin, database: 'postgres', ssl: false }
}

export function openStore(socket: string, data: string): Store {
  const sql = postgres({ ...administrator(socket, data), max: 1, fetch_types: false, onnotice: () => undefined })
  return {
    isOwing: async () => {
      const [row] = await sql<{ owing: boolean }[]>`select exists (select from hearth.effects) as owing`
      return row?.owing === true
    },
    counts: async (countEvents) => {
      const [log] = await sql.unsafe<{ count: string }[]>(countEvents)
      const [rest] = await sql<Record<'recorded' | 'settled' | 'owed', string>[]>`
        select coalesce(sum(count), 0)::text as recorded, coalesce(sum(settled), 0)::text as settled,
               (select count(*) from hearth.effects)::text as owed from hearth.view_probe_1`
      return {
        events: Number(log?.count),
        recorded: Number(rest?.recorded),
        settled: Number(rest?.settled),
        owed: Number(rest?.owed),
      }
    },
    sizes: async () => {
      // A partition of an index is named by the index it belongs to.
      const rows = await sql<{ name: string; bytes: string }[]>`
        select coalesce(pg_partition_root(c.oid), c.oid)::regclass::text as name,
               sum(case when c.relkind in ('r', 't') then pg_table_size(c.oid) else pg_relation_size(c.oid) end)::text as bytes
          from pg_class c join pg_namespace n on n.oid = c.relnamespace
         where n.nspname = 'hearth' and c.relkind in ('r', 'i') group by 1`
      return new Map(rows.map(({ name, bytes }) => [name.replace(/^hearth\./, ''), Number(bytes)]))
    },
    walBytes: async () => {
      const [row] = await sql<
        { bytes: string }[]
      >`select pg_wal_lsn_diff(pg_current_wal_insert_lsn(), '0/0')::text as bytes`
      return Number(row?.bytes)
    },
    checkpoint: async () => void (await sql`checkpoint`),
    [Symbol.asyncDispose]: () => sql.end({ timeout: 1 }),
  }
}
