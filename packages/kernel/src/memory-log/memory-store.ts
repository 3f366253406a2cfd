import { formatAddress } from '@hearth/protocol'
import type { View } from '../actor.ts'
import {
  formatEffectId,
  type AppendOutcome,
  type Batch,
  type ClaimedSlot,
  type DeadLetter,
  type EffectRow,
  type Forgotten,
  type KeptAnswer,
  type Loaded,
  type Line,
  type LoadRequest,
  type Aside,
  type LogRow,
  type LogWriter,
  type NewActor,
  type ReferenceRow,
  type SlotState,
} from '../ports/log.ts'
import { check, type Checked } from './checking.ts'
import { Refused, uuid, withoutNul } from './stored.ts'
import {
  effectIn,
  emptyTables,
  homeOf,
  nameOf,
  placeOf,
  rowOf,
  tableOf,
  under,
  type StoredEffect,
  type StoredSlot,
  type Tables,
  type StoredViewRow,
} from './tables.ts'

type OwedQuestion = Parameters<LogWriter['owed']>

/** What several writers share. Every call is one transaction: it happens whole, in the order of the calls. */
export interface MemoryStore {
  claim(owner: string, slots: readonly number[], how: 'take' | 'keep'): readonly ClaimedSlot[]
  load(request: LoadRequest): Loaded
  append(batch: Batch): AppendOutcome
  owed(...question: OwedQuestion): readonly EffectRow[]
  firsts(...question: Parameters<LogWriter['firsts']>): readonly EffectRow[]
  wake(owner: string, ...question: Parameters<LogWriter['wake']>): readonly EffectRow[]
  references(): readonly ReferenceRow[]
  /** What lies there, for tests to look at. */
  slots(): readonly StoredSlot[]
  actors(): readonly NewActor[]
  /** In order of slot and sequence. */
  rows(): readonly LogRow[]
  effects(): readonly StoredEffect[]
  keys(): readonly KeptAnswer[]
  homeKeys(): Loaded['homeKeys']
  deadLetters(): readonly DeadLetter[]
  viewRows(view: Pick<View, 'name' | 'version'>): readonly StoredViewRow[]
}

export function createMemoryStore(): MemoryStore {
  const tables = emptyTables()
  return {
    claim: (owner, slots, how) => claim(tables, owner, slots, how),
    load: (request) => load(tables, request),
    append: (batch) => append(tables, batch),
    owed: (...question) => owed(tables, ...question),
    firsts: (lines) => firsts(tables, lines),
    wake: (owner, ...question) => wake(tables, owner, ...question),
    references: () =>
      [...tables.references].map(([key, data]) => {
        const [tenant = '', name = ''] = key.split('\u0000')
        return { tenant, name, data }
      }),
    slots: () => [...tables.slots.values()],
    actors: () => [...tables.actors.values()],
    rows: () => [...tables.rows.values()].flat().toSorted((a, b) => a.slot - b.slot || a.sequence - b.sequence),
    effects: () => [...tables.effects.values()].flatMap((held) => [...held.values()]),
    keys: () => [...tables.keys.values()].flatMap((days) => [...days.values()]),
    homeKeys: () => [...tables.homeKeys.values()].flatMap((people) => [...people.values()]),
    deadLetters: () => [...tables.dead.values()],
    viewRows: (view) => [...(tables.views.get(tableOf(view))?.values() ?? [])],
  }
}

function claim(tables: Tables, owner: string, slots: readonly number[], how: 'take' | 'keep'): readonly ClaimedSlot[] {
  return [...new Set(slots)].flatMap((slot) => {
    const held = tables.slots.get(slot)
    if (held === undefined || (how === 'keep' && held.owner !== owner)) return []
    const now = { ...held, epoch: held.epoch + 1, owner }
    tables.slots.set(slot, now)
    return [{ ...stateOf(now), at: lastAt(tables, slot) }]
  })
}

const lastAt = ({ rows }: Tables, slot: number): number => {
  let last = { sequence: 0, at: 0 }
  for (const ofActor of rows.values())
    for (const row of ofActor) if (row.slot === slot && row.sequence > last.sequence) last = row
  return last.at
}

const stateOf = ({ slot, epoch, sequence, actors, head }: StoredSlot): SlotState => ({
  slot,
  epoch,
  sequence,
  actors,
  head,
})

function load(tables: Tables, request: LoadRequest): Loaded {
  const found = request.addresses.flatMap((address) => {
    const actor = tables.actors.get(placeOf(address))
    if (actor === undefined) return []
    const rows = tables.rows.get(actor.actor) ?? []
    const snapshot = request.whole === true ? null : (tables.snapshots.get(actor.actor) ?? null)
    if (rows.length === 0 && snapshot === null) return []
    const { sequence = 0 } = snapshot ?? {}
    return [
      { actor: actor.actor, address: actor.address, snapshot, rows: rows.filter((row) => row.sequence > sequence) },
    ]
  })
  const kept = request.scopes.flatMap((scope) => {
    const days = tables.keys.get(uuid(scope))
    const newest = days === undefined ? undefined : days.get(Math.max(...days.keys()))
    return newest === undefined ? [] : [newest]
  })
  const homes = new Set([...request.homes, ...kept].map(homeOf))
  return {
    actors: new Map(found.map((each) => [formatAddress(each.address), each])),
    homeKeys: [...homes].flatMap((home) => [...(tables.homeKeys.get(home)?.values() ?? [])]),
    keys: new Map(kept.map((answer) => [answer.scope, answer])),
    ...(request.aside === undefined ? {} : { aside: asideOf(tables, request.aside) }),
  }
}

function asideOf(tables: Tables, { effects, letters }: NonNullable<LoadRequest['aside']>): Aside {
  return {
    effects: effects.flatMap((id) => {
      const held = effectIn(tables, id)
      if (held?.state !== 'dead' && held?.state !== 'stuck') return []
      const { failure: _failure, state, ...row } = held
      return [{ ...row, state }]
    }),
    letters: letters.flatMap((command) => tables.dead.get(command) ?? []),
  }
}

function append(tables: Tables, batch: Batch): AppendOutcome {
  const current = batch.slots.filter(({ before }) => {
    const held = tables.slots.get(before.slot)
    return held !== undefined && held.epoch === before.epoch && held.sequence === before.sequence
  })
  if (current.length < batch.slots.length) return { type: 'fenced' }
  if (new Set(batch.slots.map(({ before }) => before.slot)).size < batch.slots.length) return { type: 'fenced' }
  let checked: Checked
  try {
    checked = check(tables, batch)
  } catch (error) {
    if (error instanceof Refused) return { type: 'refused', reason: error.message }
    throw error
  }
  apply(tables, checked)
  return { type: 'committed' }
}

function apply(tables: Tables, batch: Checked): void {
  for (const { before, after } of batch.slots) {
    const { sequence, actors, head } = after
    const held = tables.slots.get(before.slot) as StoredSlot
    tables.slots.set(before.slot, { ...held, sequence, actors, head })
  }
  for (const actor of batch.actors) {
    tables.actors.set(placeOf(actor.address), actor)
    tables.actorsByNumber.set(actor.actor, actor)
  }
  for (const row of batch.rows) {
    tables.positions.add(`${row.slot}.${row.sequence}`)
    under(tables.rows, row.actor, () => []).push(row)
  }
  for (const snapshot of batch.snapshots) tables.snapshots.set(snapshot.actor, snapshot)
  applyEffects(tables, batch)
  for (const key of batch.keys) under(tables.keys, key.scope, () => new Map()).set(key.day, key)
  for (const key of batch.homeKeys) under(tables.homeKeys, homeOf(key), () => new Map()).set(key.person, key)
  for (const forgotten of batch.forgotten) forget(tables, forgotten)
  for (const { tenant, name, data } of batch.references) tables.references.set(nameOf(tenant, name), data)
  for (const letter of batch.dead)
    if (!tables.dead.has(letter.command))
      tables.dead.set(letter.command, { ...letter, failure: withoutNul(letter.failure) })
  for (const { command } of batch.mended) tables.dead.delete(command)
  for (const { view, puts, removes } of batch.views) {
    const rows = under(tables.views, tableOf(view), () => new Map<string, StoredViewRow>())
    for (const key of removes) rows.delete(key)
    for (const row of puts) rows.set(rowOf(row), row)
  }
}

function applyEffects(tables: Tables, batch: Checked): void {
  for (const id of batch.settled) tables.effects.get(id.slot)?.delete(formatEffectId(id))
  for (const id of batch.cancelled) {
    const held = effectIn(tables, id)
    if (held !== undefined && (held.kind === 'timer' || held.attempt <= 0))
      tables.effects.get(id.slot)?.delete(formatEffectId(id))
  }
  for (const { slot, sequence, ordinal, state, due, attempt, failure } of batch.changed) {
    const held = effectIn(tables, { slot, sequence, ordinal })
    if (held === undefined) continue
    const changed = { ...held, state, due, attempt, failure: failure === null ? held.failure : withoutNul(failure) }
    tables.effects.get(slot)?.set(formatEffectId(held), changed)
  }
  for (const row of batch.asked) {
    const held = under(tables.effects, row.slot, () => new Map<string, StoredEffect>())
    held.set(formatEffectId(row), { ...row, state: 'owed', failure: '' })
  }
}

function forget(tables: Tables, { key, views }: Forgotten): void {
  const isTheirs = (place: { readonly tenant: string; readonly home: string }): boolean =>
    place.tenant === key.tenant && place.home === key.home
  under(tables.homeKeys, homeOf(key), () => new Map()).set(key.person, key)
  for (const { actor, address } of tables.actors.values()) {
    if (!isTheirs(address)) continue
    if (tables.snapshots.get(actor)?.person != null) tables.snapshots.delete(actor)
    for (const held of tables.effects.values())
      for (const [id, row] of held) if (row.actor === actor && row.person !== null) held.delete(id)
  }
  for (const [id, letter] of tables.dead) if (letter.person !== null && isTheirs({ ...letter })) tables.dead.delete(id)
  for (const view of views) {
    const rows = tables.views.get(tableOf(view))
    for (const [id, row] of rows ?? []) if (isTheirs(row)) rows?.delete(id)
  }
}

type Cursor = Exclude<OwedQuestion[2], null>

const inOrder = (a: Cursor, b: Cursor): number =>
  a.due - b.due || a.slot - b.slot || a.sequence - b.sequence || a.ordinal - b.ordinal

function owed(tables: Tables, ...[slots, which, after, limit]: OwedQuestion): readonly EffectRow[] {
  return [...new Set(slots)]
    .flatMap((slot) => [...(tables.effects.get(slot)?.values() ?? [])])
    .filter((row) => row.state === 'owed' && (row.kind === 'timer') === (which === 'timers'))
    .filter((row) => tables.actorsByNumber.has(row.actor) && (after === null || inOrder(row, after) > 0))
    .toSorted(inOrder)
    .slice(0, limit)
    .map(({ state: _state, failure: _failure, ...row }) => row)
}

function firsts(tables: Tables, lines: readonly Line[]): readonly EffectRow[] {
  return lines.flatMap(({ slot, order }) =>
    [...(tables.effects.get(slot)?.values() ?? [])]
      .filter((row) => row.state === 'owed' && row.order === order && tables.actorsByNumber.has(row.actor))
      .toSorted((a, b) => a.sequence - b.sequence || a.ordinal - b.ordinal)
      .slice(0, 1)
      .map(({ state: _state, failure: _failure, ...row }) => row),
  )
}

function wake(
  tables: Tables,
  owner: string,
  ...[slots, met, limit]: Parameters<LogWriter['wake']>
): readonly EffectRow[] {
  const what = new Set(met)
  const woken = [...new Set(slots)]
    .filter((slot) => tables.slots.get(slot)?.owner === owner)
    .flatMap((slot) => [...(tables.effects.get(slot)?.values() ?? [])])
    .filter(({ state, failure }) => state === 'waiting' && what.has(failure))
    .slice(0, limit)
  for (const row of woken)
    tables.effects.get(row.slot)?.set(formatEffectId(row), { ...row, state: 'owed', failure: '' })
  return woken.map(({ state: _state, failure: _failure, ...row }) => row)
}
