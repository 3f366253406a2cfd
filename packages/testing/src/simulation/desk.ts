import { actor, refuse, type Actor, type Decision, type View } from '@hearth/kernel'
import type { Json } from '@hearth/protocol'
import {
  answered,
  askingAfter,
  converse,
  isAsking,
  type Asking,
  type ConversationCommand,
  type ConversationEvent,
} from './conversation.ts'

/** `look`: it can be looked for; `risk`: nobody can tell whether it was made; `long`: it holds a lease; `turn`: those of a home one by one. */
export const callKinds = ['call', 'look', 'risk', 'long', 'turn'] as const
export type CallKind = (typeof callKinds)[number]

export type DeskCommand =
  | { readonly type: 'note'; readonly token: string; readonly times: number; readonly word: string }
  | { readonly type: 'call'; readonly token: string; readonly due: number | null; readonly of: CallKind }
  | { readonly type: 'time'; readonly token: string; readonly due: number }
  | { readonly type: 'cancel'; readonly token: string }
  | { readonly type: 'look'; readonly token: string }
  | { readonly type: 'refuse'; readonly token: string }
  | { readonly type: 'fail'; readonly token: string }
  /** Forgets the person whose home it is. Asked of the open desk, which is nobody's. */
  | { readonly type: 'forget'; readonly token: string }
  | ConversationCommand

export type DeskEvent =
  | { readonly type: 'noted'; readonly token: string; readonly word: string }
  | {
      readonly type: 'called'
      readonly token: string
      readonly effect: string
      readonly due: number | null
      readonly asking?: Asking
    }
  | { readonly type: 'timed'; readonly token: string; readonly effect: string; readonly due: number }
  | { readonly type: 'cancelled'; readonly token: string; readonly effect: string }
  | { readonly type: 'looked'; readonly token: string; readonly seen: Json }
  | { readonly type: 'forgot'; readonly token: string }
  | {
      /** `late`: it was cancelled when its attempt was recorded already. */
      readonly type: 'settled' | 'late'
      readonly effect: string
      readonly kind: string
      readonly attempt: number
      readonly result: string
      readonly ended: 'done' | 'failed'
      /** How many events the other desk of its home had then; absent where nobody looked. */
      readonly saw?: number
    }
  | ConversationEvent

export interface Desk {
  readonly count: number
  readonly pending: readonly string[]
  readonly cancelled: readonly string[]
  readonly last: string
  /** What was asked of other homes: the effects, and the timer that limits each. */
  readonly asking: Readonly<Record<string, Asking>>
}

const deskView = (name: string): View<Desk, DeskEvent> => ({
  name,
  version: 1,
  columns: { count: 'bigint', pending: 'bigint', last: 'text' },
  project: (state, _event, { address }) => [
    { type: 'put', key: address.id, row: { count: state.count, pending: state.pending.length, last: state.last } },
  ],
})

const pendingView = (name: string): View<Desk, DeskEvent> => ({
  name,
  version: 1,
  columns: { token: 'text', timer: 'boolean' },
  project: (_state, event) => {
    switch (event.type) {
      case 'called':
      case 'timed':
        return [{ type: 'put', key: event.effect, row: { token: event.token, timer: event.type === 'timed' } }]
      case 'cancelled':
      case 'settled':
        return [{ type: 'remove', key: event.effect }]
      default:
        return []
    }
  },
})

/** What is forgotten goes from the views of personal actors, so the open desks have others. */
const views = {
  desk: [deskView('desks'), pendingView('pending')],
  'open-desk': [deskView('open_desks'), pendingView('open_pending')],
} as const

/** Those that say how desks stand, and those that say what is pending. */
export const desksViews = [views.desk[0], views['open-desk'][0]]
export const pendingViews = [views.desk[1], views['open-desk'][1]]

const accept = (events: readonly DeskEvent[], more: object, answer: Json): Decision<DeskEvent> => ({
  type: 'accept',
  events,
  ...more,
  answer,
})

const otherDesk = (kind: string): { readonly kind: string; readonly id: string } => {
  const other = kind === 'desk' ? 'open-desk' : 'desk'
  return { kind: other, id: other }
}

/** Does everything that an actor can do, and writes the token of what made it do so into its event. */
const deskOf = (kind: keyof typeof views, personal: boolean): Actor =>
  actor<Desk, DeskCommand, DeskEvent>({
    kind,
    personal,
    initial: { count: 0, pending: [], cancelled: [], last: '', asking: {} },
    shape: 1,
    open: ['answer', 'undo'],
    beside: [otherDesk(kind)],
    decide: (state, command, context) => {
      const { token } = command
      switch (command.type) {
        case 'note': {
          const events = Array.from(
            { length: command.times },
            () => ({ type: 'noted', token, word: command.word }) as const,
          )
          return accept(events, {}, { token, count: state.count + command.times })
        }
        case 'call': {
          const effect = context.effect(0)
          const { of, due } = command
          const order = of === 'turn' ? { order: 'turns' } : {}
          const asks = [{ kind: of, request: { token }, ...(due === null ? {} : { due }), ...order }]
          return accept([{ type: 'called', token, effect, due: command.due }], { asks }, { token, effect })
        }
        case 'time': {
          const effect = context.effect(0)
          const asks = [{ kind: 'timer', due: command.due, request: { token } }]
          return accept([{ type: 'timed', token, effect, due: command.due }], { asks }, { token, effect })
        }
        case 'cancel': {
          const effect = state.pending.find((one) => !isAsking(state.asking, one))
          if (effect === undefined) return refuse('desk.nothing-pending', 'Nothing is pending.')
          return accept([{ type: 'cancelled', token, effect }], { cancels: [effect] }, { token, effect })
        }
        case 'look':
          return accept([{ type: 'looked', token, seen: context.reference('board') ?? null }], {}, { token })
        case 'refuse':
          return refuse('desk.refused', token)
        case 'forget':
          return accept([{ type: 'forgot', token }], { forgets: true }, { token })
        case 'fail':
          throw new Error(`told to fail by ${token}`)
        default:
          return converse(command, context)
      }
    },
    settle: (state, settlement, context) => {
      const { effect, kind: of, attempt, outcome, request } = settlement
      const isLate = state.cancelled.includes(effect)
      if (!isLate && !state.pending.includes(effect)) throw new Error(`${effect} is not pending`)
      if (of === 'ask') return answered(state, settlement, context)
      const result = outcome.type === 'done' ? String(outcome.value) : outcome.reason
      if (result.endsWith('throw')) throw new Error('told to throw')
      const settled: DeskEvent = {
        type: isLate ? 'late' : 'settled',
        effect,
        kind: of,
        attempt,
        result,
        ended: outcome.type,
        saw: (context.beside(otherDesk(kind).kind, otherDesk(kind).id) as Desk).count,
      }
      const { token } = request as { readonly token: string }
      if (isLate || !result.endsWith('more')) return accept([settled], {}, null)
      const next = { token: `${token}>`, effect: context.effect(0), due: null }
      return accept(
        [settled, { type: 'called', ...next }],
        { asks: [{ kind: 'call', request: { token: next.token } }] },
        null,
      )
    },
    evolve: (state, event) => {
      switch (event.type) {
        case 'noted':
          return { ...state, count: state.count + 1, last: event.word }
        case 'called':
        case 'timed':
          return {
            ...state,
            count: state.count + 1,
            pending: [...state.pending, event.effect],
            asking: askingAfter(state.asking, event),
          }
        case 'cancelled':
          return {
            ...state,
            count: state.count + 1,
            pending: state.pending.filter((one) => one !== event.effect),
            cancelled: [...state.cancelled, event.effect],
          }
        case 'late':
          return { ...state, count: state.count + 1 }
        case 'settled':
          return {
            ...state,
            count: state.count + 1,
            pending: state.pending.filter((one) => one !== event.effect),
            last: event.result,
          }
        case 'looked':
        case 'forgot':
        case 'passed':
        case 'heard':
        case 'answered':
        case 'undone':
          return { ...state, count: state.count + 1 }
        default:
          return state
      }
    },
    views: views[kind],
  })

interface Board {
  readonly writings: readonly string[]
}

/** Publishes the last thing written on it. */
const board = actor<Board, { type: 'write'; token: string }, { type: 'written'; token: string }>({
  kind: 'board',
  personal: false,
  initial: { writings: [] },
  decide: (_state, { token }) => ({ type: 'accept', events: [{ type: 'written', token }], answer: { token } }),
  evolve: (state, event) => ({ writings: [...state.writings, event.token] }),
  reference: { name: 'board', of: (state) => state.writings.at(-1) ?? null },
})

export const actors: readonly Actor[] = [deskOf('desk', true), deskOf('open-desk', false), board]
