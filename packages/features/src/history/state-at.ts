import { fromTheFuture, slotOf } from '@hearth/kernel'
import { HearthError, type Address, type Json, type Position } from '@hearth/protocol'
import type { Caller, HistoryEvent, SavedState } from '../feature.ts'

/** Up to when: the last event that counts has come by this time, or stands at this place at the latest. */
export interface Until {
  readonly at?: number
  readonly sequence?: number
}

export interface StateAt {
  readonly state: Json
  readonly version: number
  /** When its last event came, and where it stands; null before the first. */
  readonly last: (Position & { readonly at: number }) | null
}

const page = 500

/**
 * The states of an actor after its events up to each of these moments, folded once, as it folds them itself: from its snapshot where
 * no moment lies before that, else from its first event.
 */
export async function statesAt(
  address: Address,
  untils: readonly Until[],
  caller: Pick<Caller, 'actor' | 'read'>,
): Promise<readonly StateAt[]> {
  const saved = await caller.read.saved(address)
  const isAfter = saved !== null && untils.every(({ sequence }) => sequence === undefined || sequence >= saved.sequence)
  const found = isAfter ? await foldedFrom(saved, address, untils, caller) : null
  return found ?? ((await foldedFrom(null, address, untils, caller)) as readonly StateAt[])
}

/** Null when a moment lies within what was saved. */
async function foldedFrom(
  saved: SavedState | null,
  address: Address,
  untils: readonly Until[],
  { actor, read }: Pick<Caller, 'actor' | 'read'>,
): Promise<readonly StateAt[] | null> {
  const definition = actor(address.kind)
  const found = untils.map((): StateAt | null => null)
  let now: StateAt = { state: saved?.state ?? (definition?.initial as Json), version: saved?.version ?? 0, last: null }
  // The row of the snapshot says when and where the state was reached.
  let seen: Position | null =
    saved === null ? null : { slot: slotOf(address.tenant, address.home), sequence: saved.sequence - 1 }
  for (;;) {
    const from: { after?: Position } = seen === null ? {} : { after: seen }
    const events: readonly HistoryEvent[] = await read.history({
      tenant: address.tenant,
      actor: address,
      limit: page,
      ...from,
    })
    if (events.length === 0 && now.version === 0) throw new HearthError('actor.unknown', 'There is no such actor.')
    if (definition === undefined)
      throw new HearthError('actor.kind-unknown', `No feature that is on knows actors of kind ${address.kind}.`)
    for (const { event, version, at, slot, sequence, causation, opaque } of events) {
      if (saved !== null && version <= saved.version) {
        if (untils.some((until) => isBeyond(until, at, sequence))) return null
        seen = { slot, sequence }
        now = { ...now, last: { slot, sequence, at } }
        continue
      }
      for (const [index, until] of untils.entries()) if (isBeyond(until, at, sequence)) found[index] ??= now
      if (found.every((state) => state !== null)) return found
      // What is sealed always says what caused it: an event that does not was sealed by a key that is gone.
      if (causation === '') throw new HearthError('actor.forgotten', 'What this actor held was forgotten.')
      if (opaque) throw fromTheFuture(address.kind, event.type)
      seen = { slot, sequence }
      now = { state: definition.evolve(now.state, event) as Json, version, last: { slot, sequence, at } }
    }
    if (events.length <= page) return found.map((state) => state ?? now)
  }
}

export async function stateAt(
  address: Address,
  until: Until,
  caller: Pick<Caller, 'actor' | 'read'>,
): Promise<StateAt> {
  const [state] = await statesAt(address, [until], caller)
  return state as StateAt
}

const isBeyond = (until: Until, at: number, sequence: number): boolean =>
  (until.at !== undefined && at > until.at) || (until.sequence !== undefined && sequence > until.sequence)
