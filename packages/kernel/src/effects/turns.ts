interface Group<T> {
  readonly key: string | null
  readonly waiting: T[]
  running: number
}

/** What waits for its turn: groups take turns one item at a time, and none runs more than `limit` at once. Without a group there is no such limit. */
export class Turns<T> {
  readonly #limit: number
  readonly #groups = new Map<string | null, Group<T>>()
  /** Groups that have something waiting and may run it, in order of their turn. */
  readonly #ready = new Set<Group<T>>()

  constructor(limit: number) {
    this.#limit = limit
  }

  add(key: string | null, item: T): void {
    const group = this.#groups.get(key) ?? { key, waiting: [], running: 0 }
    this.#groups.set(key, group)
    group.waiting.push(item)
    this.#line(group)
  }

  /** The next item, now counted as running, and what to call when it has ended. */
  take(): { readonly item: T; end(): void } | null {
    const [group] = this.#ready
    if (group === undefined) return null
    this.#ready.delete(group)
    const item = group.waiting.shift() as T
    group.running += 1
    this.#line(group)
    return { item, end: () => this.#end(group) }
  }

  #end(group: Group<T>): void {
    group.running -= 1
    this.#line(group)
    if (group.running === 0 && group.waiting.length === 0) this.#groups.delete(group.key)
  }

  #line(group: Group<T>): void {
    const mayRun = group.key === null || group.running < this.#limit
    if (mayRun && group.waiting.length > 0) this.#ready.add(group)
  }
}
