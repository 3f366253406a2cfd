import type { KeyObject } from 'node:crypto'
import { formatAddress, type Address } from '@hearth/protocol'
import type { Actor } from './actor.ts'
import { readRow } from './codec.ts'
import type { Schedule } from './effects/schedule.ts'
import { homeKeyName, self } from './home-keys.ts'
import type { Hot, HotActors } from './hot.ts'
import type { Waiting } from './inbox.ts'
import type { Loaded, LoadRequest } from './ports/log.ts'
import { slotOf } from './slot.ts'

interface Held {
  readonly hot: HotActors
  readonly homeKeys: ReadonlyMap<string, KeyObject>
  readonly schedule: Schedule
}

/** What a batch needs that is not in memory; null when it needs nothing. */
export function missingFrom(batch: readonly Waiting[], held: Held): LoadRequest | null {
  const addresses = new Map<string, Address>()
  const homes = new Map<string, { readonly tenant: string; readonly home: string }>()
  const scopes: string[] = []
  for (const { envelope } of batch) {
    if (envelope.type !== 'result' && envelope.key !== null) scopes.push(envelope.key.scope)
    const place =
      envelope.type === 'command'
        ? envelope.address
        : envelope.type === 'keep'
          ? envelope
          : held.schedule.held(envelope.effect)?.address
    if (place === undefined) continue
    const name = homeKeyName(place.tenant, place.home, self)
    if (!held.homeKeys.has(name)) homes.set(name, { tenant: place.tenant, home: place.home })
    if (!('kind' in place)) continue
    const key = formatAddress(place)
    if (held.hot.get(key) === undefined) addresses.set(key, place)
  }
  if (addresses.size === 0 && homes.size === 0 && scopes.length === 0) return null
  return { addresses: [...addresses.values()], homes: [...homes.values()], scopes }
}

/** The state of a loaded actor, folded from its rows; undefined when it has never been. */
export function thaw(
  key: string,
  loaded: Loaded,
  actors: ReadonlyMap<string, Actor>,
  homeKeys: ReadonlyMap<string, KeyObject>,
  thawed: Map<string, Hot>,
): Hot | undefined {
  const found = loaded.actors.get(key)
  const definition = found === undefined ? undefined : actors.get(found.address.kind)
  if (found === undefined || definition === undefined) return undefined
  const { address, actor, rows } = found
  const sealing = homeKeys.get(homeKeyName(address.tenant, address.home, self))
  const state = rows.reduce(
    (held, row) => readRow(row, sealing).events.reduce((inner, event) => definition.evolve(inner, event), held),
    definition.initial,
  )
  const hot = {
    address,
    definition,
    slot: slotOf(address.tenant, address.home),
    actor,
    version: rows.at(-1)?.version ?? 0,
    state,
  }
  thawed.set(key, hot)
  return hot
}
