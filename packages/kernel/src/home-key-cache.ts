import type { KeyObject } from 'node:crypto'
import { homeKeyName, openHomeKey } from './home-keys.ts'
import type { HomeKey } from './ports/log.ts'
import type { MasterKey } from './seal.ts'

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

  /** Opens and keeps them. A damaged key closes its own home: what needs it is set aside or refused, the rest goes on. */
  open(rows: readonly HomeKey[], master: MasterKey, onDamage: (error: unknown) => void): void {
    for (const row of rows) {
      try {
        this.set(homeKeyName(row.tenant, row.home, row.person), openHomeKey(master, row))
      } catch (error) {
        onDamage(error)
      }
    }
  }

  trim(): void {
    for (const name of this.#keys.keys()) {
      if (this.#keys.size <= this.#limit) return
      this.#keys.delete(name)
    }
  }
}
