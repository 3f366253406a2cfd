import type { View } from '@hearth/kernel'
import type { Sql } from 'postgres'
import { pattern } from '../store/views/log-rows.ts'
import { tableOf } from '../store/view-tables.ts'

/** What a database is at one moment, in few figures that what is restored must come to again. */
export interface Standing {
  /** Of each slot that has any: how far it is, and the head of its chain. */
  readonly heads: readonly Head[]
  readonly views: readonly ViewSum[]
}

export interface Head {
  readonly slot: number
  readonly sequence: number
  readonly head: string
}

export interface ViewSum {
  readonly name: string
  readonly version: number
  readonly rows: number
  /** Of all rows, in whatever order they lie. */
  readonly sum: string
}

export async function headsOf(sql: Sql): Promise<readonly Head[]> {
  const rows = await sql`
    select slot, sequence, encode(head, 'hex') as head from hearth.slots where sequence > 0 order by slot`
  return rows.map((row) => ({
    slot: Number(row['slot']),
    sequence: Number(row['sequence']),
    head: String(row['head']),
  }))
}

/** Null for a view that is not whole at this moment, or that has not followed the log to its end. */
export async function sumOf(
  sql: Sql,
  view: Pick<View, 'name' | 'version' | 'columns' | 'trailing'>,
): Promise<ViewSum | null> {
  const { name, version } = view
  const [known] = await sql`select ready from hearth.views where name = ${name} and version = ${version}`
  if (known?.['ready'] !== true) return null
  if (view.trailing !== undefined) {
    const [behind] = await sql`
      select 1 from hearth.slots s left join hearth.view_positions p on p.slot = s.slot and p.view = ${name}
        join hearth.log l on l.slot = s.slot and l.sequence > coalesce(p.sequence, 0)
       where l.types ~ ${pattern(view.trailing)} limit 1`
    if (behind !== undefined) return null
  }
  const columns = ['tenant', 'home', 'key', ...Object.keys(view.columns)].join(', ')
  const [summed] = await sql.unsafe(
    `select count(*) as rows, coalesce(sum(('x' || left(md5(row(${columns})::text), 16))::bit(64)::bigint::numeric), 0) as sum
       from ${tableOf(view as View)}`,
  )
  return { name, version, rows: Number(summed?.['rows']), sum: String(summed?.['sum']) }
}

export async function sumsOf(sql: Sql, views: readonly View[]): Promise<readonly ViewSum[]> {
  const sums: ViewSum[] = []
  for (const view of views) {
    const sum = await sumOf(sql, view)
    if (sum !== null) sums.push(sum)
  }
  return sums
}
