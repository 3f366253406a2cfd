/** Items of one tenant, group and urgency. */
interface Queue<T> {
  readonly tenant: Tenant<T>
  readonly place: string
  readonly key: string | null
  readonly ready: Set<Queue<T>>
  readonly waiting: T[]
  /** Taken since it was last looked at. */
  taken: number
  /** Whether it was long then. */
  wasLong: boolean
}

interface Tenant<T> {
  readonly name: string
  readonly queues: Map<string, Queue<T>>
  /** Queues that may run something, in order of their turn. */
  readonly urgent: Set<Queue<T>>
  readonly usual: Set<Queue<T>>
  turns: number
  waiting: number
}

interface Group<T> {
  running: number
  /** Those of all tenants that have something waiting. */
  readonly queues: Set<Queue<T>>
}

export interface Place {
  readonly tenant: string
  /** Without a group there is no limit of one. */
  readonly group: string | null
  readonly urgent?: boolean
}

/** Of so many turns of a tenant one goes to what is not urgent, however much is. */
const usualEvery = 4

/** So many queues of a tenant, and tenants, stay when nothing waits in them: making them anew for each effect costs more. */
const mostIdle = 64

/**
 * What waits for its turn. Tenants take turns one item at a time; within a tenant what is urgent goes first, and groups take turns.
 * No group runs more than `limit` at once, of whichever tenants its items are.
 */
export class Turns<T> {
  readonly #limit: number
  readonly #tenants = new Map<string, Tenant<T>>()
  readonly #groups = new Map<string, Group<T>>()
  /** Tenants that may run something, in order of their turn. */
  readonly #ready = new Set<Tenant<T>>()
  #waiting = 0

  constructor(limit: number) {
    this.#limit = limit
  }

  add({ tenant: name, group, urgent = false }: Place, item: T): void {
    const tenant = this.#tenant(name)
    const place = `${urgent ? '!' : '.'}${group ?? ''}${group === null ? '' : '.'}`
    const known = tenant.queues.get(place)
    const queue = known ?? {
      tenant,
      place,
      key: group,
      ready: urgent ? tenant.urgent : tenant.usual,
      waiting: [],
      taken: 0,
      wasLong: false,
    }
    if (known === undefined) tenant.queues.set(place, queue)
    queue.waiting.push(item)
    tenant.waiting += 1
    this.#waiting += 1
    if (group !== null) this.#group(group).queues.add(queue)
    this.#line(queue)
  }

  /** The next item, now counted as running, and what to call when it has ended. */
  take(): { readonly item: T; end(): void } | null {
    const [tenant] = this.#ready
    if (tenant === undefined) return null
    const queue = nextOf(tenant)
    const item = queue.waiting.shift() as T
    queue.taken += 1
    tenant.waiting -= 1
    this.#waiting -= 1
    this.#begin(queue)
    if (queue.waiting.length === 0) this.#forget(queue)
    this.#ready.delete(tenant)
    if (tenant.urgent.size + tenant.usual.size > 0) this.#ready.add(tenant)
    return { item, end: () => this.#end(queue.key) }
  }

  /** Whether anything waits. */
  get isEmpty(): boolean {
    return this.#waiting === 0
  }

  /**
   * Looks at all queues, and takes away what one holds beyond `most` and beyond `times` as many as were taken of it since the last
   * look. One that was short then is only looked at: what has just come has had no time to be taken.
   */
  surplus(most: number, times: number, may: (item: T) => boolean): readonly T[] {
    return this.#takeAway((queue) => {
      const { wasLong, taken } = queue
      queue.taken = 0
      queue.wasLong = queue.waiting.length > most
      return wasLong ? Math.max(most, taken * times) : Infinity
    }, may)
  }

  /** Takes away all that may be taken away. */
  clear(may: (item: T) => boolean): readonly T[] {
    return this.#takeAway(() => 0, may)
  }

  /** Of each queue the last to come, beyond what it keeps. */
  #takeAway(keeps: (queue: Queue<T>) => number, may: (item: T) => boolean): readonly T[] {
    const found: T[] = []
    for (const tenant of this.#tenants.values())
      for (const queue of tenant.queues.values()) {
        const before = queue.waiting.length
        for (const item of queue.waiting.splice(keeps(queue))) (may(item) ? found : queue.waiting).push(item)
        const gone = before - queue.waiting.length
        tenant.waiting -= gone
        this.#waiting -= gone
        if (gone > 0 && queue.waiting.length === 0) this.#empty(queue)
      }
    return found
  }

  /** Nothing of it waits any more, and none of it was taken. */
  #empty(queue: Queue<T>): void {
    this.#bar(queue)
    if (queue.key !== null) this.#group(queue.key).queues.delete(queue)
    this.#forget(queue)
  }

  #begin(queue: Queue<T>): void {
    queue.ready.delete(queue)
    const { key } = queue
    if (key === null) return this.#line(queue)
    const group = this.#group(key)
    group.running += 1
    if (queue.waiting.length === 0) group.queues.delete(queue)
    if (group.running < this.#limit) return this.#line(queue)
    for (const other of group.queues) this.#bar(other)
  }

  #forget({ tenant, place }: Queue<T>): void {
    if (tenant.queues.size > mostIdle) tenant.queues.delete(place)
    if (tenant.waiting === 0 && this.#tenants.size > mostIdle) this.#tenants.delete(tenant.name)
  }

  #bar(queue: Queue<T>): void {
    queue.ready.delete(queue)
    const { tenant } = queue
    if (tenant.urgent.size + tenant.usual.size === 0) this.#ready.delete(tenant)
  }

  #end(key: string | null): void {
    if (key === null) return
    const group = this.#group(key)
    group.running -= 1
    if (group.running === 0 && group.queues.size === 0) this.#groups.delete(key)
    for (const queue of group.queues) this.#line(queue)
  }

  #line(queue: Queue<T>): void {
    const { key, tenant } = queue
    if (queue.waiting.length === 0) return
    if (key !== null && this.#group(key).running >= this.#limit) return
    queue.ready.add(queue)
    this.#ready.add(tenant)
  }

  #tenant(name: string): Tenant<T> {
    const tenant = this.#tenants.get(name) ?? {
      name,
      queues: new Map(),
      urgent: new Set(),
      usual: new Set(),
      turns: 0,
      waiting: 0,
    }
    this.#tenants.set(name, tenant)
    return tenant
  }

  #group(key: string): Group<T> {
    const group = this.#groups.get(key) ?? { running: 0, queues: new Set() }
    this.#groups.set(key, group)
    return group
  }
}

function nextOf<T>(tenant: Tenant<T>): Queue<T> {
  tenant.turns += 1
  const isUsual = tenant.urgent.size === 0 || (tenant.usual.size > 0 && tenant.turns % usualEvery === 0)
  const [queue] = isUsual ? tenant.usual : tenant.urgent
  return queue as Queue<T>
}
