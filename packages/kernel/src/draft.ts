import type { KeyObject } from 'node:crypto'
import type { Address } from '@hearth/protocol'
import type { View, ViewChange } from './actor.ts'
import { chained } from './chain.ts'
import type { Hot } from './hot.ts'
import * as port from './ports/log.ts'

interface MutableSlot {
  readonly before: port.SlotState
  sequence: number
  actors: number
  head: Buffer
}

/** A batch while it is being decided: rows get their positions and links of the chain as they are added. */
export class Draft {
  readonly at: number
  readonly rows: port.LogRow[] = []
  readonly actors: port.NewActor[] = []
  readonly #snapshots = new Map<number, port.Snapshot>()
  readonly asked: port.EffectRow[] = []
  readonly settled: (port.EffectId & { readonly tenant: string })[] = []
  readonly #settledIds = new Set<string>()
  readonly cancelled: (port.EffectId & { readonly tenant: string })[] = []
  readonly #changed = new Map<string, { readonly row: port.EffectRow; readonly change: port.EffectChange }>()
  readonly keys: port.KeptAnswer[] = []
  readonly homeKeys: port.HomeKey[] = []
  readonly forgotten: port.Forgotten[] = []
  readonly dead: port.DeadLetter[] = []
  readonly mended: port.Batch['mended'][number][] = []
  readonly #references = new Map<string, port.ReferenceRow>()
  readonly #views = new Map<View, Map<string, port.ViewWrite>>()
  readonly #slots = new Map<number, MutableSlot>()
  readonly #owned: ReadonlyMap<number, port.SlotState>
  readonly #hot = new Map<string, Hot>()
  readonly #newKeys = new Map<string, KeyObject>()

  constructor(owned: ReadonlyMap<number, port.SlotState>, at: number) {
    this.#owned = owned
    this.at = at
  }

  get newKeys(): ReadonlyMap<string, KeyObject> {
    return this.#newKeys
  }

  get references(): Iterable<port.ReferenceRow> {
    return this.#references.values()
  }

  hot(name: string): Hot | undefined {
    return this.#hot.get(name)
  }

  touched(): Iterable<Hot> {
    return this.#hot.values()
  }

  /** The position that the next event of the slot will have. */
  nextSequence(slot: number): number {
    return this.#slot(slot).sequence + 1
  }

  /** The actor's number in this slot, given now when it has none. */
  number(hot: Hot): number {
    if (hot.actor !== 0) return hot.actor
    const slot = this.#slot(hot.slot)
    slot.actors += 1
    // 2^40 actors a slot: the number stays exact in a double.
    const actor = hot.slot * 2 ** 40 + slot.actors
    this.actors.push({ actor, slot: hot.slot, address: hot.address })
    return actor
  }

  /** `actor` is the address of the row's actor as text. */
  append(row: port.LogRow, actor: string): void {
    const slot = this.#slot(row.slot)
    slot.sequence += row.events
    slot.head = chained(slot.head, row, actor)
    this.rows.push(row)
  }

  snapshot(snapshot: port.Snapshot): void {
    this.#snapshots.set(snapshot.actor, snapshot)
  }

  /** Numbers of the actors whose snapshot is written. */
  saved(): Iterable<number> {
    return this.#snapshots.keys()
  }

  hold(hot: Hot): void {
    this.#hot.set(hot.name, hot)
  }

  /** The effect is owed no more: settled, or cancelled. */
  settle(id: port.EffectId, tenant: string): void {
    this.settled.push({ slot: id.slot, sequence: id.sequence, ordinal: id.ordinal, tenant })
    this.#settledIds.add(port.formatEffectId(id))
  }

  /** The effect as this batch has left it; undefined when it has not changed it. */
  latest(id: port.EffectId): port.EffectRow | undefined {
    return this.#changed.size === 0 ? undefined : this.#changed.get(port.formatEffectId(id))?.row
  }

  change(row: port.EffectRow, state: port.EffectState, failure: string | null): void {
    const { slot, sequence, ordinal, due, attempt } = row
    const { tenant } = row.address
    const change = { slot, sequence, ordinal, tenant, state, due, attempt, failure }
    this.#changed.set(port.formatEffectId(row), { row, change })
  }

  get changed(): readonly port.EffectChange[] {
    return [...this.#changed.values()].map(({ change }) => change)
  }

  /** Whether the effect was asked for in this batch. */
  isNew({ slot, sequence }: port.EffectId): boolean {
    return sequence > this.#slot(slot).before.sequence
  }

  /** The effect is owed no more, unless an attempt of it is recorded. */
  cancel(id: port.EffectId, tenant: string): void {
    this.cancelled.push({ slot: id.slot, sequence: id.sequence, ordinal: id.ordinal, tenant })
    this.#settledIds.add(port.formatEffectId(id))
  }

  hasSettled(id: port.EffectId): boolean {
    return this.#settledIds.has(port.formatEffectId(id))
  }

  /** What a letter says was done, or is not to be done. */
  mend({ tenant, command }: port.DeadLetter): void {
    this.mended.push({ tenant, command })
  }

  addHomeKey(name: string, row: port.HomeKey, key: KeyObject): void {
    this.homeKeys.push(row)
    this.#newKeys.set(name, key)
  }

  forget(name: string, forgotten: port.Forgotten, key: KeyObject): void {
    this.forgotten.push(forgotten)
    this.#newKeys.set(name, key)
  }

  view(view: View, address: Address, changes: readonly ViewChange[]): void {
    if (changes.length === 0) return
    const writes = this.#views.get(view) ?? new Map<string, port.ViewWrite>()
    this.#views.set(view, writes)
    for (const change of changes) {
      const write = { tenant: address.tenant, home: address.home, change }
      writes.set(`${address.tenant}\0${address.home}\0${change.key}`, write)
    }
  }

  reference(row: port.ReferenceRow): void {
    this.#references.set(`${row.tenant}/${row.name}`, row)
  }

  get empty(): boolean {
    const { rows, settled, cancelled, keys, dead, mended } = this
    return (
      this.#changed.size === 0 && [rows, settled, cancelled, keys, dead, mended].every((items) => items.length === 0)
    )
  }

  finish(): port.Batch {
    // In one order for all, so that no two owners who take slots from one another wait for each other.
    const slots = [...this.#slots.values()]
      .toSorted((one, other) => one.before.slot - other.before.slot)
      .map(({ before, sequence, actors, head }) => ({
        before,
        after: { slot: before.slot, epoch: before.epoch, sequence, actors, head },
      }))
    return {
      ...this.#lists(),
      slots,
      snapshots: [...this.#snapshots.values()],
      references: [...this.#references.values()],
      views: this.#views,
    }
  }

  #lists(): Omit<port.Batch, 'slots' | 'snapshots' | 'references' | 'views'> {
    const { rows, actors, settled, cancelled, keys, homeKeys, forgotten, dead, mended } = this
    // An effect that was settled in the batch that asked for it, or changed it, leaves no trace but in the log.
    const asked = this.asked.filter((row) => !this.hasSettled(row))
    const changed = this.changed.filter((row) => !this.hasSettled(row))
    return { rows, actors, asked, settled, cancelled, changed, keys, homeKeys, forgotten, dead, mended }
  }

  /** Marks the slot as one whose epoch this batch must check. */
  touch(slot: number): void {
    this.#slot(slot)
  }

  #slot(slot: number): MutableSlot {
    const known = this.#slots.get(slot)
    if (known !== undefined) return known
    const before = this.#owned.get(slot)
    if (before === undefined) throw new Error(`slot ${slot} is not owned by this lane`)
    const fresh = { before, sequence: before.sequence, actors: before.actors, head: before.head }
    this.#slots.set(slot, fresh)
    return fresh
  }
}
