import type { View } from '@hearth/kernel'
import type { Reader, ViewQuery, ViewRow } from '@hearth/features'
import type { Sql } from 'postgres'
import type { ConnectionOptions } from './connection.ts'
import { effectPlace, listEffects } from './effect-list.ts'
import { numbers } from './literals.ts'
import { historyOf, type HistoryOptions } from './history.ts'
import { savedOf } from './saved-state.ts'
import { createReadingPool } from './reading-pool.ts'
import { tableOf } from './view-tables.ts'

export type Within = <T>(tenant: string, ask: (sql: Sql) => Promise<T>) => Promise<T>

export interface DatabaseReader extends Reader, AsyncDisposable {
  /** Reads as one tenant. */
  readonly within: Within
  tenants(): Promise<readonly string[]>
  /** The last sequence of these slots in the database that is read from. */
  progress(slots: readonly number[]): Promise<ReadonlyMap<number, number>>
}

/** Reads as the role that sees one tenant at a time: each transaction says which. */
export function createReader(
  connection: () => ConnectionOptions,
  options: HistoryOptions & {
    /** Throws for a view that cannot be read yet. */
    readonly assertWhole?: (view: View) => void
  },
): DatabaseReader {
  const { assertWhole = () => undefined } = options
  const client = createReadingPool(connection, 3)
  // Not in a transaction: where its connection is cut, the driver writes the rollback to a socket that is gone, and throws where
  // nobody can catch it. A connection of the pool belongs to one question at a time, so the tenant stays until it is answered.
  const within: Within = (tenant, ask) =>
    client.use(async (sql) => {
      // On its way together with the question, which the connection answers after it.
      const set = sql`select set_config('hearth.tenant', ${tenant}, false)`.execute()
      const [answer] = await Promise.all([ask(sql), set])
      return answer
    })
  return {
    within,
    tenants: () =>
      client.use(async (sql) =>
        (await sql<{ tenant: string }[]>`select tenant from hearth.tenants`).map(({ tenant }) => tenant),
      ),
    progress: (slots) => client.use((sql) => progressOf(sql, slots)),
    rows: async (view, query) => {
      assertWhole(view)
      return await within(query.tenant, (sql) => rowsOf(sql, view, query))
    },
    sum: async (view, tenant, columns) => {
      assertWhole(view)
      return await within(tenant, (sql) => sumOf(sql, view, columns))
    },
    effects: (query) => within(query.tenant, (sql) => listEffects(sql, query)),
    effect: (tenant, id) => within(tenant, (sql) => effectPlace(sql, id)),
    history: (query) => within(query.tenant, (sql) => historyOf(sql, query, options)),
    saved: (address) => within(address.tenant, (sql) => savedOf(sql, address, options)),
    [Symbol.asyncDispose]: () => client[Symbol.asyncDispose](),
  }
}

async function progressOf(sql: Sql, slots: readonly number[]): Promise<ReadonlyMap<number, number>> {
  const rows = await sql<{ slot: number; sequence: string }[]>`
    select slot, sequence from hearth.slots where slot = any (${numbers(slots)}::smallint[])`
  return new Map(rows.map(({ slot, sequence }) => [slot, Number(sequence)]))
}

async function rowsOf(sql: Sql, view: View, query: ViewQuery): Promise<readonly ViewRow[]> {
  const { home, key, after, where = {}, backwards = false, limit } = query
  const rows = await sql<Record<string, string | boolean | null>[]>`
    select * from ${sql.unsafe(tableOf(view))} where true
    ${home === undefined ? sql`` : sql`and home = ${home}`}
    ${key === undefined ? sql`` : sql`and key = ${key}`}
    ${after === undefined ? sql`` : backwards ? sql`and key < ${after}` : sql`and key > ${after}`}
    ${Object.entries(where).reduce((all, [column, value]) => sql`${all} and ${sql(column)} = ${value}`, sql``)}
    order by key ${backwards ? sql`desc` : sql``} limit ${limit}`
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

async function sumOf(sql: Sql, view: View, columns: readonly string[]): Promise<readonly number[]> {
  const sums = columns.map((column) => `coalesce(sum(${column}), 0)::text as ${column}`)
  const [row] = await sql.unsafe(`select ${sums.join(', ')} from ${tableOf(view)}`)
  return columns.map((column) => Number(row?.[column] ?? 0))
}
