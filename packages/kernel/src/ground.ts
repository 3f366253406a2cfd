import type { KeyObject } from 'node:crypto'
import type { Address, Json } from '@hearth/protocol'
import type { Actor } from './actor.ts'
import { Draft } from './draft.ts'
import type { Envelope, Replied, ResultEnvelope } from './envelope.ts'
import { homeKeyName, makeHomeKey, self } from './home-keys.ts'
import type { Hot } from './hot.ts'
import type { Aside, EffectId, EffectRow, KeptAnswer, SlotState } from './ports/log.ts'
import type { MasterKey } from './seal.ts'

/** Whether each attempt of a kind is recorded in a commit of its own, and whether it holds a lease. */
export interface KindRules {
  readonly beginsApart: boolean
  readonly leased: boolean
}

/** Everything that deciding may read. Nothing here changes while a batch is decided. */
export interface Ground {
  readonly at: number
  /** An actor has a snapshot written after so many events. */
  readonly snapshotAfter: number
  /** The machine's clock, which may have gone back: what comes due is measured by it, so that a glitch ends with it. */
  readonly now: number
  readonly slots: ReadonlyMap<number, SlotState>
  readonly master: MasterKey
  readonly actors: ReadonlyMap<string, Actor>
  /** As it was before the batch; undefined when it never was. */
  hot(address: Address): Hot | undefined
  homeKey(name: string): KeyObject | undefined
  /** The first position that a key seals which took the place of one that was destroyed; 0 for any other. */
  forgottenAt(name: string): number
  kept(scope: string): KeptAnswer | undefined
  readonly aside?: Aside
  owed(effect: EffectId): EffectRow | undefined
  kind(name: string): KindRules
  /** All that is held of what a home is owed. */
  owedTo(tenant: string, home: string): readonly EffectRow[]
  reference(tenant: string, name: string): Json | undefined
  /** Where it is to be followed what led to what. Nothing is decided by it. */
  readonly traceClock?: (() => number) | undefined
  /** As `hot`, for an actor that is told something: nobody knew before that it would be needed. */
  told(address: Address): Hot | 'absent' | undefined
}

export interface Asked {
  readonly row: EffectRow
  readonly request: Json
}

/** `retry`, `look-later` and `unmade` are tried again, the others are over. */
export interface EndedAttempt {
  /** As it was while the attempt was made. */
  readonly row: EffectRow
  readonly how: 'done' | 'failed' | Exclude<ResultEnvelope['result']['type'], 'settle' | 'begin' | 'beat'>
}

/** Where each row stands and what led to it, and when it was decided. */
export interface DecidingTrace {
  readonly rows: Written[]
  readonly began: number
  ended: number
}

export interface Written {
  readonly principal: string
  readonly correlation: string
  readonly causation: string
  readonly address: Address
  readonly slot: number
  readonly sequence: number
}

/** A batch on its way from envelopes to a draft and replies. */
export interface Deciding {
  readonly ground: Ground
  readonly draft: Draft
  readonly replies: { readonly envelope: Envelope; readonly reply: Replied }[]
  readonly asked: Asked[]
  readonly retried: EffectRow[]
  /** Their attempt is recorded with this batch, and starts after it. */
  readonly begun: EffectRow[]
  /** Their lease is renewed. */
  readonly renewed: EffectRow[]
  /** Actors that cannot be folded, by their address as text. */
  readonly unfoldable: { readonly name: string; readonly needs: string }[]
  /** Results of effects that were no longer owed, or not any more with that attempt. */
  readonly stale: ResultEnvelope[]
  /** Actors that were told something and are not in memory, by name. Unless there are none, they are to be loaded and the batch decided again. */
  readonly absent: Map<string, Address>
  /** How attempts ended, as far as they counted. */
  readonly ended: EndedAttempt[]
  /** Null where nobody follows what led to what. */
  readonly trace: DecidingTrace | null
}

export const beginDeciding = (ground: Ground): Deciding => ({
  ground,
  draft: new Draft(ground.slots, ground.at),
  replies: [],
  asked: [],
  retried: [],
  begun: [],
  renewed: [],
  unfoldable: [],
  stale: [],
  absent: new Map(),
  ended: [],
  trace: ground.traceClock === undefined ? null : { rows: [], began: ground.traceClock(), ended: 0 },
})

/** The key of a home, made with this batch when the home has none. */
export function sealingKey({ ground, draft }: Deciding, tenant: string, home: string): KeyObject {
  const name = homeKeyName(tenant, home, self)
  const known = draft.newKeys.get(name) ?? ground.homeKey(name)
  if (known !== undefined) return known
  const made = makeHomeKey(ground.master, tenant, home, self)
  draft.addHomeKey(name, made.row, made.key)
  return made.key
}
