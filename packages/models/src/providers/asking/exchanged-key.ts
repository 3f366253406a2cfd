import { whyStopped } from './asked.ts'
import { ModelError } from '../../failure.ts'

/** What a key was exchanged for, which is good for a while. */
export interface Ticket {
  readonly token: string
  readonly forMs: number
}

export interface ExchangedKey<T extends Ticket> {
  /** Rejects with what exchanging failed with, and when nobody waits any more: others may wait for the same. */
  ticket(signal: AbortSignal | null | undefined): Promise<T>
  /** It is not taken any more. */
  drop(ticket: T): void
}

/** Of its time so much is left when another is fetched. */
const spare = 0.2
/** After so long it is asked again where renewing failed. */
const againMs = 10_000

/** Keeps one ticket, and fetches the next before it is over; one at a time, however many wait for it. */
export function exchangedKey<T extends Ticket>(
  exchange: () => Promise<T>,
  clock: () => number = () => performance.now(),
): ExchangedKey<T> {
  let kept: { readonly ticket: T; readonly until: number; renewAt: number } | null = null
  let fetching: Promise<T> | null = null
  const fetched = (): Promise<T> => {
    fetching ??= exchange().then(
      (ticket) => {
        const now = clock()
        kept = { ticket, until: now + ticket.forMs, renewAt: now + ticket.forMs * (1 - spare) }
        fetching = null
        return ticket
      },
      (error: unknown) => {
        if (kept !== null) kept.renewAt = clock() + againMs
        fetching = null
        throw error
      },
    )
    return fetching
  }
  return {
    ticket: async (signal) => {
      if (signal?.aborted === true) throw new ModelError(whyStopped(signal))
      const now = clock()
      if (kept === null || kept.until <= now) return unlessStopped(fetched(), signal)
      // The one that is kept is good for longer than the next takes.
      if (kept.renewAt <= now) fetched().catch(() => undefined)
      return kept.ticket
    },
    drop: (ticket) => {
      if (kept?.ticket === ticket) kept = null
    },
  }
}

function unlessStopped<T>(waiting: Promise<T>, signal: AbortSignal | null | undefined): Promise<T> {
  if (signal === null || signal === undefined) return waiting
  return new Promise((resolve, reject) => {
    const stop = (): void => reject(new ModelError(whyStopped(signal)))
    signal.addEventListener('abort', stop, { once: true })
    waiting.then(resolve, reject).finally(() => signal.removeEventListener('abort', stop))
  })
}
