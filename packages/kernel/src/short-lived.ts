interface Cell<V> {
  value: V | undefined
}

/**
 * A map for what comes and goes quickly. The engine's own map, when it has outgrown a table, lets that refer to its entries and to
 * the table after it: once one is old, everything that passes through the map stays in memory until all of it is looked through.
 * Here an entry lets go of its value when it is removed.
 */
export class ShortLived<K, V extends object> {
  readonly #cells = new Map<K, Cell<V>>()

  get size(): number {
    return this.#cells.size
  }

  get(key: K): V | undefined {
    return this.#cells.get(key)?.value
  }

  has(key: K): boolean {
    return this.#cells.has(key)
  }

  set(key: K, value: V): void {
    const cell = this.#cells.get(key)
    if (cell === undefined) this.#cells.set(key, { value })
    else cell.value = value
  }

  delete(key: K): boolean {
    const cell = this.#cells.get(key)
    if (cell === undefined) return false
    cell.value = undefined
    return this.#cells.delete(key)
  }

  /** In the order in which their keys came. What is removed and set again meanwhile comes again. */
  *values(): IterableIterator<V> {
    for (const { value } of this.#cells.values()) if (value !== undefined) yield value
  }

  *entries(): IterableIterator<[K, V]> {
    for (const [key, { value }] of this.#cells) if (value !== undefined) yield [key, value]
  }
}
