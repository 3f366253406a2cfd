import type { KeyObject } from 'node:crypto'
import { formatAddress, type Address } from '@hearth/protocol'
import type { Actor } from './actor.ts'
import { readRow } from './codec.ts'
import type { HomeKeyCache } from './home-key-cache.ts'
import { homeKeyName, self } from './home-keys.ts'
import type { Hot, HotActors } from './hot.ts'
import type { Waiting } from './inbox.ts'
import type { EffectId, EffectRow, Loaded, LoadedActor, LoadRequest, LogWriter } from './ports/log.ts'
import { slotOf } from './slot.ts'
import { newborn } from './staging.ts'
import { overdue, readSnapshot, useless } from './snapshots.ts'
import { weigh } from './weight.ts'

interface Held {
  readonly hot: HotActors
  readonly homeKeys: { has(name: string): boolean }
  readonly actors: ReadonlyMap<string, Actor>
  owed(effect: EffectId): EffectRow | undefined
}

export const nothing: Loaded = { actors: new Map(), homeKeys: [], keys: new Map() }

export interface Needs {
  /** What is not in memory; null when all of it is. */
  readonly missing: LoadRequest | null
  /** The actors that are, by the very objects that name them in the batch. */
  readonly hot: ReadonlyMap<Address, Hot>
  /** Those of the missing that others will look at, by name. */
  readonly beside: ReadonlyMap<string, Address>
}

export function needsOf(batch: readonly Waiting[], held: Held): Needs {
  const hot = new Map<Address, Hot>()
  const addresses = new Map<string, Address>()
  const beside = new Map<string, Address>()
  const homes = new Map<string, { readonly tenant: string; readonly home: string }>()
  const scopes: string[] = []
  const want = (place: { readonly tenant: string; readonly home: string }): void => {
    const name = homeKeyName(place.tenant, place.home, self)
    if (!held.homeKeys.has(name)) homes.set(name, { tenant: place.tenant, home: place.home })
  }
  const effects: EffectId[] = []
  const letters: string[] = []
  for (const { envelope } of batch) {
    const what = envelope.type === 'command' ? envelope.repairs?.what : undefined
    if (what !== undefined && 'letter' in what) letters.push(what.letter)
    else if (what !== undefined) effects.push(what.effect)
    if (envelope.type !== 'result' && envelope.key !== null) scopes.push(envelope.key.scope)
    if (envelope.type === 'keep') want(envelope)
    const address =
      envelope.type === 'command'
        ? envelope.address
        : envelope.type === 'result'
          ? held.owed(envelope.effect)?.address
          : undefined
    if (address === undefined) continue
    if (envelope.type === 'result') lookedAt(address, held, beside, want)
    if (held.actors.get(address.kind)?.personal === true) want(address)
    if (hot.has(address)) continue
    const name = formatAddress(address)
    const found = held.hot.get(name)
    if (found === undefined) addresses.set(name, address)
    else hot.set(address, found)
  }
  for (const [name, address] of beside) addresses.set(name, address)
  const hasAside = effects.length + letters.length > 0
  const isComplete = addresses.size === 0 && homes.size === 0 && scopes.length === 0 && !hasAside
  const missing = isComplete
    ? null
    : {
        addresses: [...addresses.values()],
        homes: [...homes.values()],
        scopes,
        ...(hasAside ? { aside: { effects, letters } } : {}),
      }
  return { missing, hot, beside }
}

/** Whom an actor looks at when one of its effects ends, unless they are in memory. */
function lookedAt(
  { tenant, home, kind }: Address,
  { actors, hot }: Held,
  beside: Map<string, Address>,
  want: (place: Address) => void,
): void {
  for (const other of actors.get(kind)?.beside ?? []) {
    const address = { tenant, home, kind: other.kind, id: other.id }
    const name = formatAddress(address)
    if (hot.get(name) !== undefined) continue
    beside.set(name, address)
    // Whoever looks may do without the key of their home, and be the first in the batch that needs it.
    if (actors.get(other.kind)?.personal === true) want(address)
  }
}

/** That somebody has never been is known from now on, too: they are looked at again and again. */
export function holdUnborn(
  beside: Needs['beside'],
  { actors: found }: Loaded,
  { hot, actors }: Pick<Held, 'hot' | 'actors'>,
): void {
  for (const [name, address] of beside) if (!found.has(name)) hot.put(newborn(address, name, { actors }))
}

/** The state of a loaded actor, folded from its rows; undefined when it has never been. */
export function thaw(
  name: string,
  loaded: Loaded,
  actors: ReadonlyMap<string, Actor>,
  homeKeys: Pick<HomeKeyCache, 'get' | 'since'>,
  thawed: Map<string, Hot>,
): Hot | undefined {
  const found = loaded.actors.get(name)
  const definition = found === undefined ? undefined : actors.get(found.address.kind)
  if (found === undefined || definition === undefined) return undefined
  const { address, actor, snapshot, rows, archived = false, unreadable } = found
  if (unreadable !== undefined) throw unreadable
  const keyName = homeKeyName(address.tenant, address.home, self)
  const sealing = homeKeys.get(keyName)
  const since = homeKeys.since(keyName)
  const told = since === 0 ? rows : rows.filter((row) => row.person === null || row.sequence >= since)
  const state = told.reduce(
    (held, row) =>
      readRow(row, sealing, definition).events.reduce((inner, event) => definition.evolve(inner, event), held),
    snapshot === null ? definition.initial : readSnapshot(snapshot, sealing),
  )
  const hot = {
    address,
    name,
    definition,
    slot: slotOf(address.tenant, address.home),
    actor,
    version: rows.at(-1)?.version ?? snapshot?.version ?? 0,
    state,
    weight: weigh(state),
    unsaved: archived
      ? overdue
      : {
          events: rows.reduce((sum, row) => sum + row.events, 0),
          bytes: rows.reduce((sum, row) => sum + row.data.length, 0),
        },
  }
  thawed.set(name, hot)
  return hot
}

/** Loads what a batch misses; an actor whose snapshot is of no use is loaded whole. `taken` is told of the home keys first. */
export async function loadWith(
  writer: Pick<LogWriter, 'load'>,
  wanted: LoadRequest,
  held: {
    readonly actors: ReadonlyMap<string, Actor>
    readonly homeKeys: { get(name: string): KeyObject | undefined }
    readonly taken: (loaded: Loaded) => void
    readonly damaged: (found: LoadedActor) => void
  },
): Promise<Loaded> {
  const loaded = await writer.load(wanted)
  held.taken(loaded)
  const again = useless(loaded, held.actors, ({ address }) =>
    held.homeKeys.get(homeKeyName(address.tenant, address.home, self)),
  )
  if (again.length === 0) return loaded
  for (const found of again)
    if (found.snapshot?.shape === held.actors.get(found.address.kind)?.shape) held.damaged(found)
  const addresses = again.map(({ address }) => address)
  const whole = await writer.load({ addresses, homes: [], scopes: [], whole: true })
  return { ...loaded, actors: new Map([...loaded.actors, ...whole.actors]) }
}
