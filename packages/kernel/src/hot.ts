import { formatAddress, type Address } from '@hearth/protocol'
import type { Actor } from './actor.ts'
import type { Unsaved } from './snapshots.ts'
import { weightOf, type Weight } from './weight.ts'

/** An actor as a lane holds it: its state after its last committed event. */
export interface Hot {
  readonly address: Address
  readonly definition: Actor
  readonly slot: number
  /** 0 until its first event is committed. */
  readonly actor: number
  readonly version: number
  readonly state: unknown
  readonly weight: Weight
  readonly unsaved: Unsaved
}

// The entry itself, its address and key; and a state in memory is about twice as large as its JSON.
const entryBytes = 700
const bytesOf = ({ weight }: Hot): number => entryBytes + 2 * weightOf(weight)

/** Actors kept in memory up to so many bytes, the least recently used ones forgotten first. */
export class HotActors {
  readonly #limit: number
  #entries = new Map<string, Hot>()
  #bytes = 0

  constructor(limit: number) {
    this.#limit = limit
  }

  get size(): number {
    return this.#entries.size
  }

  get bytes(): number {
    return this.#bytes
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
    this.#remove(key)
    this.#entries.set(key, hot)
    this.#bytes += bytesOf(hot)
    for (const oldest of this.#entries.keys()) {
      if (this.#bytes <= this.#limit) return
      this.#remove(oldest)
    }
  }

  clear(): void {
    this.#entries.clear()
    this.#bytes = 0
  }

  #remove(key: string): void {
    const hot = this.#entries.get(key)
    if (hot === undefined) return
    this.#entries.delete(key)
    this.#bytes -= bytesOf(hot)
  }
}
