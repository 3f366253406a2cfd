import {
  actor,
  asked,
  askOf,
  deadlineOf,
  refuse,
  type DecideContext,
  type Decision,
  type Settlement,
  type View,
} from '@hearth/kernel'
import type { Nag } from '../events.ts'
import type { Occurrence, Plan } from '../plan.ts'
import { sendersId } from './senders.ts'

export interface SendCommand {
  readonly type: 'send'
  readonly to: string
  /** The id that the reminder has in the other home, when it is accepted. */
  readonly reminder: string
  readonly text: string
  readonly plan: Plan
  readonly next: Occurrence
  readonly nag?: Nag
  readonly timeoutMs: number
}

/** Takes it back from the other home, which may not have answered yet. */
export interface RecallCommand {
  readonly type: 'recall'
}

export type SentEvent =
  | {
      readonly type: 'sending.sent'
      readonly to: string
      readonly reminder: string
      readonly text: string
      readonly at: number
      readonly ask: string
      readonly timer: string
    }
  | { readonly type: 'sending.accepted' }
  | { readonly type: 'sending.refused'; readonly code: string }
  | { readonly type: 'sending.timed-out' }
  /** The other home refused after the time was up: nothing is to be undone. */
  | { readonly type: 'sending.refused-late'; readonly code: string }
  /** The other home had accepted, and it became known after the time was up: it is asked to take it back. */
  | { readonly type: 'sending.accepted-late'; readonly withdrawal: string }
  /** Whoever sent it takes it back; `withdrawal` is null while the other home has not answered. */
  | { readonly type: 'sending.recalled'; readonly withdrawal: string | null }
  | { readonly type: 'sending.withdrawn' }
  | { readonly type: 'sending.not-withdrawn'; readonly code: string }

export const sentStates = ['sent', 'accepted', 'refused', 'timed-out', 'withdrawn'] as const

interface Sent {
  readonly to: string
  readonly reminder: string
  readonly text: string
  readonly at: number
  readonly status: (typeof sentStates)[number]
  readonly reason: string | null
  readonly ask: string
  readonly timer: string
  readonly withdrawal: string | null
  readonly recalled?: boolean
}

type State = Sent | null

export const sentView: View<State, SentEvent> = {
  name: 'sent_reminders',
  version: 1,
  columns: { recipient: 'text', reminder: 'text', text: 'text', state: 'text', reason: 'text', sent: 'bigint' },
  indexes: [['home', 'state', 'key']],
  project: (state, _event, { address }) => {
    if (state === null) return []
    const { to, reminder, text, status, reason, at } = state
    return [{ type: 'put', key: address.id, row: { recipient: to, reminder, text, state: status, reason, sent: at } }]
  },
}

/** A reminder for somebody else, as whoever sent it knows it. Its own life goes on in the other home. */
export const sentReminder = actor<State, SendCommand | RecallCommand, SentEvent>({
  kind: 'sent-reminder',
  personal: true,
  initial: null,
  shape: 1,
  events: {
    'sending.sent': [],
    'sending.accepted': [],
    'sending.refused': [],
    'sending.timed-out': [],
    'sending.refused-late': [],
    'sending.accepted-late': [],
    'sending.recalled': [],
    'sending.withdrawn': [],
    'sending.not-withdrawn': [],
  },
  decide: (state, command, context) => {
    if (command.type === 'recall') return recall(state, context)
    if (state !== null) throw new Error('a reminder is sent once')
    return send(command, context)
  },
  settle: (state, settlement, context) => {
    if (state === null) throw new Error('nothing was sent')
    if (settlement.kind === 'timer') return timeOut(state)
    if (settlement.effect === state.ask) return answered(state, settlement, context)
    if (settlement.effect === state.withdrawal) return takenBack(settlement)
    throw new Error(`nobody was asked as ${settlement.effect}`)
  },
  evolve: (state, event) => {
    if (event.type === 'sending.sent') {
      const { type: _, ...sent } = event
      return { ...sent, status: 'sent', reason: null, withdrawal: null }
    }
    return state === null ? state : { ...state, ...changeBy(event) }
  },
  views: [sentView],
})

function changeBy(event: Exclude<SentEvent, { type: 'sending.sent' }>): Partial<Sent> {
  switch (event.type) {
    case 'sending.accepted':
      return { status: 'accepted' }
    case 'sending.refused':
      return { status: 'refused', reason: event.code }
    case 'sending.timed-out':
      return { status: 'timed-out' }
    case 'sending.refused-late':
      return { reason: event.code }
    case 'sending.accepted-late':
      return { withdrawal: event.withdrawal }
    case 'sending.recalled':
      return { recalled: true, withdrawal: event.withdrawal }
    case 'sending.withdrawn':
      return { status: 'withdrawn' }
    case 'sending.not-withdrawn':
      return { status: 'accepted', reason: event.code }
    default:
      return {}
  }
}

function send(command: SendCommand, context: DecideContext): Decision<SentEvent> {
  const { to, reminder, text, plan, next, nag, timeoutMs } = command
  const { tenant, id } = context.address
  const ask = askOf(
    {
      to: { tenant, home: to, kind: 'reminder-senders', id: sendersId },
      command: { type: 'receive', reminder, text, plan, next, ...(nag === undefined ? {} : { nag }) } as {
        readonly type: 'receive'
      },
      timeoutMs,
    },
    context,
  )
  const places = { ask: context.effect(0), timer: context.effect(1) }
  return {
    type: 'accept',
    events: [{ type: 'sending.sent', to, reminder, text, at: context.at, ...places }],
    asks: [ask, deadlineOf(ask)],
    answer: { id, state: 'sent' },
  }
}

const accept = (event: SentEvent): Decision<SentEvent> => ({ type: 'accept', events: [event] })

function timeOut({ status }: Sent): Decision<SentEvent> {
  if (status !== 'sent') throw new Error(`the time was up for what was ${status}`)
  return accept({ type: 'sending.timed-out' })
}

function answered(state: Sent, settlement: Settlement, context: DecideContext): Decision<SentEvent> {
  const answer = asked(settlement)
  if (state.status === 'sent' && state.recalled === true && answer.type === 'accepted') {
    const { asks, withdrawal } = withdrawing(state, context)
    const events: readonly SentEvent[] = [{ type: 'sending.accepted' }, { type: 'sending.recalled', withdrawal }]
    return { type: 'accept', events, asks, cancels: [state.timer] }
  }
  if (state.status === 'sent') {
    const event: SentEvent =
      answer.type === 'accepted' ? { type: 'sending.accepted' } : { type: 'sending.refused', code: answer.code }
    return { type: 'accept', events: [event], cancels: [state.timer] }
  }
  if (answer.type === 'refused') return accept({ type: 'sending.refused-late', code: answer.code })
  const { asks, withdrawal } = withdrawing(state, context)
  return { type: 'accept', events: [{ type: 'sending.accepted-late', withdrawal }], asks }
}

function withdrawing({ to: home, reminder }: Sent, context: DecideContext) {
  const to = { tenant: context.address.tenant, home, kind: 'reminder', id: reminder }
  // Without a deadline: what has to be undone is undone, however late.
  return { withdrawal: context.effect(0), asks: [askOf({ to, command: { type: 'withdraw' } }, context)] }
}

function recall(state: State, context: DecideContext): Decision<SentEvent> {
  if (state === null) return refuse('reminders.unknown', 'Nothing was sent under this id.')
  const answer = { id: context.address.id, state: state.status }
  if (state.recalled === true || state.status === 'withdrawn') return { type: 'accept', events: [], answer }
  if (state.status === 'sent')
    return { type: 'accept', events: [{ type: 'sending.recalled', withdrawal: null }], answer }
  if (state.status !== 'accepted') return refuse('reminders.over', 'The other home has not taken it.')
  const { asks, withdrawal } = withdrawing(state, context)
  return { type: 'accept', events: [{ type: 'sending.recalled', withdrawal }], asks, answer }
}

function takenBack(settlement: Settlement): Decision<SentEvent> {
  const answer = asked(settlement)
  return accept(
    answer.type === 'accepted' ? { type: 'sending.withdrawn' } : { type: 'sending.not-withdrawn', code: answer.code },
  )
}
