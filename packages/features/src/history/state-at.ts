import { fromTheFuture } from '@hearth/kernel'
import { HearthError, type Address, type Json, type Position } from '@hearth/protocol'
import type { Caller, HistoryEvent } from '../feature.ts'

/** Up to when: the last event that counts has come by this time, or stands at this place at the latest. */
export interface Until {
  readonly at?: number
  readonly sequence?: number
}

const page = 500

/** The state of an actor after its events up to then, folded as it folds them itself. */
export async function stateAt(
  address: Address,
  until: Until,
  { actor, read }: Pick<Caller, 'actor' | 'read'>,
): Promise<{ readonly state: Json; readonly last: Position | null }> {
  const definition = actor(address.kind)
  let state = definition?.initial
  let last: Position | null = null
  let seen: Position | null = null
  for (;;) {
    const from: { after?: Position } = seen === null ? {} : { after: seen }
    const events: readonly HistoryEvent[] = await read.history({
      tenant: address.tenant,
      actor: address,
      limit: page,
      ...from,
    })
    if (events.length === 0 && seen === null) throw new HearthError('actor.unknown', 'There is no such actor.')
    if (definition === undefined)
      throw new HearthError('actor.kind-unknown', `No feature that is on knows actors of kind ${address.kind}.`)
    for (const { event, at, slot, sequence, causation, opaque } of events) {
      if (isBeyond(until, at, sequence)) return { state: state as Json, last }
      // What is sealed always says what caused it: an event that does not was sealed by a key that is gone.
      if (causation === '') throw new HearthError('actor.forgotten', 'What this actor held was forgotten.')
      if (opaque) throw fromTheFuture(address.kind, event.type)
      state = definition.evolve(state, event)
      last = { slot, sequence }
      seen = last
    }
    if (events.length <= page) return { state: state as Json, last }
  }
}

const isBeyond = (until: Until, at: number, sequence: number): boolean =>
  (until.at !== undefined && at > until.at) || (until.sequence !== undefined && sequence > until.sequence)
