import { HearthError } from '@hearth/protocol'
import type { CommandEnvelope, Envelope, KeepEnvelope, Replied, ResultEnvelope } from './envelope.ts'
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
}

/** What waits for a lane. Results are always taken in: they free what is owed. Commands are refused when too much waits. */
export class Inbox {
  readonly #limits: InboxLimits
  #results: Waiting[] = []
  #commands: Waiting[] = []
  #bytes = 0

  constructor(limits: InboxLimits) {
    this.#limits = limits
  }

  get count(): number {
    return this.#results.length + this.#commands.length
  }

  get bytes(): number {
    return this.#bytes
  }

  oldest(): number | null {
    return this.#commands[0]?.since ?? null
  }

  add(waiting: Waiting & { readonly envelope: CommandEnvelope | KeepEnvelope }): void {
    if (this.#commands.length >= this.#limits.count || this.#bytes + waiting.envelope.bytes > this.#limits.bytes) {
      throw new HearthError('inbox.full', 'Too much is waiting here. Try again in a moment.', { retryAfterSeconds: 1 })
    }
    this.#bytes += waiting.envelope.bytes
    this.#commands.push(waiting)
  }

  addResult(envelope: ResultEnvelope, since: number): void {
    this.#results.push({ envelope, since })
  }

  /** Results first, then commands; each class keeps at least half of the batch when both wait. */
  take(limit: number): Waiting[] {
    const half = limit >> 1
    const results = this.#results.splice(0, Math.max(half, limit - this.#commands.length))
    const commands = this.#commands.splice(0, limit - results.length)
    for (const { envelope } of commands) if (envelope.type !== 'result') this.#bytes -= envelope.bytes
    return results.concat(commands)
  }

  /** Everything that waits for an answer is refused with it; results stay. */
  refuseAll(error: HearthError): void {
    const commands = this.#commands.splice(0)
    this.#bytes = 0
    for (const waiting of commands) waiting.reject?.(error)
  }
}

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
