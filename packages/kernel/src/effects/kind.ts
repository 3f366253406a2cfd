import type { Address, Json, LivePart } from '@hearth/protocol'

/**
 * What the other side does with a call that arrives twice. `idempotent`: it takes our id and answers once.
 * `reconcilable`: our id comes back in its statuses, so look before trying again. `unsafe`: a person decides.
 */
export type DeliveryClass = 'idempotent' | 'reconcilable' | 'unsafe'

/**
 * How one attempt ended. `retryable`: surely nothing was done, and it may work later. `unknown`: it may or may not have reached the
 * other side; so counts what an executor throws, and silence until its time is up.
 */
export type AttemptResult =
  | {
      readonly type: 'done'
      readonly value: Json
      /**
       * Of an attached effect: what its caller need not wait for, and a stop does, as its record. It never rejects, and holds on to nothing
       * that it does not need: thousands may be at it at once.
       */
      readonly rest?: Promise<void>
    }
  | { readonly type: 'terminal'; readonly reason: string }
  | { readonly type: 'retryable'; readonly reason: string; readonly afterMs?: number }
  | { readonly type: 'unknown'; readonly reason: string }

/** What looking for an attempt on the other side found. */
export type Finding =
  | { readonly type: 'made'; readonly value: Json }
  | { readonly type: 'not-made' }
  | { readonly type: 'unknown'; readonly reason: string }

export interface Attempt {
  /** The same at every attempt: the key to give to the other side. */
  readonly id: string
  readonly attempt: number
  readonly address: Address
  /** Of what asked for it. */
  readonly correlation: string
  readonly signal: AbortSignal
  /** Tells a caller who waits how it goes; undefined where nobody does. */
  readonly part?: ((part: LivePart) => void) | undefined
  /** Of an attached effect: what its caller handed over as it is, since it cannot be written down. */
  readonly handed?: unknown
}

/** What a trace tells of an attempt, where its kind has words of its own for it. */
export interface AttemptSpan {
  readonly name: string
  readonly attributes: Readonly<Record<string, string | number | undefined>>
  readonly isError: boolean
  /** How long it took, where it went on after what matters had ended. */
  readonly ms?: number
}

/** The only way out of the kernel into the world. */
export interface EffectKind {
  readonly kind: string
  readonly delivery: DeliveryClass
  /** Attempts that run at once, of all groups. */
  readonly concurrency: number
  /** Attempts of one group that run at once; as many as of the kind when absent. */
  readonly groupConcurrency?: number
  /** Requests of one group share a receiver: groups take turns, so that a slow one leaves room to the others. Null is in no group. */
  group?(request: Json): string | null
  /** Goes before the rest of its tenant that waits. */
  urgent?(request: Json): boolean
  /** After this the attempt has failed, whether its executor obeys the signal or not. */
  readonly timeoutMs: number
  /** How long to wait before attempt `next` (2, 3 …); null ends the effect as failed. */
  backoffMs(next: number, request: Json): number | null
  run(request: Json, attempt: Attempt): Promise<AttemptResult>
  /** Of an attempt that was done: its value in the words of those who read traces. */
  traced?(value: Json, attempt: Pick<Attempt, 'address'>): AttemptSpan
  /** Of reconcilable kinds: looks whether the attempt has reached the other side. A throw counts as not known. */
  look?(request: Json, attempt: Attempt): Promise<Finding>
  /** Of unsafe kinds: what becomes of an attempt whose end is unknown. It waits for a person unless this says otherwise. */
  unsure?(request: Json): 'repeat' | 'park'
  /** After so many attempts the next one of unknown end makes it a dead letter; 10 when absent. */
  readonly mostUnknown?: number
  /**
   * It may run for long: the attempt holds a lease that is renewed while it runs, and whoever takes over its slot waits until the
   * lease is over instead of running it beside the former owner.
   */
  readonly leased?: boolean
}

/** Leases are renewed every third of it. */
export const leaseMs = 30_000

/** Whether each attempt is recorded in a commit of its own: where it matters whether a recorded one was made. */
export const beginsApart = ({ delivery, leased = false }: EffectKind): boolean => delivery !== 'idempotent' || leased
