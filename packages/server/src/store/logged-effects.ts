import {
  formatEffectId,
  type Batch,
  type EffectChange,
  type EffectId,
  type EffectRow,
  type EffectState,
} from '@hearth/kernel'
import { AskingOrder, numberOf, ordinals } from './asking-order.ts'

type State = EffectState | 'over'

/** A row of hearth.effects. `over`: it ended in a commit that wrote no row of its slot. */
export interface TableEffect extends EffectRow {
  readonly state: State
  readonly failure: string | null
}

export type Changed = Omit<EffectChange, 'state'> & { readonly state: State }

/** Where everything that a batch says about effects is written. */
export interface Placement {
  /** What a log row owes, and the effects of its slot that it ends, by the row's place in `batch.rows`. */
  readonly owes: ReadonlyMap<number, readonly EffectRow[]>
  readonly ends: ReadonlyMap<number, readonly EffectId[]>
  readonly inserted: readonly TableEffect[]
  readonly deleted: readonly EffectId[]
  readonly changed: readonly Changed[]
  /** From where on each slot's log has to be read for what it owes. */
  readonly owedFrom: ReadonlyMap<number, number>
}

/** What a slot owes by its log rows alone, and the rows of state `over` that `owedFrom` has not passed yet. */
interface Shelf {
  readonly logged: AskingOrder
  readonly over: Map<number, EffectId>
  owedFrom: number
}

export interface LoggedEffectsLimits {
  /** Of all slots together; what is asked for beyond it gets a row of its own. */
  readonly count: number
  /** How many events an effect may lag behind its slot before it gets a row of its own. */
  readonly lag: number
}

const usual: LoggedEffectsLimits = { count: 10_000, lag: 400 }

const idOf = ({ slot, sequence, ordinal }: EffectId): EffectId => ({ slot, sequence, ordinal })
const nameOf = (id: EffectId): number => numberOf(id) * 256 + id.slot
const placeName = ({ slot, sequence }: Pick<EffectId, 'slot' | 'sequence'>): number => sequence * 256 + slot

/**
 * The effects of a writer's slots that are owed by their log row alone. Most are asked for and settled within a moment, and a row
 * of their own, with two index entries and its removal, costs as much as all the rest of a message. Whatever stays longer, is
 * tried again or set aside gets one.
 */
export class LoggedEffects {
  readonly #limits: LoggedEffectsLimits
  readonly #shelves = new Map<number, Shelf>()
  #count = 0

  constructor(limits: LoggedEffectsLimits = usual) {
    this.#limits = limits
  }

  knows(slot: number): boolean {
    return this.#shelves.has(slot)
  }

  owed(slots: readonly number[]): readonly EffectRow[] {
    return slots.flatMap((slot) => [...(this.#shelves.get(slot)?.logged.rows ?? [])])
  }

  /** Begins anew with what the store holds of a slot that was just claimed. */
  reset(slot: number, owedFrom: number, owed: readonly EffectRow[], over: readonly EffectId[]): void {
    this.#count += owed.length - (this.#shelves.get(slot)?.logged.rows.length ?? 0)
    const logged = new AskingOrder(owed)
    this.#shelves.set(slot, { logged, over: new Map(over.map((id) => [numberOf(id), id])), owedFrom })
  }

  /** Says where a batch puts its effects; throws when it asks for one again. Nothing changes until `take` is told of its commit. */
  place(given: Batch): Placement {
    const batch = this.#withForgotten(given)
    const placing = new Placing(batch)
    let room = this.#limits.count - this.#count
    for (const row of batch.asked) {
      if (this.#logged(row) !== undefined) throw new Error(`the effect ${formatEffectId(row)} was asked for before`)
      if (room > 0 && placing.owe(row)) room -= 1
      else placing.insert({ ...row, state: 'owed', failure: null })
    }
    for (const change of batch.changed) {
      const row = this.#logged(change)
      if (row === undefined) placing.change(change)
      else placing.insert({ ...row, ...changeIn(change) })
    }
    for (const { tenant, ...id } of batch.settled) this.#end(id, tenant, placing)
    for (const { before, after } of batch.slots) this.#advance(before.slot, after.sequence, placing)
    return placing
  }

  /** The batch of a placement was committed. */
  take({ owes, inserted, deleted, changed, owedFrom }: Placement, batch: Batch): void {
    const { settled } = this.#withForgotten(batch)
    for (const [slot, from] of owedFrom) this.#shelfOf(slot).owedFrom = from
    for (const rows of owes.values()) for (const row of rows) this.#put(row)
    for (const id of settled) this.#remove(id)
    for (const id of deleted) this.#shelfOf(id.slot).over.delete(numberOf(id))
    for (const row of inserted) {
      this.#remove(row)
      if (row.state === 'over') this.#shelfOf(row.slot).over.set(numberOf(row), row)
    }
    for (const change of changed)
      if (change.state === 'over') this.#shelfOf(change.slot).over.set(numberOf(change), change)
  }

  /** What is owed to a person goes with them, also what the lane does not hold. */
  #withForgotten(batch: Batch): Batch {
    if (batch.forgotten.length === 0) return batch
    const settled = [...batch.settled]
    const known = new Set(settled.map(formatEffectId))
    for (const { key } of batch.forgotten)
      for (const row of this.owed(batch.slots.map(({ before }) => before.slot)))
        if (row.person !== null && row.address.home === key.home && row.address.tenant === key.tenant)
          if (!known.has(formatEffectId(row))) settled.push({ ...idOf(row), tenant: key.tenant })
    return { ...batch, settled }
  }

  #shelfOf(slot: number): Shelf {
    const shelf = this.#shelves.get(slot)
    if (shelf === undefined) throw new Error(`slot ${slot} was not claimed by this writer`)
    return shelf
  }

  #logged(id: EffectId): EffectRow | undefined {
    return id.ordinal < ordinals ? this.#shelves.get(id.slot)?.logged.find(id) : undefined
  }

  #put(row: EffectRow): void {
    this.#shelfOf(row.slot).logged.add(row)
    this.#count += 1
  }

  #remove(id: EffectId): void {
    if (id.ordinal < ordinals && this.#shelfOf(id.slot).logged.remove(id)) this.#count -= 1
  }

  // One that has a row of its own may stand in a log row that is still read: there too it has to end.
  #end(id: EffectId, tenant: string, placing: Placing): void {
    const row = this.#logged(id)
    const isRead = row !== undefined || id.sequence >= this.#shelfOf(id.slot).owedFrom
    const isMarked = isRead && placing.end(id, tenant)
    if (row === undefined && (isMarked || !isRead)) placing.delete(id)
    else if (row === undefined) placing.change({ ...id, ...over, tenant })
    else if (!isMarked) placing.insert({ ...row, state: 'over', failure: null })
  }

  /** What lags too far behind moves out of the log; the first that stays says from where on it has to be read. */
  #advance(slot: number, sequence: number, placing: Placing): void {
    const shelf = this.#shelfOf(slot)
    let from = placing.firstOwed(slot) ?? sequence + 1
    for (const row of shelf.logged.rows) {
      if (placing.isGone(row)) continue
      if (sequence - row.sequence > this.#limits.lag) placing.insert({ ...row, state: 'owed', failure: null })
      else {
        from = row.sequence
        break
      }
    }
    for (const id of shelf.over.values()) if (id.sequence < from) placing.delete(id)
    placing.owedFrom.set(slot, from)
  }
}

const changeIn = ({ state, due, attempt, failure }: EffectChange) => ({ state, due, attempt, failure })

/** What is written over a row that ended where its log row has no room for it. Its time and attempt do not matter any more. */
const over = { state: 'over', due: 0, attempt: 0, failure: '' } as const

/** One batch while its effects are being placed. */
class Placing implements Placement {
  readonly owes = new Map<number, EffectRow[]>()
  readonly ends = new Map<number, EffectId[]>()
  readonly deleted: EffectId[] = []
  readonly changed: Changed[] = []
  readonly owedFrom = new Map<number, number>()
  readonly #rows: Batch['rows']
  readonly #inserted = new Map<string, TableEffect>()
  readonly #gone = new Set<number>()
  readonly #firstOwed = new Map<number, number>()
  readonly #places = new Map<number, number>()
  readonly #lastPlaces = new Map<number, number>()

  constructor({ rows, asked, settled }: Batch) {
    this.#rows = rows
    if (asked.length > 0) for (const [index, row] of rows.entries()) this.#places.set(placeName(row), index)
    if (settled.length > 0) for (const [index, row] of rows.entries()) this.#lastPlaces.set(row.slot, index)
  }

  get inserted(): readonly TableEffect[] {
    return [...this.#inserted.values()]
  }

  /** False when it needs a row of its own: it waits for its time, or for a log row that could owe it. */
  owe(effect: EffectRow): boolean {
    const place = this.#places.get(placeName(effect))
    const row = place === undefined ? undefined : this.#rows[place]
    if (place === undefined || row === undefined) return false
    const { kind, attempt, ordinal, due, person, slot } = effect
    if (kind === 'timer' || attempt !== 1 || ordinal >= ordinals || due > row.at || person !== row.person) return false
    push(this.owes, place, effect)
    if (!this.#firstOwed.has(slot)) this.#firstOwed.set(slot, effect.sequence)
    return true
  }

  /** False when no row is written of its slot that whoever reads for its tenant sees. */
  end(id: EffectId, tenant: string): boolean {
    const last = this.#lastPlaces.get(id.slot)
    const isSeen = last !== undefined && this.#rows[last]?.tenant === tenant
    const place = isSeen ? last : this.#rows.findIndex((row) => row.slot === id.slot && row.tenant === tenant)
    if (place === -1) return false
    push(this.ends, place, id)
    this.#gone.add(nameOf(id))
    return true
  }

  insert(row: TableEffect): void {
    this.#inserted.set(formatEffectId(row), row)
    this.#gone.add(nameOf(row))
  }

  change(change: Changed): void {
    this.changed.push(change)
  }

  delete(id: EffectId): void {
    this.deleted.push(id)
  }

  firstOwed(slot: number): number | undefined {
    return this.#firstOwed.get(slot)
  }

  isGone(id: EffectId): boolean {
    return this.#gone.has(nameOf(id))
  }
}

function push<T>(lists: Map<number, T[]>, key: number, item: T): void {
  const list = lists.get(key)
  if (list === undefined) lists.set(key, [item])
  else list.push(item)
}
