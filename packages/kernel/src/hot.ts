import { formatAddress, type Address } from '@hearth/protocol'
import type { Actor } from './actor.ts'

/** An actor as a lane holds it: its state after its last committed event. */
export interface Hot {
  readonly address: Address
  readonly definition: Actor
  readonly slot: number
  /** 0 until its first event is committed. */
  readonly actor: number
  readonly version: number
  readonly state: unknown
}

/** Actors kept in memory, the least recently used ones forgotten first. */
export class HotActors {
  readonly #limit: number
  #entries = new Map<string, Hot>()

  constructor(limit: number) {
    this.#limit = limit
  }

  get size(): number {
    return this.#entries.size
  }

  get(key: string): Hot | undefined {
    const hot = this.#entries.get(key)
    if (hot === undefined) return undefined
    this.#entries.delete(key)
    this.#entries.set(key, hot)
    return hot
  }

  put(hot: Hot): void {
    const key = formatAddress(hot.address)
    this.#entries.delete(key)
    this.#entries.set(key, hot)
    if (this.#entries.size > this.#limit) {
      const oldest = this.#entries.keys().next().value
      if (oldest !== undefined) this.#entries.delete(oldest)
    }
  }

  evict(key: string): void {
    this.#entries.delete(key)
  }

  clear(): void {
    this.#entries.clear()
  }
}
