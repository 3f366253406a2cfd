import type { Address, Json } from '@hearth/protocol'
import type { Position } from '@hearth/protocol'
import type { Outcome, Tagged } from './actor.ts'
import type { EffectId } from './ports/log.ts'

/** What a command came to, before a door gives it a form. */
export type Answer =
  | { readonly type: 'accepted'; readonly output: Json }
  | {
      readonly type: 'refused'
      readonly code: string
      readonly detail: string
      /** Only for now: it can be decided when what the actor needs is there. */
      readonly forNow?: true
    }

/** An answer in its final form: what is kept under an idempotency key and given again byte for byte. */
export interface Reply {
  readonly status: number
  readonly body: string
}

/** What comes back where no answer was kept, and none was to be. */
export const noneKept: Reply = { status: 0, body: '' }

/** Refusals of invalid input and faults of ours are not kept: the same key may be tried again. */
export const isKept = ({ status }: Reply): boolean => status !== 400 && status < 500

export interface Replied extends Reply {
  readonly position: Position | null
  readonly replayed: boolean
}

export interface IdempotencyKey {
  /** A UUID made from tenant, principal, operation and key. */
  readonly scope: string
  /** A UUID made from the canonical input. */
  readonly hash: string
}

export interface Asked {
  readonly asker: Address
  readonly hops: number
  /** Not decided any more after this, by the machine's clock; null when there is always time. */
  readonly deadline: number | null
}

/** How a person ends or repeats what was set aside. */
export type RepairWay = 'again' | 'done' | 'failed'

export interface Repair {
  readonly what: { readonly effect: EffectId } | { readonly letter: string }
  readonly as: RepairWay
}

/** A command on its way to an actor. */
export interface CommandEnvelope {
  readonly type: 'command'
  readonly id: string
  readonly address: Address
  readonly command: Tagged
  readonly principal: string
  readonly correlation: string
  readonly key: IdempotencyKey | null
  readonly bytes: number
  /** Committed apart from what comes before and after it. */
  readonly alone?: boolean
  /** Set when an actor of another home asks for this. */
  readonly asked?: Asked
  /** Set when this is no command of its own, but says what becomes of what was set aside. It comes `alone`. */
  readonly repairs?: Repair
  /** Pure: an answer always has the same form. A status of 5xx is not kept. */
  present(answer: Answer): Reply
}

/** The answer of a read that came with an idempotency key: nothing is decided, the answer is kept. Without one it only asks which was kept before. */
export interface KeepEnvelope {
  readonly type: 'keep'
  readonly id: string
  readonly tenant: string
  readonly home: string
  readonly correlation: string
  readonly key: IdempotencyKey
  readonly reply: Reply | null
  /** Where the home's slot stood before it was read, as far as that was known: what was read of somebody who was forgotten since is not kept. */
  readonly readAt?: number
  readonly bytes: number
  present(answer: Answer): Reply
}

/** What became of an attempt at an effect. */
export interface ResultEnvelope {
  readonly type: 'result'
  readonly effect: EffectId
  readonly attempt: number
  readonly result:
    | { readonly type: 'settle'; readonly outcome: Outcome }
    /** It waits for a person. */
    | { readonly type: 'stuck'; readonly reason: string }
    /** It is given up, and may be replayed. */
    | { readonly type: 'dead'; readonly reason: string }
    /** The attempt ended and the next one comes later: recorded now, or in a commit of its own when it begins. */
    | { readonly type: 'retry'; readonly afterMs: number; readonly reason: string; readonly recorded: boolean }
    /** Whether the attempt was made is not known yet: the same one is looked for again later. */
    | { readonly type: 'look-later'; readonly afterMs: number; readonly reason: string }
    /** The attempt was recorded, and surely not made: it is made later, under the same number. */
    | { readonly type: 'unmade'; readonly afterMs: number; readonly reason: string }
    /** The attempt after the one named is about to be made. */
    | { readonly type: 'begin' }
    /** It still runs. */
    | { readonly type: 'beat' }
    /** It waits for code that has what it needs. */
    | { readonly type: 'wait'; readonly needs: string }
}

export type Envelope = CommandEnvelope | KeepEnvelope | ResultEnvelope
