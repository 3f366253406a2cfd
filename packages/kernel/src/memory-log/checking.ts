import type { Address, Json } from '@hearth/protocol'
import type { View } from '../actor.ts'
import {
  formatEffectId,
  type Batch,
  type EffectRow,
  type HomeKey,
  type KeptAnswer,
  type LogRow,
  type NewActor,
  type ViewWrite,
} from '../ports/log.ts'
import { Refused, text, uuid, whole } from './stored.ts'
import { effectIn, homeOf, placeOf, rowOf, type Tables, type StoredViewRow } from './tables.ts'

/** A batch as it will lie in the store: nothing in it can be refused any more. */
export interface Checked extends Omit<Batch, 'views'> {
  readonly views: readonly {
    readonly view: View
    readonly puts: readonly StoredViewRow[]
    readonly removes: readonly string[]
  }[]
}

/** Throws `Refused` for what no store could write down, and for what lies there already. */
export const check = (tables: Tables, batch: Batch): Checked => ({
  slots: batch.slots,
  settled: batch.settled,
  cancelled: batch.cancelled,
  rows: once(batch.rows, positionOf).map((row) => checkedRow(tables, row)),
  actors: checkedActors(tables, batch.actors),
  snapshots: once(batch.snapshots, ({ actor }) => String(actor)).map((item) => ({
    ...item,
    version: whole(item.version, 'integer'),
    shape: whole(item.shape, 'integer'),
    tenant: text(item.tenant),
    person: text(item.person),
  })),
  asked: once(batch.asked, formatEffectId).map((row) => checkedAsked(tables, row)),
  changed: batch.changed.map((item) => ({
    ...item,
    due: whole(item.due, 'bigint'),
    attempt: whole(item.attempt, 'integer'),
  })),
  keys: once(batch.keys.map(keyOf), ({ scope, day }) => `${scope} ${day}`).map((item) => {
    if (tables.keys.get(item.scope)?.has(item.day) === true) throw new Refused('the key was used')
    return item
  }),
  homeKeys: once(batch.homeKeys.map(homeKeyOf), (item) => `${homeOf(item)} ${item.person}`).map((item) => {
    if (tables.homeKeys.get(homeOf(item))?.has(item.person) === true) throw new Refused('the home has its key')
    return item
  }),
  forgotten: batch.forgotten,
  references: once(batch.references, ({ tenant, name }) => `${tenant} ${name}`).map((item) => ({
    tenant: text(item.tenant),
    name: text(item.name),
    data: text(item.data),
  })),
  dead: batch.dead.map((item) => ({ ...item, address: text(item.address), home: text(item.home) })),
  mended: batch.mended,
  views: [...batch.views].map(([view, writes]) => checkedView(view, [...writes.values()])),
})

const positionOf = (row: Pick<LogRow, 'slot' | 'sequence'>): string => `${row.slot}.${row.sequence}`

function checkedRow(tables: Tables, row: LogRow): LogRow {
  if (tables.positions.has(positionOf(row))) throw new Refused('the position is taken')
  return {
    ...row,
    slot: whole(row.slot, 'smallint'),
    sequence: whole(row.sequence, 'bigint'),
    events: whole(row.events, 'smallint'),
    version: whole(row.version, 'integer'),
    at: whole(row.at, 'bigint'),
    tenant: text(row.tenant),
    person: text(row.person),
    types: text(row.types),
  }
}

function checkedActors(tables: Tables, actors: readonly NewActor[]): readonly NewActor[] {
  once(actors, ({ actor }) => String(actor))
  return once(actors, ({ address }) => placeOf(address)).map((item) => {
    const address = addressOf(item.address)
    if (tables.actorsByNumber.has(item.actor)) throw new Refused('the number is given')
    if (tables.actors.has(placeOf(address))) throw new Refused('the actor has its number')
    return { actor: whole(item.actor, 'bigint'), slot: whole(item.slot, 'smallint'), address }
  })
}

function checkedAsked(tables: Tables, row: EffectRow): EffectRow {
  if (effectIn(tables, row) !== undefined) throw new Refused('the effect is there')
  return {
    ...row,
    ordinal: whole(row.ordinal, 'smallint'),
    due: whole(row.due, 'bigint'),
    attempt: whole(row.attempt, 'integer'),
    kind: text(row.kind),
    person: text(row.person),
    address: addressOf(row.address),
  }
}

const keyOf = (item: KeptAnswer): KeptAnswer => ({
  ...item,
  scope: uuid(item.scope),
  hash: uuid(item.hash),
  day: whole(item.day, 'integer'),
  status: whole(item.status, 'smallint'),
  home: text(item.home),
  person: text(item.person),
})

const homeKeyOf = (item: HomeKey): HomeKey => ({ ...item, home: text(item.home), person: text(item.person) })

const addressOf = (address: Address): Address => ({
  tenant: text(address.tenant),
  home: text(address.home),
  kind: text(address.kind),
  id: text(address.id),
})

function once<T>(items: readonly T[], name: (item: T) => string): readonly T[] {
  if (new Set(items.map(name)).size < items.length) throw new Refused('twice in one batch')
  return items
}

function checkedView(view: View, writes: readonly ViewWrite[]): Checked['views'][number] {
  const puts: StoredViewRow[] = []
  const removes: string[] = []
  for (const { tenant, home, change } of writes) {
    const place = { tenant: text(tenant), home: text(home), key: text(change.key) }
    if (change.type === 'remove') removes.push(rowOf(place))
    else puts.push({ ...place, row: rowIn(view, change.row) })
  }
  once(puts, rowOf)
  return { view, puts, removes }
}

const rowIn = (view: View, row: Readonly<Record<string, Json>>): StoredViewRow['row'] =>
  Object.fromEntries(Object.entries(view.columns).map(([name, type]) => [name, valueOf(row[name] ?? null, type)]))

function valueOf(value: Json, type: View['columns'][string]): Json {
  if (value === null) return null
  if (type === 'text') return text(String(value))
  if (type === 'bigint') return whole(Number(value), 'bigint')
  if (value === true || value === 'true') return true
  if (value === false || value === 'false') return false
  throw new Refused('not a boolean')
}
