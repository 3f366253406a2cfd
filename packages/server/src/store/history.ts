import type { KeyObject } from 'node:crypto'
import {
  typeNamed,
  homeKeyName,
  openHomeKey,
  readRow,
  slotOf,
  Unfoldable,
  type Actor,
  type HomeKey,
  type LogRow,
  type MasterKey,
} from '@hearth/kernel'
import type { HistoryEvent, HistoryQuery } from '@hearth/features'
import type { Address } from '@hearth/protocol'
import type { Sql } from 'postgres'
import { addressOf } from './address-of.ts'
import { noArchive, type Archive } from './archive/archive.ts'
import { archivedOf } from './archive/archived-history.ts'
import type { PlacedRow } from './archive/file.ts'
import { toHomeKey, toLogRow } from './log-load.ts'

export interface HistoryOptions {
  readonly master: MasterKey
  readonly actors: ReadonlyMap<string, Actor>
  readonly archive?: Archive
}

type Place = NonNullable<HistoryQuery['after']>

/** Where the row begins that holds a position: rows follow one another without a gap, but hold several events. */
async function rowOf(sql: Sql, { slot, sequence }: Place): Promise<number> {
  const [row] = await sql`
    select sequence from hearth.log where slot = ${slot} and sequence <= ${sequence} order by sequence desc limit 1`
  return Number(row?.['sequence'] ?? 0)
}

async function numberOf(sql: Sql, { home, kind, id }: Address): Promise<string | undefined> {
  const [row] = await sql<{ actor: string }[]>`
    select actor from hearth.actors where home = ${home} and kind = ${kind} and id = ${id}`
  return row?.actor
}

/** Events in their present form; those that nobody here knows as they were written, their version in the type. */
export async function historyOf(
  sql: Sql,
  query: HistoryQuery,
  { master, actors, archive = noArchive() }: HistoryOptions,
): Promise<readonly HistoryEvent[]> {
  const { home, actor, after, limit } = query
  const place = home ?? actor?.home
  const slot = place === undefined ? after?.slot : slotOf(query.tenant, place)
  // Asked for apart: what a sub-select gives is no condition of an index under row-level security.
  const number = actor === undefined ? undefined : await numberOf(sql, actor)
  const begin = after === undefined ? 0 : await rowOf(sql, after)
  const found = await sql`
    select l.*, a.home, a.kind, a.id from hearth.log l join hearth.actors a on a.actor = l.actor where true
    ${slot === undefined ? sql`` : sql`and l.slot = ${slot}`}
    ${home === undefined ? sql`` : sql`and a.home = ${home}`}
    ${actor === undefined ? sql`` : sql`and l.actor = ${number ?? null}`}
    ${after === undefined ? sql`` : sql`and l.slot = ${after.slot} and l.sequence >= ${begin} and l.sequence + l.events > ${after.sequence + 1}`}
    order by l.sequence limit ${limit + 1}`
  const live = found.map((row): PlacedRow => ({ row: toLogRow(row), address: addressOf(row) }))
  const archived = await archivedOf(sql, archive, query, number)
  const rows = [...archived.rows, ...live.filter(({ row }) => row.sequence > archived.last)].slice(0, limit + 1)
  const homes = [...new Set(rows.map(({ address }) => address.home))]
  const keys =
    homes.length === 0
      ? []
      : await sql`select tenant, home, person, wrapped, since from hearth.home_keys where home in ${sql(homes)}`
  const opened = new Map(keys.map((row) => openedKey(master, toHomeKey(row))))
  const seen = after?.sequence ?? 0
  return rows.flatMap((placed) => eventsOf(placed, opened, actors)).filter((event) => event.sequence > seen)
}

interface OpenKey {
  readonly key: KeyObject
  readonly since: number
}

const openedKey = (master: MasterKey, row: HomeKey): [name: string, OpenKey] => [
  homeKeyName(row.tenant, row.home, row.person),
  { key: openHomeKey(master, row), since: row.since ?? 0 },
]

function eventsOf(
  { row, address }: PlacedRow,
  keys: ReadonlyMap<string, OpenKey>,
  actors: HistoryOptions['actors'],
): readonly HistoryEvent[] {
  const held = row.person === null ? undefined : keys.get(homeKeyName(address.tenant, address.home, row.person))
  const key = held === undefined || row.sequence < held.since ? undefined : held.key
  if (row.person !== null && key === undefined) return forgotten(row, address)
  const { events, causation, correlation, opaque } = readAsKnown(row, key, actors.get(address.kind))
  return events.map((event, index) => ({
    address,
    slot: row.slot,
    sequence: row.sequence + index,
    version: row.version - row.events + 1 + index,
    at: row.at,
    event,
    opaque,
    causation,
    correlation,
  }))
}

function readAsKnown(row: LogRow, key: KeyObject | undefined, definition: Actor | undefined) {
  try {
    return { ...readRow(row, key, definition), opaque: definition === undefined }
  } catch (error) {
    if (!(error instanceof Unfoldable)) throw error
    return { ...readRow(row, key), opaque: true }
  }
}

// Whose key is destroyed left only the fact that something happened.
const forgotten = (row: LogRow, address: HistoryEvent['address']): readonly HistoryEvent[] =>
  Array.from({ length: row.events }, (_, index) => ({
    address,
    slot: row.slot,
    sequence: row.sequence + index,
    version: row.version - row.events + 1 + index,
    at: row.at,
    event: { type: typeNamed(row.types.split(',')[0] ?? '') },
    opaque: true,
    causation: '',
    correlation: '',
  }))
