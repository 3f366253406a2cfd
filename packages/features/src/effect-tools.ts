import type { Attempt, References, Tagged } from '@hearth/kernel'
import type { Network } from '@hearth/models'
import type { Address, Json, LivePart } from '@hearth/protocol'

/** Seals secrets so that they can be kept in events. Opened by effects that use them, and for what their owner may see again. */
export interface Vault {
  seal(secret: string, about: string): string
  open(sealed: string, about: string): string
}

/** The one way out to the network. Refuses private addresses unless allowed, and follows no redirect. */
export interface Egress {
  post(request: {
    readonly url: string
    readonly headers: Readonly<Record<string, string>>
    readonly body: string
    readonly allowPrivate: boolean
    readonly signal: AbortSignal
  }): Promise<{ readonly status: number; readonly retryAfterMs: number | null }>
}

/** That a person was forgotten, and when. */
export interface Tombstone {
  readonly tenant: string
  readonly home: string
  readonly at: number
}

/** What effects work with, besides the request of an attempt. */
export interface EffectTools {
  /** Keeps it where no backup of the database reaches. Once more does no harm. */
  readonly tombstones: { keep(tombstone: Tombstone): Promise<void> }
  readonly egress: Egress
  /** The same way out, for answers that come in pieces. */
  readonly network: Network
  readonly vault: Vault
  readonly references: Pick<References, 'get'>
  /** What an attempt tells whom it reaches of the trace that it is part of, as W3C Trace Context says; undefined where it is part of none. */
  traceparent(attempt: Pick<Attempt, 'id' | 'attempt' | 'correlation'>): string | undefined
  /** Tells whoever watches the actor what an attempt at a step of a turn brings while it runs. To be disposed of where the attempt ends. */
  turn(attempt: Attempt, turn: string): Telling
  /** Has an actor decide what this process came to know. Lost where it ends before. */
  note(to: Address, command: Tagged): void
  /**
   * The same for what must not be lost while this process lives: gives the answer when it is committed, rejects where that is not known.
   * `alone`: committed apart from all others.
   */
  decide(to: Address, command: Tagged, bytes: number, how?: { readonly alone: true }): Promise<Json>
  /** Something to be done before this process gives up its actors, while they still decide. */
  beforeEnd(task: () => Promise<void>): void
  /** What the processes of this server tell one another. It may not arrive, and nobody is owed it. */
  readonly news: {
    tell(topic: string, body: Json): void
    hear(topic: string, listen: (body: Json) => void): void
  }
  /**
   * Takes of what a name may do in a span of time, over all processes of the server. `all`: all of it or nothing, where it is more than fits in
   * a span once that is full. `always`: whatever is left; below nothing where it is more, and given back where it is negative.
   */
  allow(
    name: string,
    allowance: { readonly requests: number; readonly withinMs: number },
    amount: number,
    how: 'all' | 'always',
  ): Granted | Promise<Granted>
  /** What a feature has counted itself, in the text form of Prometheus: families that it names as `counted`. */
  expose(lines: () => string): void
}

export interface Granted {
  readonly granted: number
  /** Until there is enough; 0 where something was granted. */
  readonly waitMs: number
}

/** Cheap where nobody listens, and never in the way of the work: who is slow misses something and is told what it was. */
export interface Telling extends Disposable {
  /** More of the step's text. */
  text(delta: string): void
  /** Something else, at this place of its text. */
  part(part: LivePart): void
}
