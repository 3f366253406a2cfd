import type { Address, Json } from '@hearth/protocol'
import { refuse, type Ask, type DecideContext, type Refusal, type Settlement, type Tagged } from './actor.ts'
import type { Asked, CommandEnvelope } from './envelope.ts'
import type { Deciding } from './ground.ts'

export const askKindName = 'ask'

/** One home may ask because it was asked, this many times; beyond it the last ask is refused. */
export const mostHops = 32

/** Answers are kept for eight days: within seven an ask that is made again surely finds what became of it. */
export const longestTimeoutMs = 7 * 86_400_000

/** What an actor wants of one of another home. */
export interface Question {
  readonly to: Address
  readonly command: Tagged
  /** After it the other home refuses, if it was not asked before. Absent: there is always time. */
  readonly timeoutMs?: number
}

export interface AskRequest {
  readonly to: Address
  readonly command: Tagged
  readonly deadline: number | null
  readonly hops: number
}

/** What the other home made of it. */
export type AskAnswer =
  | { readonly type: 'accepted'; readonly output: Json }
  | { readonly type: 'refused'; readonly code: string; readonly detail: string }

/**
 * The effect that asks an actor of another home. It is owed until the other home surely accepted or refused, however long that takes. An
 * actor that will not wait so long asks for a timer at the deadline beside it; what is accepted all the same is told to it later,
 * as the settlement of the ask, and is its to undo.
 */
export function askOf({ to, command, timeoutMs }: Question, { at, hops }: Pick<DecideContext, 'at' | 'hops'>): Ask {
  if (timeoutMs !== undefined && timeoutMs > longestTimeoutMs) throw new Error('an ask is for seven days at most')
  const deadline = timeoutMs === undefined ? null : at + timeoutMs
  const request: AskRequest = { to, command, deadline, hops: hops + 1 }
  return { kind: askKindName, request: request as unknown as Json }
}

/** The timer that rings when an ask has had its time. */
export const deadlineOf = (ask: Ask): Ask => {
  const { deadline } = ask.request as unknown as AskRequest
  if (deadline === null) throw new Error('this ask has no deadline')
  return { kind: 'timer', due: deadline, request: null }
}

/** What became of an ask. */
export function asked({ kind, outcome }: Settlement): AskAnswer {
  if (kind !== askKindName) throw new Error(`an effect of kind ${kind} asks nobody`)
  if (outcome.type === 'done') return outcome.value as unknown as AskAnswer
  return { type: 'refused', code: 'command.failed', detail: outcome.reason }
}

/** An ask that follows from the end of another is as far from the first as that was. */
export const hopsBefore = (settlement: Settlement): number =>
  settlement.kind === askKindName ? (settlement.request as unknown as AskRequest).hops - 1 : 0

const unknown = refuse('home.unknown', 'There is no such home.')

const refused = ({ code, detail }: Refusal): AskAnswer => ({ type: 'refused', code, detail })

/** What keeps an ask from leaving. Another tenant's home is never reached, so that nothing is left there, and nothing learnt. */
export function barBefore({ to, hops }: Pick<AskRequest, 'to' | 'hops'>, asker: Address): AskAnswer | null {
  if (hops > mostHops) return refused(refuse('ask.too-many-hops', `Homes ask one another ${mostHops} times at most.`))
  return to.tenant === asker.tenant ? null : refused(unknown)
}

/** What keeps an ask from being decided. A home that is not there and one that does not answer look the same. */
export function barTo({ ground }: Deciding, { address, command }: CommandEnvelope, from: Asked): Refusal | null {
  const isOpen = ground.actors.get(address.kind)?.open?.includes(command.type) === true
  if (!isOpen) return unknown
  if (from.deadline !== null && ground.now > from.deadline) return refuse('ask.expired', 'This came after its time.')
  return null
}
