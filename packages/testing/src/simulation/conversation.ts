import {
  asked,
  askOf,
  deadlineOf,
  refuse,
  type DecideContext,
  type Decision,
  type Settlement,
  type Tell,
} from '@hearth/kernel'
import type { Desk, DeskEvent } from './desk.ts'

/** What desks say to one another: told in one home, asked between homes. */
export type ConversationCommand =
  | { readonly type: 'pass'; readonly token: string; readonly rounds: number; readonly refused: boolean }
  | {
      readonly type: 'hear'
      readonly token: string
      readonly round: number
      readonly rounds: number
      readonly refused: boolean
    }
  | {
      readonly type: 'ask'
      readonly token: string
      readonly home: string
      readonly timeoutMs: number
      readonly refused: boolean
    }
  | { readonly type: 'answer'; readonly token: string; readonly refused: boolean }
  | { readonly type: 'undo'; readonly token: string }

export type ConversationEvent =
  | { readonly type: 'passed'; readonly token: string; readonly rounds: number }
  | { readonly type: 'heard'; readonly token: string }
  | { readonly type: 'answered'; readonly token: string }
  | { readonly type: 'undone'; readonly token: string }

export interface Asking {
  readonly home: string
  /** What it is about, as the one who was asked knows it. */
  readonly about: string
  /** Null for an ask that undoes another. */
  readonly timer: string | null
}

const accept = (events: readonly DeskEvent[], more: object = {}): Decision<DeskEvent> => ({
  type: 'accept',
  events,
  ...more,
})

export function converse(command: ConversationCommand, context: DecideContext): Decision<DeskEvent> {
  const { token } = command
  switch (command.type) {
    case 'pass':
      return accept([{ type: 'passed', token, rounds: command.rounds }], {
        tells: [toOther(context, { ...command, type: 'hear', round: 1 })],
        answer: { token },
      })
    case 'hear': {
      const { round, rounds, refused } = command
      if (round === rounds && refused) return refuse('desk.refused', token)
      const tells = round === rounds ? [] : [toOther(context, { ...command, round: round + 1 })]
      return accept([{ type: 'heard', token: `${token}/${round}` }], { tells })
    }
    case 'ask':
      return ask(command, context)
    case 'answer':
      return command.refused ? refuse('desk.refused', token) : accept([{ type: 'answered', token }])
    case 'undo':
      return accept([{ type: 'undone', token }])
  }
}

const toOther = ({ address }: DecideContext, command: ConversationCommand): Tell => {
  const kind = address.kind === 'desk' ? 'open-desk' : 'desk'
  return { to: { kind, id: kind }, command }
}

const deskOf = ({ address: { tenant } }: DecideContext, home: string) => ({ tenant, home, kind: 'desk', id: 'desk' })

function ask(
  { token, home, timeoutMs, refused }: Extract<ConversationCommand, { type: 'ask' }>,
  context: DecideContext,
): Decision<DeskEvent> {
  const about = `${token}?`
  const command = { type: 'answer', token: about, refused } as { readonly type: 'answer' }
  const asking = askOf({ to: deskOf(context, home), command, timeoutMs }, context)
  const timer = deadlineOf(asking)
  const [effect, limit] = [context.effect(0), context.effect(1)]
  return accept(
    [
      { type: 'called', token, effect, due: null, asking: { home, about, timer: limit } },
      { type: 'timed', token, effect: limit, due: timer.due ?? 0 },
    ],
    { asks: [asking, { ...timer, request: { token } }], answer: { token } },
  )
}

/** In time, its timer is cancelled; accepted too late, it is undone. */
export function answered(state: Desk, settlement: Settlement, context: DecideContext): Decision<DeskEvent> {
  const { effect, kind, attempt, outcome } = settlement
  const { home, about, timer } = state.asking[effect] as Asking
  const answer = asked(settlement)
  const result = answer.type === 'accepted' ? 'accepted' : answer.code
  const settled: DeskEvent = { type: 'settled', effect, kind, attempt, result, ended: outcome.type }
  if (timer === null) return accept([settled])
  if (state.pending.includes(timer))
    return accept([settled, { type: 'cancelled', token: about, effect: timer }], { cancels: [timer] })
  if (answer.type === 'refused') return accept([settled])
  const undoing = `${about}!`
  const command = { type: 'undo', token: undoing } as { readonly type: 'undo' }
  const next = { token: undoing, effect: context.effect(0), due: null }
  return accept([settled, { type: 'called', ...next, asking: { home, about: undoing, timer: null } }], {
    asks: [askOf({ to: deskOf(context, home), command }, context)],
  })
}

export const isAsking = (asking: Desk['asking'], effect: string): boolean =>
  effect in asking || Object.values(asking).some(({ timer }) => timer === effect)

export const askingAfter = (
  asking: Desk['asking'],
  event: { readonly effect: string; readonly asking?: Asking },
): Desk['asking'] => (event.asking === undefined ? asking : { ...asking, [event.effect]: event.asking })
