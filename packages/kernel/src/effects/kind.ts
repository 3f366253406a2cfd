import type { Json } from '@hearth/protocol'
import type { Address } from '@hearth/protocol'

/**
 * What the other side does with a call that arrives twice. `idempotent`: it takes our id and answers once.
 * `reconcilable`: our id comes back in its statuses, so look before trying again. `unsafe`: a person decides.
 */
export type DeliveryClass = 'idempotent' | 'reconcilable' | 'unsafe'

/** How one attempt ended. A thrown error counts as `retryable` of unknown cause. */
export type AttemptResult =
  | { readonly type: 'done'; readonly value: Json }
  | { readonly type: 'terminal'; readonly reason: string }
  | { readonly type: 'retryable'; readonly reason: string; readonly afterMs?: number }

export interface Attempt {
  /** The same at every attempt: the key to give to the other side. */
  readonly id: string
  readonly attempt: number
  readonly address: Address
  readonly signal: AbortSignal
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
  /** After this the attempt has failed, whether its executor obeys the signal or not. */
  readonly timeoutMs: number
  /** How long to wait before attempt `next` (2, 3 …); null ends the effect as failed. */
  backoffMs(next: number, request: Json): number | null
  run(request: Json, attempt: Attempt): Promise<AttemptResult>
}
