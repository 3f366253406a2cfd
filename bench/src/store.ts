import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import postgres from 'postgres'
import type { Sql } from 'postgres'
import type { Hearth } from './hearth.ts'

/** A second connection, which counts what is there and knows nothing of what the server said. */
export interface Store extends AsyncDisposable {
  readonly events: () => Promise<number>
  /** Of all tables with their indexes; of other stores, of all files. */
  readonly diskBytes: () => Promise<number>
  /** Written to the log of PostgreSQL since it was made; null for other stores. */
  readonly walBytes: () => Promise<number | null>
}

export interface PostgresStore extends Store {
  readonly settings: () => Promise<Readonly<Record<string, string>>>
  readonly count: (question: Count) => Promise<number>
  /** As the tenant sees it. */
  readonly rows: (question: Count) => Promise<readonly Record<string, unknown>[]>
}

export interface StoreAddress {
  readonly host: string
  readonly port: number
  readonly user: string
  readonly password?: string
  readonly database: string
}

/** Where Hearth keeps its log, and who may read it. */
export function hearthStore(hearth: Hearth): PostgresStore {
  const passwords = JSON.parse(readFileSync(join(hearth.data, 'postgres-passwords.json'), 'utf8')) as { read: string }
  const address = {
    host: hearth.postgres.socket,
    port: 5432,
    user: 'hearth_read',
    password: passwords.read,
    database: 'postgres',
  }
  return openStore(address, (sql) =>
    asTenant(
      sql,
      (inner) =>
        inner`select coalesce(sum(events), 0)::text as count from hearth.log where types like 'probe.recorded%'`,
    ),
  )
}

type Count = (sql: Sql) => Promise<readonly Record<string, unknown>[]>

async function asTenant(sql: Sql, question: Count): Promise<readonly Record<string, unknown>[]> {
  return await sql.begin('read only', async (inner) => {
    await inner`select set_config('hearth.tenant', 'main', true)`
    return await question(inner as unknown as Sql)
  })
}

export function openStore(address: StoreAddress, countEvents: Count): PostgresStore {
  const sql = postgres({ ...address, max: 1, fetch_types: false, onnotice: () => undefined })
  const one = async (rows: Promise<readonly Record<string, unknown>[]>): Promise<number> =>
    Number((await rows)[0]?.['count'])
  return {
    events: () => one(countEvents(sql)),
    count: (question) => one(question(sql)),
    rows: (question) => asTenant(sql, question),
    diskBytes: () =>
      one(sql`
        select coalesce(sum(pg_total_relation_size(c.oid)), 0)::text as count
          from pg_class c join pg_namespace n on n.oid = c.relnamespace
         where c.relkind in ('r', 'm') and n.nspname not in ('pg_catalog', 'information_schema', 'pg_toast')`),
    walBytes: () => one(sql`select pg_wal_lsn_diff(pg_current_wal_lsn(), '0/0')::text as count`),
    settings: async () => {
      const rows =
        await sql`select name, setting from pg_settings where source in ('configuration file', 'command line')`
      return Object.fromEntries(rows.map((row) => [String(row['name']), String(row['setting'])]))
    },
    [Symbol.asyncDispose]: () => sql.end({ timeout: 1 }),
  }
}
