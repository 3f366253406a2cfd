import { ShortLived } from './short-lived.ts'

interface Queue<T> {
  readonly items: T[]
  bytes: number
  /** Items before it are taken already. */
  head: number
}

export interface Sized {
  readonly bytes: number
}

export interface QueueLimits {
  readonly count: number
  readonly bytes: number
}

/**
 * Commands by tenant, taken in turn, so that a tenant who sends much waits for itself. One tenant alone has all the room. Where
 * several wait each has its share, and may have it although another has filled the room: at most twice the room is ever taken.
 */
export class FairQueue<T> {
  readonly #limits: QueueLimits
  readonly #bytesOf: (item: T) => number
  /** In the order of their turns. */
  readonly #tenants = new ShortLived<string, Queue<T>>()
  #count = 0
  #bytes = 0

  constructor(limits: QueueLimits, bytesOf: (item: T) => number) {
    this.#limits = limits
    this.#bytesOf = bytesOf
  }

  get count(): number {
    return this.#count
  }

  get bytes(): number {
    return this.#bytes
  }

  /** The first of each tenant. */
  *heads(): Iterable<T> {
    for (const { items } of this.#tenants.values()) if (items[0] !== undefined) yield items[0]
  }

  /** How many of a tenant wait. */
  countOf(tenant: string): number {
    return this.#tenants.get(tenant)?.items.length ?? 0
  }

  headOf(tenant: string): T | undefined {
    return this.#tenants.get(tenant)?.items[0]
  }

  /** False when there is no room for it. */
  add(tenant: string, item: T): boolean {
    const bytes = this.#bytesOf(item)
    const known = this.#tenants.get(tenant)
    if (!this.#hasRoom(known, bytes)) return false
    const queue = known ?? { items: [], bytes: 0, head: 0 }
    if (known === undefined) this.#tenants.set(tenant, queue)
    queue.items.push(item)
    queue.bytes += bytes
    this.#count += 1
    this.#bytes += bytes
    return true
  }

  take(limit: number): T[] {
    if (this.#tenants.size === 1)
      for (const [tenant, queue] of this.#tenants.entries()) return this.#takeFrom(tenant, queue, limit)
    const taken: T[] = []
    // A tenant whose turn was taken is put behind the others: a map is walked in the order of its entries, also of new ones.
    for (const [tenant, queue] of this.#tenants.entries()) {
      if (taken.length >= limit) break
      taken.push(queue.items[queue.head] as T)
      queue.head += 1
      this.#tenants.delete(tenant)
      if (queue.head < queue.items.length) this.#tenants.set(tenant, queue)
      else this.#forget(queue.items.length, queue.bytes)
    }
    for (const queue of this.#tenants.values()) if (queue.head > 0) this.#cut(queue)
    return taken
  }

  takeAll(): T[] {
    return this.take(this.#count)
  }

  #hasRoom(own: Queue<T> | undefined, bytes: number): boolean {
    const { count: mostCount, bytes: mostBytes } = this.#limits
    const tenants = this.#tenants.size + (own === undefined ? 1 : 0)
    if (tenants === 1) return this.#count < mostCount && this.#bytes + bytes <= mostBytes
    const { items: { length = 0 } = [], bytes: ownBytes = 0 } = own ?? {}
    const isWithinShare = length < mostCount / tenants && ownBytes + bytes <= mostBytes / tenants
    return isWithinShare && this.#count < mostCount * 2 && this.#bytes + bytes <= mostBytes * 2
  }

  #takeFrom(tenant: string, queue: Queue<T>, limit: number): T[] {
    if (limit >= queue.items.length) {
      this.#tenants.delete(tenant)
      this.#forget(queue.items.length, queue.bytes)
      return queue.items
    }
    queue.head = limit
    return this.#cut(queue)
  }

  #cut(queue: Queue<T>): T[] {
    const cut = queue.items.splice(0, queue.head)
    queue.head = 0
    const bytes = cut.reduce((sum, item) => sum + this.#bytesOf(item), 0)
    queue.bytes -= bytes
    this.#forget(cut.length, bytes)
    return cut
  }

  #forget(count: number, bytes: number): void {
    this.#count -= count
    this.#bytes -= bytes
  }
}
