import { formatEffectId, inOrder, type EffectId, type EffectRow } from '../ports/log.ts'
import { ShortLived } from '../short-lived.ts'

/** So few entries that are not held any more are not worth looking for. */
const fewEntries = 64

export type Cursor = EffectId & { readonly due: number }

const justBefore = (cursor: Cursor): Cursor => ({ ...cursor, ordinal: cursor.ordinal - 1 })

/**
 * The owed effects that a lane holds in memory: all up to an edge in order of due time, and only those. The rest lie in the
 * database until the edge moves past them, so neither a million reminders nor a receiver that hangs costs memory.
 */
export class Schedule {
  readonly #limit: number
  #heap: EffectRow[] = []
  readonly #held = new ShortLived<string, EffectRow>()
  #edge: Cursor | null = null
  #complete = false

  /** At most `limit` are read at once, and at most twice as many held. */
  constructor(limit: number) {
    this.#limit = limit
  }

  /** Where the next load continues; null before the first. */
  get edge(): Cursor | null {
    return this.#edge
  }

  all(): Iterable<EffectRow> {
    return this.#held.values()
  }

  /** Held effects: waiting for their time, or under way. */
  get size(): number {
    return this.#held.size
  }

  /** What is in memory of what waits, also of what does not any more. */
  get entries(): number {
    return this.#heap.length
  }

  /** Whether there is more in the database, and room for it. */
  get wantsMore(): boolean {
    return !this.#complete && this.#held.size < this.#limit
  }

  /** By the effect's name, as `formatEffectId` gives it. */
  held(name: string): EffectRow | undefined {
    return this.#held.get(name)
  }

  /** A committed effect that waits for its time. One beyond the edge is left to a later load. */
  add(row: EffectRow): void {
    if (!this.#takes(row)) return
    this.#push(row)
  }

  /** A committed effect that is started at once; false when its turn comes with a later load. */
  hold(row: EffectRow): boolean {
    if (!this.#takes(row)) return false
    this.#held.set(formatEffectId(row), row)
    return true
  }

  /** What a load brought, in order; fewer than `limit` means that nothing lies beyond. */
  extend(rows: readonly EffectRow[], limit: number): void {
    for (const row of rows) if (!this.#held.has(formatEffectId(row))) this.#push(row)
    this.#edge = rows.at(-1) ?? this.#edge
    this.#complete = rows.length < limit
  }

  /** The same effect with another attempt or lease: it keeps its place, whatever its time is now. */
  renew(row: EffectRow): void {
    this.#held.set(formatEffectId(row), row)
  }

  remove(name: string): void {
    this.#held.delete(name)
    // What was cancelled long before its time would lie here until then.
    if (this.#heap.length > 2 * this.#held.size + fewEntries)
      this.#heap = this.#heap.filter((row) => this.#isCurrent(row)).toSorted(inOrder)
  }

  /** It is not known any more what lies before the edge: what waits is read again, what is under way stays. */
  readAgain(): void {
    for (const row of this.#heap) if (this.#isCurrent(row)) this.#held.delete(formatEffectId(row))
    this.#heap = []
    this.#edge = null
    this.#complete = false
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

  #takes(row: EffectRow): boolean {
    if (!this.#complete && (this.#edge === null || inOrder(row, this.#edge) > 0)) return false
    if (this.#held.size < this.#limit * 2) return true
    this.#cutBehind(row)
    return this.#edge !== null && inOrder(row, this.#edge) <= 0
  }

  // Full: what waits beyond the limit is forgotten, the latest first, and the edge goes back to before it. Where that makes no
  // room, since all is under way, the edge goes back to before the newcomer too.
  #cutBehind(row: EffectRow): void {
    const waiting = this.#heap.filter((one) => this.#isCurrent(one)).toSorted(inOrder)
    const keep = Math.max(0, this.#limit - (this.#held.size - waiting.length))
    for (const one of waiting.slice(keep)) this.#held.delete(formatEffectId(one))
    this.#heap = waiting.slice(0, keep)
    this.#complete = false
    const forgotten = waiting[keep]
    const edges = forgotten === undefined ? [] : [justBefore(forgotten)]
    if (this.#held.size >= this.#limit * 2 || forgotten === undefined) edges.push(justBefore(row))
    this.#edge = edges.toSorted(inOrder)[0] ?? null
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

  // An entry is current while it is the one that is held: a removed one is not, nor one that a later attempt replaced.
  #isCurrent(row: EffectRow): boolean {
    return this.#held.get(formatEffectId(row)) === row
  }

  #dropRemoved(): void {
    for (let first = this.#heap[0]; first !== undefined && !this.#isCurrent(first); first = this.#heap[0]) this.#pop()
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
