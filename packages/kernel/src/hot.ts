import type { Address } from '@hearth/protocol'
import type { Actor } from './actor.ts'
import type { Unsaved } from './snapshots.ts'
import { weightOf, type Weight } from './weight.ts'

/** An actor as a lane holds it: its state after its last committed event. */
export interface Hot {
  readonly address: Address
  /** The address as text. */
  readonly name: string
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

interface Entry {
  hot: Hot
  bytes: number
  /** Since the hand last came by. */
  used: boolean
}

/**
 * Actors kept in memory up to so many bytes. A hand goes round and forgets those that were not used since it last came by: moving
 * an entry at each use, as a list in order of use would, made the table of all of them new again and again.
 */
export class HotActors {
  readonly #limit: number
  readonly #entries = new Map<string, Entry>()
  #hand = this.#entries.values()
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

  get(name: string): Hot | undefined {
    const entry = this.#entries.get(name)
    if (entry === undefined) return undefined
    entry.used = true
    return entry.hot
  }

  put(hot: Hot): void {
    const bytes = bytesOf(hot)
    const entry = this.#entries.get(hot.name)
    if (entry === undefined) {
      this.#entries.set(hot.name, { hot, bytes, used: false })
      this.#bytes += bytes
    } else {
      this.#bytes += bytes - entry.bytes
      entry.hot = hot
      entry.bytes = bytes
      entry.used = true
    }
    while (this.#bytes > this.#limit) this.#step()
  }

  clear(): void {
    this.#entries.clear()
    this.#hand = this.#entries.values()
    this.#bytes = 0
  }

  #step(): void {
    const { value: entry } = this.#hand.next()
    if (entry === undefined) this.#hand = this.#entries.values()
    else if (entry.used) entry.used = false
    else {
      this.#entries.delete(entry.hot.name)
      this.#bytes -= entry.bytes
    }
  }
}
