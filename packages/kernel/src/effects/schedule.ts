import { formatEffectId, type EffectId, type EffectRow } from '../ports/log.ts'

export type Cursor = EffectId & { readonly due: number }

export const inOrder = (a: Cursor, b: Cursor): number =>
  a.due - b.due || a.slot - b.slot || a.sequence - b.sequence || a.ordinal - b.ordinal

/**
 * The owed effects that a lane holds in memory: all that are due before `edge`, and only those. The rest lie in the
 * database until the edge moves past them, so a million reminders cost no memory.
 */
export class Schedule {
  #heap: EffectRow[] = []
  #held = new Map<string, EffectRow>()
  #edge: Cursor | null = null
  #complete = false

  /** Where the next load continues; null before the first. */
  get edge(): Cursor | null {
    return this.#edge
  }

  /** Held effects: waiting for their time, or running. */
  get size(): number {
    return this.#held.size
  }

  get waiting(): number {
    return this.#heap.length
  }

  /** Whether nothing owed lies beyond what is held. */
  get complete(): boolean {
    return this.#complete
  }

  held(effect: EffectId): EffectRow | undefined {
    return this.#held.get(formatEffectId(effect))
  }

  /** Newly committed effects. One due beyond the edge is left to a later load. */
  add(row: EffectRow): void {
    if (!this.#complete && (this.#edge === null || inOrder(row, this.#edge) > 0)) return
    this.#push(row)
  }

  /** Like `add`, for an effect that is started at once instead of waiting; false when its turn comes with a later load. */
  hold(row: EffectRow): boolean {
    if (!this.#complete && (this.#edge === null || inOrder(row, this.#edge) > 0)) return false
    this.#held.set(formatEffectId(row), row)
    return true
  }

  /** What a load brought, in order; fewer than `limit` means that nothing lies beyond. */
  extend(rows: readonly EffectRow[], limit: number): void {
    for (const row of rows) if (!this.#held.has(formatEffectId(row))) this.#push(row)
    this.#edge = rows.at(-1) ?? this.#edge
    this.#complete = rows.length < limit
  }

  /** Held but beyond `keep` waiting entries: forgotten from memory, the latest first, and loaded again when their time nears. */
  trim(keep: number): void {
    if (this.#heap.length <= keep) return
    const sorted = this.#heap.toSorted(inOrder)
    this.#heap = sorted.slice(0, keep)
    for (const row of sorted.slice(keep)) this.#held.delete(formatEffectId(row))
    this.#edge = this.#heap.at(-1) ?? null
    this.#complete = false
  }

  remove(effect: EffectId): void {
    this.#held.delete(formatEffectId(effect))
  }

  nextDue(): number | null {
    this.#dropRemoved()
    return this.#heap[0]?.due ?? null
  }

  /** The next effect due at `now`. It stays held until it is removed. */
  takeDue(now: number): EffectRow | null {
    this.#dropRemoved()
    const first = this.#heap[0]
    if (first === undefined || first.due > now) return null
    this.#pop()
    return first
  }

  clear(): void {
    this.#heap = []
    this.#held.clear()
    this.#edge = null
    this.#complete = false
  }

  #push(row: EffectRow): void {
    this.#held.set(formatEffectId(row), row)
    this.#heap.push(row)
    let index = this.#heap.length - 1
    while (index > 0) {
      const parent = (index - 1) >> 1
      if (inOrder(this.#heap[parent] as EffectRow, row) <= 0) break
      this.#heap[index] = this.#heap[parent] as EffectRow
      index = parent
    }
    this.#heap[index] = row
  }

  // A removed effect leaves the heap when it comes up; an entry replaced by a later attempt is not the one that is held.
  #dropRemoved(): void {
    for (;;) {
      const first = this.#heap[0]
      if (first === undefined || this.#held.get(formatEffectId(first)) === first) return
      this.#pop()
    }
  }

  #pop(): void {
    const last = this.#heap.pop() as EffectRow
    const length = this.#heap.length
    if (length === 0) return
    let index = 0
    for (;;) {
      let child = index * 2 + 1
      if (child >= length) break
      const right = child + 1
      if (right < length && inOrder(this.#heap[right] as EffectRow, this.#heap[child] as EffectRow) < 0) child = right
      if (inOrder(last, this.#heap[child] as EffectRow) <= 0) break
      this.#heap[index] = this.#heap[child] as EffectRow
      index = child
    }
    this.#heap[index] = last
  }
}
