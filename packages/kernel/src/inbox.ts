import { HearthError } from '@hearth/protocol'
import type { CommandEnvelope, Envelope, KeepEnvelope, Replied, ResultEnvelope } from './envelope.ts'
import { FairQueue } from './fair-queue.ts'
import type { LaneWait } from './outage.ts'

export interface Waiting {
  readonly envelope: Envelope
  /** Absent for results, for which nobody waits. */
  readonly resolve?: (reply: Replied) => void
  readonly reject?: (error: HearthError) => void
  readonly since: number
  /** Set when the caller was told to try again: the command is not decided any more. */
  refused?: boolean
}

export interface InboxLimits {
  readonly count: number
  readonly bytes: number
  readonly crowd?: Crowd
}

/**
 * Where at least `count` commands of a tenant wait, the first of them for `waitedMs` and more, and this has been so for `lastedMs`, it
 * sends more than can be done: the next ones would wait longer still, until they are of no use to those who sent them. From then on no
 * more than `count` are to wait, until fewer did for `calmMs`. A burst passes before.
 */
export interface Crowd {
  readonly count: number
  readonly waitedMs: number
  readonly lastedMs: number
  readonly calmMs: number
}

/** A tenant of which too much waits, or waited a moment ago. */
interface Flood {
  readonly since: number
  /** When too much waited last. */
  last: number
  isOn: boolean
}

/**
 * What waits for a lane. Results are always taken in: they free what is owed. Commands are refused when too much waits, of all or,
 * where several tenants wait, of one.
 */
export class Inbox {
  #results: Waiting[] = []
  #refused = 0
  readonly #commands: FairQueue<Waiting>
  readonly #crowd: Crowd
  readonly #floods = new Map<string, Flood>()

  constructor(limits: InboxLimits) {
    this.#crowd = limits.crowd ?? { count: Infinity, waitedMs: 0, lastedMs: 0, calmMs: 0 }
    this.#commands = new FairQueue(limits, ({ envelope }) => (envelope.type === 'result' ? 0 : envelope.bytes))
  }

  get count(): number {
    return this.#results.length + this.#commands.count
  }

  get bytes(): number {
    return this.#commands.bytes
  }

  /** Commands that found no room. */
  get refused(): number {
    return this.#refused
  }

  oldest(): number | null {
    const since = Math.min(...[...this.#commands.heads()].map((waiting) => waiting.since))
    return Number.isFinite(since) ? since : null
  }

  add(waiting: Waiting & { readonly envelope: CommandEnvelope | KeepEnvelope }): void {
    const { envelope } = waiting
    const tenant = envelope.type === 'keep' ? envelope.tenant : envelope.address.tenant
    if (this.room(tenant, waiting.since) > -this.#crowd.count && this.#commands.add(tenant, waiting)) return
    this.#refused += 1
    throw inboxFull()
  }

  /**
   * How many more of a tenant are to wait here: any number before it floods. Below zero it has had more than that, of what was let in
   * while there was room at others' places; as much again is taken.
   */
  room(tenant: string, now: number): number {
    const { count, waitedMs, lastedMs, calmMs } = this.#crowd
    const waiting = this.#commands.countOf(tenant)
    const flood = this.#floods.get(tenant)
    if (flood?.isOn === true) {
      if (waiting >= count) flood.last = now
      if (now - flood.last < calmMs) return count - waiting
    } else if (waiting >= count && now - (this.#commands.headOf(tenant)?.since ?? now) >= waitedMs) {
      const { since } = flood ?? { since: now }
      const isOn = now - since >= lastedMs
      this.#floods.set(tenant, { since, last: now, isOn })
      return isOn ? count - waiting : Infinity
    }
    if (flood !== undefined) this.#floods.delete(tenant)
    return Infinity
  }

  addResult(envelope: ResultEnvelope, since: number): void {
    this.#results.push({ envelope, since })
  }

  /** Results first, then commands, of tenants in turn; each class keeps at least half of the batch when both wait. */
  take(limit: number): Waiting[] {
    const half = limit >> 1
    const results = this.#results.splice(0, Math.max(half, limit - this.#commands.count))
    const commands = this.#commands.take(limit - results.length)
    return results.length === 0 ? commands : results.concat(commands)
  }

  /** One was refused before it came here. */
  turnedAway(): void {
    this.#refused += 1
  }

  /** Everything that waits for an answer is refused with it; results stay. */
  refuseAll(error: HearthError): void {
    for (const waiting of this.#commands.takeAll()) waiting.reject?.(error)
  }
}

export const inboxFull = (): HearthError =>
  new HearthError('inbox.full', 'Too much is waiting here. Try again in a moment.', { retryAfterSeconds: 1 })

export const unavailable = (wait: LaneWait | null): HearthError =>
  new HearthError('store.unavailable', `The database cannot do this at the moment${why(wait)}.`, {
    retryAfterSeconds: 1,
  })

const why = (wait: LaneWait | null): string => (wait === null ? '' : ` (database.${wait.trouble})`)

/** They are told to try again; what they sent is not decided any more. */
export function refuseWaiters(batch: readonly Waiting[], wait: LaneWait | null): void {
  for (const waiting of batch) {
    if (waiting.reject === undefined) continue
    waiting.refused = true
    waiting.reject(unavailable(wait))
  }
}

/** A batch that holds a command to be committed alone, cut before and after it; none when it may go as it is. */
export function partsOf(batch: readonly Waiting[]): readonly (readonly Waiting[])[] {
  const place = batch.findIndex(({ envelope }) => envelope.type === 'command' && envelope.alone === true)
  if (place < 0 || batch.length === 1) return []
  return [batch.slice(0, place), batch.slice(place, place + 1), batch.slice(place + 1)]
}
