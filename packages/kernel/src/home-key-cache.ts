import type { KeyObject } from 'node:crypto'
import { homeKeyName, openHomeKey } from './home-keys.ts'
import type { HomeKey } from './ports/log.ts'
import type { MasterKey } from './seal.ts'

/** Opened home keys, the least recently used forgotten first, and never while a batch is decided. */
export class HomeKeyCache {
  readonly #limit: number
  readonly #keys = new Map<string, KeyObject>()
  readonly #since = new Map<string, number>()

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

  /** The first position that it seals: what lies before was forgotten. */
  since(name: string): number {
    return this.#since.get(name) ?? 0
  }

  set(name: string, key: KeyObject, since = 0): void {
    this.#keys.set(name, key)
    if (since > 0) this.#since.set(name, since)
  }

  /** Opens and keeps them. A damaged key closes its own home: what needs it is set aside or refused, the rest goes on. */
  open(rows: readonly HomeKey[], master: MasterKey, onDamage: (error: unknown) => void): void {
    for (const row of rows) {
      const name = homeKeyName(row.tenant, row.home, row.person)
      // Read before the person was forgotten, and answered after.
      if ((row.since ?? 0) < this.since(name)) continue
      try {
        this.set(name, openHomeKey(master, row), row.since)
      } catch (error) {
        onDamage(error)
      }
    }
  }

  trim(): void {
    for (const name of this.#keys.keys()) {
      if (this.#keys.size <= this.#limit) return
      this.#keys.delete(name)
      this.#since.delete(name)
    }
  }
}
