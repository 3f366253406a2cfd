import type { Batch, LogRow, View, ViewWrite } from '@hearth/kernel'
import { tableOf } from '../../../packages/server/src/store/view-tables.ts'

export type ColumnType = 'smallint' | 'integer' | 'bigint' | 'text' | 'bytea' | 'jsonb'
export type Item = number | string | Buffer | null

export interface Column {
  readonly name: string
  readonly type: ColumnType
  readonly items: readonly Item[]
}

/** One table's share of a commit, not yet written in the way of any driver. */
export interface Part {
  readonly type: 'advance' | 'insert' | 'delete'
  readonly table: string
  readonly columns: readonly Column[]
  readonly conflict?: string
}

export type RowsPart = (rows: readonly LogRow[], batch: Batch) => Part

/** What the product commits for `probe.record`, in the same order. Other commits are refused: they would be lost here. */
export function partsOf(batch: Batch, options: { readonly rows?: RowsPart; readonly actors?: boolean } = {}): Part[] {
  const { rows = packedRows, actors: withActors = true } = options
  const { changed, keys, homeKeys, references, dead } = batch
  if (changed.length + keys.length + homeKeys.length + references.length + dead.length > 0) {
    throw new Error('this way to append writes what probe.record needs and nothing else')
  }
  const views = [...batch.views].map(([view, writes]) => puts(view, [...writes.values()]))
  return [
    advance(batch),
    ...(withActors && batch.actors.length > 0 ? [actors(batch)] : []),
    ...(batch.rows.length > 0 ? [rows(batch.rows, batch)] : []),
    ...(batch.asked.length > 0 ? [asked(batch)] : []),
    ...(batch.settled.length > 0 ? [settled(batch)] : []),
    ...views,
  ]
}

type Spec<T> = readonly [name: string, type: ColumnType, of: (item: T) => Item]

export const columns = <T>(items: readonly T[], specs: readonly Spec<T>[]): Column[] =>
  specs.map(([name, type, of]) => ({ name, type, items: items.map(of) }))

const advance = ({ slots }: Batch): Part => ({
  type: 'advance',
  table: 'hearth.slots',
  columns: columns(slots, [
    ['slot', 'smallint', ({ before }) => before.slot],
    ['epoch', 'bigint', ({ before }) => before.epoch],
    ['sequence', 'bigint', ({ before }) => before.sequence],
    ['next_sequence', 'bigint', ({ after }) => after.sequence],
    ['next_actors', 'bigint', ({ after }) => after.actors],
    ['next_head', 'bytea', ({ after }) => after.head],
  ]),
})

const actors = ({ actors: items }: Batch): Part => ({
  type: 'insert',
  table: 'hearth.actors',
  columns: columns(items, [
    ['actor', 'bigint', (item) => item.actor],
    ['slot', 'smallint', (item) => item.slot],
    ['tenant', 'text', (item) => item.address.tenant],
    ['home', 'text', (item) => item.address.home],
    ['kind', 'text', (item) => item.address.kind],
    ['id', 'text', (item) => item.address.id],
  ]),
})

export const packedRows: RowsPart = (rows) => ({
  type: 'insert',
  table: 'hearth.log',
  columns: columns(rows, [...placeColumns, ['data', 'bytea', (row) => row.data]]),
})

export const placeColumns: readonly Spec<LogRow>[] = [
  ['slot', 'smallint', (row) => row.slot],
  ['sequence', 'bigint', (row) => row.sequence],
  ['events', 'smallint', (row) => row.events],
  ['actor', 'bigint', (row) => row.actor],
  ['version', 'integer', (row) => row.version],
  ['at', 'bigint', (row) => row.at],
  ['tenant', 'text', (row) => row.tenant],
  ['person', 'text', (row) => row.person],
  ['types', 'text', (row) => row.types],
]

const asked = ({ asked: items }: Batch): Part => ({
  type: 'insert',
  table: 'hearth.effects',
  columns: columns(items, [
    ['slot', 'smallint', (item) => item.slot],
    ['sequence', 'bigint', (item) => item.sequence],
    ['ordinal', 'smallint', (item) => item.ordinal],
    ['actor', 'bigint', (item) => item.actor],
    ['tenant', 'text', (item) => item.address.tenant],
    ['kind', 'text', (item) => item.kind],
    ['due', 'bigint', (item) => item.due],
    ['attempt', 'integer', (item) => item.attempt],
    ['person', 'text', (item) => item.person],
    ['request', 'bytea', (item) => item.request],
  ]),
})

const settled = ({ settled: items }: Batch): Part => ({
  type: 'delete',
  table: 'hearth.effects',
  columns: columns(items, [
    ['slot', 'smallint', (item) => item.slot],
    ['sequence', 'bigint', (item) => item.sequence],
    ['ordinal', 'smallint', (item) => item.ordinal],
  ]),
})

function puts(view: View, writes: readonly ViewWrite[]): Part {
  const names = Object.keys(view.columns)
  const valueOf =
    (name: string) =>
    ({ change }: ViewWrite): Item => {
      if (change.type === 'remove') throw new Error('this way to append removes no rows of views')
      return (change.row[name] ?? null) as Item
    }
  return {
    type: 'insert',
    table: tableOf(view),
    columns: columns(writes, [
      ['tenant', 'text', (write) => write.tenant],
      ['home', 'text', (write) => write.home],
      ['key', 'text', (write) => write.change.key],
      ...names.map((name): Spec<ViewWrite> => [name, typeOf(view, name), valueOf(name)]),
    ]),
    conflict: `on conflict (home, key, tenant) do update set ${names.map((name) => `${name} = excluded.${name}`).join(', ')}`,
  }
}

function typeOf(view: View, name: string): ColumnType {
  const type = view.columns[name]
  if (type === 'text' || type === 'bigint') return type
  throw new Error(`this way to append knows no column of type ${type}`)
}
