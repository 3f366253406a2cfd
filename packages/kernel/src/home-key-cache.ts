import type { KeyObject } from 'node:crypto'

/** Opened home keys, the least recently used forgotten first, and never while a batch is decided. */
export class HomeKeyCache {
  readonly #limit: number
  readonly #keys = new Map<string, KeyObject>()

  constructor(limit: number) {
    this.#limit = limit
  }

  has(name: string): boolean {
    return this.#keys.has(name)
  }

  get(name: string): KeyObject | undefined {
    const key = this.#keys.get(name)
    if (key === undefined) return undefined
    this.#keys.delete(name)
    this.#keys.set(name, key)
    return key
  }

  set(name: string, key: KeyObject): void {
    this.#keys.set(name, key)
  }

  trim(): void {
    for (const name of this.#keys.keys()) {
      if (this.#keys.size <= this.#limit) return
      this.#keys.delete(name)
    }
  }
}
