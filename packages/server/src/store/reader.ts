import { homeKeyName, openHomeKey, readRow, type HomeKey, type LogRow, type MasterKey, type View } from '@hearth/kernel'
import type { HistoryEvent, HistoryQuery, Reader, ViewQuery, ViewRow } from '@hearth/features'
import type { TransactionSql } from 'postgres'
import type { ConnectionOptions } from './connection.ts'
import { toLogRow } from './log-load.ts'
import { createRenewingClient } from './renewing.ts'
import { tableOf } from './view-tables.ts'

export type Within = <T>(tenant: string, ask: (sql: TransactionSql) => Promise<T>) => Promise<T>

export interface DatabaseReader extends Reader, AsyncDisposable {
  /** Reads as one tenant. */
  readonly within: Within
  tenants(): Promise<readonly string[]>
}

/** Reads as the role that sees one tenant at a time: each transaction says which. */
export function createReader(connection: () => ConnectionOptions, master: MasterKey): DatabaseReader {
  const client = createRenewingClient(connection, { max: 3, connection: { application_name: 'hearth-read' } })
  const within: Within = (tenant, ask) =>
    client.use((sql) =>
      sql.begin('read only', async (inner) => {
        // Sent at once: a query of this driver waits until somebody asks for its answer, and the next one must not overtake it.
        const declared = inner`select set_config('hearth.tenant', ${tenant}, true)`.execute()
        const [, answer] = await Promise.all([declared, ask(inner)])
        return answer
      }),
    ) as ReturnType<typeof ask>
  return {
    within,
    tenants: () =>
      client.use(async (sql) =>
        (await sql<{ tenant: string }[]>`select tenant from hearth.tenants`).map(({ tenant }) => tenant),
      ),
    rows: (view, query) => within(query.tenant, (sql) => rowsOf(sql, view, query)),
    sum: (view, tenant, columns) => within(tenant, (sql) => sumOf(sql, view, columns)),
    history: (query) => within(query.tenant, (sql) => historyOf(sql, query, master)),
    [Symbol.asyncDispose]: () => client[Symbol.asyncDispose](),
  }
}

async function rowsOf(sql: TransactionSql, view: View, query: ViewQuery): Promise<readonly ViewRow[]> {
  const { home, key, after, where = {}, limit } = query
  const rows = await sql<Record<string, string | boolean | null>[]>`
    select * from ${sql.unsafe(tableOf(view))} where true
    ${home === undefined ? sql`` : sql`and home = ${home}`}
    ${key === undefined ? sql`` : sql`and key = ${key}`}
    ${after === undefined ? sql`` : sql`and key > ${after}`}
    ${Object.entries(where).reduce((all, [column, value]) => sql`${all} and ${sql(column)} = ${value}`, sql``)}
    order by key limit ${limit}`
  return rows.map((row) => typed(view, row))
}

// The driver gives 64-bit numbers as text; what a view holds fits a double.
function typed(view: View, row: Readonly<Record<string, string | boolean | null>>): ViewRow {
  const entries = Object.entries(view.columns).map(([name, type]) => {
    const value = row[name] ?? null
    return [name, type === 'bigint' && value !== null ? Number(value) : value]
  })
  return { ...Object.fromEntries(entries), key: String(row['key']), home: String(row['home']) } as ViewRow
}

async function sumOf(sql: TransactionSql, view: View, columns: readonly string[]): Promise<readonly number[]> {
  const sums = columns.map((column) => `coalesce(sum(${column}), 0)::text as ${column}`)
  const [row] = await sql.unsafe(`select ${sums.join(', ')} from ${tableOf(view)}`)
  return columns.map((column) => Number(row?.[column] ?? 0))
}

async function historyOf(
  sql: TransactionSql,
  query: HistoryQuery,
  master: MasterKey,
): Promise<readonly HistoryEvent[]> {
  const { home, actor, after, limit } = query
  const rows = await sql`
    select l.*, a.home, a.kind, a.id from hearth.actors a join hearth.log l on l.actor = a.actor where true
    ${home === undefined ? sql`` : sql`and a.home = ${home}`}
    ${actor === undefined ? sql`` : sql`and a.home = ${actor.home} and a.kind = ${actor.kind} and a.id = ${actor.id}`}
    ${after === undefined ? sql`` : sql`and l.slot = ${after.slot} and l.sequence + l.events > ${after.sequence + 1}`}
    order by l.sequence limit ${limit + 1}`
  const homes = [...new Set(rows.map((row) => String(row['home'])))]
  const keys =
    homes.length === 0
      ? []
      : await sql<HomeKey[]>`select tenant, home, person, wrapped from hearth.home_keys where home in ${sql(homes)}`
  const opened = new Map(keys.map((row) => [homeKeyName(row.tenant, row.home, row.person), openHomeKey(master, row)]))
  const seen = after?.sequence ?? 0
  return rows.flatMap((row) => eventsOf(toLogRow(row), row, opened)).filter((event) => event.sequence > seen)
}

function eventsOf(
  row: LogRow,
  place: Readonly<Record<string, unknown>>,
  keys: ReadonlyMap<string, ReturnType<typeof openHomeKey>>,
): readonly HistoryEvent[] {
  const address = {
    tenant: row.tenant,
    home: String(place['home']),
    kind: String(place['kind']),
    id: String(place['id']),
  }
  const key = row.person === null ? undefined : keys.get(homeKeyName(address.tenant, address.home, row.person))
  if (row.person !== null && key === undefined) return forgotten(row, address)
  const { events, causation, correlation } = readRow(row, key)
  return events.map((event, index) => ({
    address,
    slot: row.slot,
    sequence: row.sequence + index,
    version: row.version - row.events + 1 + index,
    at: row.at,
    event,
    causation,
    correlation,
  }))
}

// Whose key is destroyed left only the fact that something happened.
const forgotten = (row: LogRow, address: HistoryEvent['address']): readonly HistoryEvent[] =>
  Array.from({ length: row.events }, (_, index) => ({
    address,
    slot: row.slot,
    sequence: row.sequence + index,
    version: row.version - row.events + 1 + index,
    at: row.at,
    event: { type: row.types.split(',')[0] ?? '' },
    causation: '',
    correlation: '',
  }))
