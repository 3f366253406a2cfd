import type { Batch, LogRow } from '@hearth/kernel'
import type { Address } from '@hearth/protocol'
import { columns, placeColumns, type Part, type RowsPart } from '../appending/parts.ts'

/** What the product grants on a table of the log, for one that takes its place. */
const guarded = (table: string): readonly string[] => [
  `select hearth.guard('${table}')`,
  `revoke update, delete on ${table} from hearth_commit`,
]

const columnsOfLog = `sequence bigint not null, actor bigint not null, at bigint not null, version integer not null,
  slot smallint not null, events smallint not null, tenant text not null, person text, types text not null, data bytea not null`

/** The product's table again, divided. */
function dividedLog(key: string, by: string, partitions: readonly string[]): readonly string[] {
  return [
    'drop table hearth.log',
    `create table hearth.log (${columnsOfLog}, primary key (${key})) partition by ${by}`,
    'alter table hearth.log alter column data set storage external',
    ...partitions.map(
      (bounds, index) => `create table hearth.log_${index} partition of hearth.log for values ${bounds}`,
    ),
    'create index log_actor on hearth.log (actor, sequence)',
    ...guarded('hearth.log'),
  ]
}

export const hashedBySlot: readonly string[] = dividedLog(
  'slot, sequence',
  'hash (slot)',
  Array.from({ length: 8 }, (_, remainder) => `with (modulus 8, remainder ${remainder})`),
)

const dayMs = 86_400_000

/** A month of days; what is written now falls into one of them, or two at midnight. */
export const rangedByDay: readonly string[] = (() => {
  const today = Math.floor(Date.now() / dayMs)
  const days = Array.from({ length: 30 }, (_, index) => today - 28 + index)
  const bounds = days.map((day) => `from (${day * dayMs}) to (${(day + 1) * dayMs})`)
  return dividedLog('slot, sequence, at', 'range (at)', bounds)
})()

export const eventTable: readonly string[] = [
  `create table hearth.log_events (sequence bigint not null, actor bigint not null, at bigint not null, version integer not null,
    slot smallint not null, tenant text not null, person text, type text not null, data bytea not null, primary key (slot, sequence))`,
  'alter table hearth.log_events alter column data set storage external',
  'create index log_events_actor on hearth.log_events (actor, sequence)',
  ...guarded('hearth.log_events'),
]

interface EventRow {
  readonly row: LogRow
  readonly index: number
}

const eventsOf = (row: LogRow): EventRow[] => Array.from({ length: row.events }, (_, index) => ({ row, index }))

/** The packed bytes of a row, cut in as many pieces as it has events. */
function pieceOf({ row, index }: EventRow): Buffer {
  const { data, events } = row
  return data.subarray(Math.floor((data.length * index) / events), Math.floor((data.length * (index + 1)) / events))
}

export const eventRows: RowsPart = (rows): Part => ({
  type: 'insert',
  table: 'hearth.log_events',
  columns: columns(rows.flatMap(eventsOf), [
    ['slot', 'smallint', ({ row }) => row.slot],
    ['sequence', 'bigint', ({ row, index }) => row.sequence + index],
    ['actor', 'bigint', ({ row }) => row.actor],
    ['version', 'integer', ({ row, index }) => row.version - row.events + 1 + index],
    ['at', 'bigint', ({ row }) => row.at],
    ['tenant', 'text', ({ row }) => row.tenant],
    ['person', 'text', ({ row }) => row.person],
    ['type', 'text', ({ row }) => row.types],
    ['data', 'bytea', pieceOf],
  ]),
})

export const jsonbColumn: readonly string[] = [
  'alter table hearth.log drop column data, add column data jsonb not null',
]

export const jsonbRows: RowsPart = (rows): Part => ({
  type: 'insert',
  table: 'hearth.log',
  columns: columns(rows, [...placeColumns, ['data', 'jsonb', (row) => row.data.toString('utf8')]]),
})

export const addressedTable: readonly string[] = [
  `create table hearth.log_addressed (sequence bigint not null, at bigint not null, version integer not null, slot smallint not null,
    events smallint not null, tenant text not null, home text not null, kind text not null, id text not null, person text,
    types text not null, data bytea not null, primary key (slot, sequence))`,
  'alter table hearth.log_addressed alter column data set storage external',
  'create index log_addressed_address on hearth.log_addressed (home, kind, id, tenant, sequence)',
  ...guarded('hearth.log_addressed'),
]

/** Rows name their actor by number. Here the numbers are remembered, as a lane that wrote addresses would have them at hand. */
export function addressedRows(): RowsPart {
  const addresses = new Map<number, Address>()
  return (rows: readonly LogRow[], batch: Batch): Part => {
    for (const { actor, address } of batch.actors) addresses.set(actor, address)
    const addressOf = ({ actor }: LogRow): Address => {
      const address = addresses.get(actor)
      if (address === undefined) throw new Error(`actor ${actor} was not made by this server`)
      return address
    }
    return {
      type: 'insert',
      table: 'hearth.log_addressed',
      columns: columns(rows, [
        ...placeColumns.filter(([name]) => name !== 'actor'),
        ['home', 'text', (row) => addressOf(row).home],
        ['kind', 'text', (row) => addressOf(row).kind],
        ['id', 'text', (row) => addressOf(row).id],
        ['data', 'bytea', (row) => row.data],
      ]),
    }
  }
}
