import type { Address, Json } from '@hearth/protocol'
import type { View } from '../actor.ts'
import { genesis } from '../chain.ts'
import {
  formatEffectId,
  type DeadLetter,
  type EffectId,
  type EffectRow,
  type EffectState,
  type HomeKey,
  type KeptAnswer,
  type LogRow,
  type NewActor,
  type SlotState,
  type Snapshot,
} from '../ports/log.ts'
import { slotCount } from '../slot.ts'

export interface StoredEffect extends EffectRow {
  readonly state: EffectState
  readonly failure: string
}

export interface StoredViewRow {
  readonly tenant: string
  readonly home: string
  readonly key: string
  readonly row: Readonly<Record<string, Json>>
}

export interface StoredSlot extends SlotState {
  readonly owner: string
}

/** What lies in the store. A commit makes all of its changes here, or none. */
export interface Tables {
  readonly slots: Map<number, StoredSlot>
  /** By place. */
  readonly actors: Map<string, NewActor>
  readonly actorsByNumber: Map<number, NewActor>
  /** By actor, in order. */
  readonly rows: Map<number, LogRow[]>
  readonly positions: Set<string>
  /** By actor. */
  readonly snapshots: Map<number, Snapshot>
  readonly effects: Map<number, Map<string, StoredEffect>>
  /** By scope and day. */
  readonly keys: Map<string, Map<number, KeptAnswer>>
  /** By home, then person. */
  readonly homeKeys: Map<string, Map<string, HomeKey>>
  readonly references: Map<string, string>
  readonly dead: Map<string, DeadLetter>
  readonly views: Map<string, Map<string, StoredViewRow>>
}

export function emptyTables(): Tables {
  const slots = Array.from({ length: slotCount }, (_, slot): [number, StoredSlot] => [
    slot,
    { slot, epoch: 0, owner: '', sequence: 0, actors: 0, head: genesis },
  ])
  return {
    slots: new Map(slots),
    actors: new Map(),
    actorsByNumber: new Map(),
    rows: new Map(),
    positions: new Set(),
    snapshots: new Map(),
    effects: new Map(),
    keys: new Map(),
    homeKeys: new Map(),
    references: new Map(),
    dead: new Map(),
    views: new Map(),
  }
}

// Joined by a character that no text in a store can hold.
const joined = (...parts: readonly string[]): string => parts.join('\u0000')

export const placeOf = ({ tenant, home, kind, id }: Address): string => joined(tenant, home, kind, id)
export const homeOf = ({ tenant, home }: { readonly tenant: string; readonly home: string }): string =>
  joined(tenant, home)
export const nameOf = (tenant: string, name: string): string => joined(tenant, name)
export const rowOf = (row: Pick<StoredViewRow, 'tenant' | 'home' | 'key'>): string =>
  joined(row.tenant, row.home, row.key)
export const tableOf = (view: Pick<View, 'name' | 'version'>): string => `${view.name} ${view.version}`

export const effectIn = (tables: Tables, id: EffectId): StoredEffect | undefined =>
  tables.effects.get(id.slot)?.get(formatEffectId(id))

/** The value under a key, made when it is not there yet. */
export function under<K, V>(map: Map<K, V>, key: K, make: () => V): V {
  const known = map.get(key)
  if (known !== undefined) return known
  const made = make()
  map.set(key, made)
  return made
}
