import { formatAddress, type Address, type Position } from '@hearth/protocol'
import {
  refuse,
  type Acceptance,
  type Ask,
  type DecideContext,
  type Decision,
  type Refusal,
  type Tagged,
  type View,
  type ViewChange,
} from './actor.ts'
import { aboutRow, pack, packEvents, packRequest, sealRow, typesOf } from './codec.ts'
import { forget } from './forgetting.ts'
import { sealingKey, type Deciding } from './ground.ts'
import { self } from './home-keys.ts'
import type { Hot } from './hot.ts'
import { formatEffectId, parseEffectId, type EffectId, type EffectRow } from './ports/log.ts'
import { digest, seal, type MasterKey } from './seal.ts'
import { slotOf } from './slot.ts'
import { isDue, saved, takeSnapshot } from './snapshots.ts'
import { kindUnknown } from './unfoldable.ts'
import { exceeds, grown, largestEvent, largestState, weightless, weightOf, type Weight } from './weight.ts'

/** A decision with the state it leads to, not yet written into the draft. */
export interface Staged {
  readonly before: Hot
  readonly state: unknown
  readonly weight: Weight
  readonly acceptance: Acceptance<Tagged>
  /** The events as they are written. */
  readonly types: string
  readonly packed: readonly string[]
  readonly cancels: readonly EffectId[]
  readonly changes: readonly { readonly view: View; readonly changes: readonly ViewChange[] }[]
}

/** Who and what a row of the log is from. */
export interface Origin {
  readonly principal: string
  readonly correlation: string
  readonly causation: string
}

export function hotOf({ ground, draft }: Deciding, address: Address): Hot {
  const held = ground.hot(address)
  const name = held?.name ?? formatAddress(address)
  return draft.hot(name) ?? held ?? newborn(address, name, ground)
}

export function newborn(address: Address, name: string, ground: Pick<Deciding['ground'], 'actors'>): Hot {
  const definition = ground.actors.get(address.kind)
  if (definition === undefined) throw kindUnknown(address.kind)
  const slot = slotOf(address.tenant, address.home)
  return {
    address,
    name,
    definition,
    slot,
    actor: 0,
    version: 0,
    state: definition.initial,
    weight: weightless,
    unsaved: saved,
  }
}

/** An actor that a decision needs is not in memory yet: the batch is decided again when it is. */
export const absent = Symbol('absent')

class NotInMemory extends Error {}

/** An actor that nobody knew would be needed, as it is after what was decided up to here. */
export function nearby({ draft, ground, absent: missing }: Deciding, address: Address): Hot | typeof absent {
  const name = formatAddress(address)
  const drafted = draft.hot(name)
  if (drafted !== undefined) return drafted
  const found = ground.told(address)
  if (found !== 'absent') return found ?? newborn(address, name, ground)
  missing.set(name, address)
  return absent
}

const unasked = { hops: 0 } as const

/**
 * Runs one pure decision. What it throws is the actor's fault; the draft is untouched. `ahead` counts the events of its slot that
 * are staged before it and not yet written.
 */
export function stage(
  deciding: Deciding,
  hot: Hot,
  decide: (context: DecideContext) => Decision,
  ahead = 0,
  from: Pick<DecideContext, 'asker' | 'hops'> = unasked,
  look = nearby,
): Staged | Refusal | typeof absent {
  const { ground, draft } = deciding
  const { tenant, home } = hot.address
  const sequence = draft.nextSequence(hot.slot) + ahead
  let decision: Decision
  try {
    decision = decide({
      at: ground.at,
      address: hot.address,
      ...from,
      effect: (ordinal) => formatEffectId({ slot: hot.slot, sequence, ordinal }),
      reference: (name) => ground.reference(tenant, name),
      beside: (kind, id) => {
        const found = look(deciding, { tenant, home, kind, id })
        if (found === absent) throw new NotInMemory()
        return found.state
      },
    })
  } catch (error) {
    if (error instanceof NotInMemory) return absent
    throw error
  }
  if (decision.type === 'refuse') return decision
  if (decision.events.length === 0 && (decision.asks?.length ?? 0) > 0)
    throw new Error('an effect is asked for with an event')
  if (decision.asks?.some(({ kind, order }) => kind === 'timer' && order !== undefined) === true)
    throw new Error('timers ring in order of their time, and in no other')
  const cancels = (decision.cancels ?? []).map(parseEffectId)
  const types = typesOf(decision.events, hot.definition)
  const packed = packEvents(decision.events)
  if (packed.some((event) => exceeds(event, largestEvent)))
    return refuse('actor.event-too-large', 'This would be an event of more than 256 kB.')
  const folded = fold(hot, decision.events, ground.at)
  const bytes = packed.reduce((sum, event) => sum + event.length, 0)
  const weight = grown(hot.weight, bytes, folded.state)
  if (weightOf(weight) > largestState && weightOf(weight) > weightOf(hot.weight))
    return refuse('actor.too-large', 'What is kept in one place may not grow beyond 1 MB.')
  return { before: hot, acceptance: decision, cancels, types, packed, weight, ...folded }
}

function fold(hot: Hot, events: readonly Tagged[], at: number): Pick<Staged, 'state' | 'changes'> {
  const { definition, address } = hot
  const changes: { view: View; changes: readonly ViewChange[] }[] = []
  let state = hot.state
  for (const event of events) {
    state = definition.evolve(state, event)
    for (const view of definition.views ?? [])
      if (view.trailing === undefined) changes.push({ view, changes: view.project(state, event, { address, at }) })
  }
  return { state, changes }
}

/** Writes a staged decision into the draft and says at which position its last event is; null when it has none. */
export function write(deciding: Deciding, staged: Staged, origin: Origin): Position | null {
  const { ground, draft } = deciding
  const { before, state, acceptance } = staged
  const { address, definition, slot } = before
  for (const id of staged.cancels) cancel(deciding, id, address.tenant)
  const count = acceptance.events.length
  // A cancellation alone moves no position; the epoch of its slot is checked all the same.
  draft.touch(slot)
  if (count === 0) return null
  const actor = draft.number(before)
  const key = definition.personal ? sealingKey(deciding, address.tenant, address.home) : undefined
  const packed = pack(staged.packed, origin)
  const sequence = draft.nextSequence(slot)
  const place = { tenant: address.tenant, actor, version: before.version + count }
  const data = key === undefined ? Buffer.from(packed) : sealRow(key, packed, aboutRow(place))
  draft.append(
    {
      ...place,
      slot,
      sequence,
      events: count,
      at: ground.at,
      person: key === undefined ? null : self,
      types: staged.types,
      data,
    },
    before.name,
  )
  ask(deciding, staged, { actor, sequence, correlation: origin.correlation })
  deciding.trace?.rows.push({ ...origin, address, slot, sequence })
  if (acceptance.forgets === true) forget(deciding, address, slot)
  for (const { view, changes } of staged.changes) draft.view(view, address, changes)
  const unsaved = { events: before.unsaved.events + count, bytes: before.unsaved.bytes + packed.length }
  const { shape } = definition
  const saves = shape !== undefined && isDue(unsaved, staged.weight, ground.snapshotAfter)
  if (saves)
    draft.snapshot(takeSnapshot({ ...place, sequence, shape }, state, key === undefined ? null : { key, person: self }))
  const { weight } = staged
  draft.hold({ ...before, actor, version: place.version, state, weight, unsaved: saves ? saved : unsaved })
  if (definition.reference !== undefined) {
    const { name, of } = definition.reference
    draft.reference({
      tenant: address.tenant,
      name: typeof name === 'string' ? name : name(address),
      data: JSON.stringify(of(state)),
    })
  }
  return { slot, sequence: sequence + count - 1 }
}

/** Wins only before an attempt is recorded: after that its result comes all the same. */
function cancel({ ground, draft }: Deciding, id: EffectId, tenant: string): void {
  const changed = draft.latest(id)
  const row = changed ?? ground.owed(id)
  const open = row === undefined || row.kind === 'timer' || row.attempt <= 0
  // What this batch itself made or left open needs no look at what the database has recorded of it.
  if (draft.isNew(id) || (changed !== undefined && open)) draft.settle(id, tenant)
  else if (open) draft.cancel(id, tenant)
}

interface AskingRow {
  readonly actor: number
  readonly sequence: number
  readonly correlation: string
}

function ask(deciding: Deciding, { before, acceptance }: Staged, { actor, sequence, correlation }: AskingRow): void {
  const { address, definition, slot } = before
  for (const [ordinal, asked] of (acceptance.asks ?? []).entries()) {
    const id = { slot, sequence, ordinal }
    // Time is a cause of its own: what begins when a timer rings has the timer's own id for a correlation.
    const isTimer = asked.kind === 'timer'
    const text = isTimer ? JSON.stringify(asked.request) : packRequest(asked.request, correlation)
    const key = definition.personal ? sealingKey(deciding, address.tenant, address.home) : undefined
    const { now, master } = deciding.ground
    const order = orderOf(asked, address, master)
    const due = Math.max(asked.due ?? now, 0)
    const row: EffectRow = {
      ...id,
      actor,
      address,
      kind: asked.kind,
      due,
      // What starts after this commit has its first attempt recorded in it, where nothing is lost by that.
      attempt: isTimer || (due <= now && order === undefined && !deciding.ground.kind(asked.kind).beginsApart) ? 1 : 0,
      person: key === undefined ? null : self,
      request: key === undefined ? Buffer.from(text) : seal(key, text, formatEffectId(id)),
      ...(order === undefined ? {} : { order }),
      ...(isTimer ? {} : { correlation }),
    }
    deciding.draft.asked.push(row)
    deciding.asked.push({ row, request: asked.request })
  }
}

/** The words may tell of a person, so they are not kept. */
function orderOf({ order }: Ask, { tenant, home }: Address, master: MasterKey): string | undefined {
  return order === undefined ? undefined : digest(master, `order ${JSON.stringify([tenant, home, order])}`)
}
