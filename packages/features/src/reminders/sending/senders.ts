import { actor, refuse, type Decision, type Tell, type View } from '@hearth/kernel'
import { formatInstant } from '@hearth/protocol'
import type { Nag } from '../events.ts'
import type { Occurrence, Plan } from '../plan.ts'

/** Who may set reminders in a home. Nobody may unless its owner said so; a home may in itself. */
export type SendersCommand =
  | {
      readonly type: 'receive'
      readonly reminder: string
      readonly text: string
      readonly plan: Plan
      readonly next: Occurrence
      readonly nag?: Nag
    }
  | { readonly type: 'rule'; readonly sender: string; readonly may: boolean }

export type SendersEvent =
  | {
      readonly type: 'senders.received'
      readonly reminder: string
      readonly from: string
      readonly text: string
      readonly at: number
    }
  | { readonly type: 'senders.ruled'; readonly sender: string; readonly may: boolean }

type State = Readonly<Record<string, boolean>>

const most = 1000

export const sendersId = 'all'

export const sendersView: View<State, SendersEvent> = {
  name: 'reminder_senders',
  version: 1,
  columns: { may: 'boolean' },
  project: (_state, event) =>
    event.type === 'senders.ruled' ? [{ type: 'put', key: event.sender, row: { may: event.may } }] : [],
}

export const receivedView: View<State, SendersEvent> = {
  name: 'received_reminders',
  version: 1,
  columns: { sender: 'text', text: 'text', received: 'bigint' },
  project: (_state, event) => {
    if (event.type !== 'senders.received') return []
    const { reminder, from, text, at } = event
    return [{ type: 'put', key: reminder, row: { sender: from, text, received: at } }]
  },
}

export const senders = actor<State, SendersCommand, SendersEvent>({
  kind: 'reminder-senders',
  personal: true,
  initial: {},
  shape: 1,
  events: { 'senders.received': [], 'senders.ruled': [] },
  open: ['receive'],
  decide: (state, command, { asker, address, at }): Decision<SendersEvent> => {
    switch (command.type) {
      case 'receive': {
        const { reminder, text, plan, next, nag } = command
        const from = asker?.home ?? address.home
        if (from !== address.home && !maySend(state, from))
          return refuse('reminders.sender-refused', 'No reminders are taken from this sender.')
        const set = { type: 'set', text, plan, next, from, ...(nag === undefined ? {} : { nag }) } as const
        const tells: readonly Tell[] = [{ to: { kind: 'reminder', id: reminder }, command: set }]
        const answer = { reminder, next: formatInstant(next.at) }
        return { type: 'accept', events: [{ type: 'senders.received', reminder, from, text, at }], tells, answer }
      }
      case 'rule': {
        const { sender, may } = command
        const answer = { sender, may }
        if (Object.hasOwn(state, sender) && state[sender] === may) return { type: 'accept', events: [], answer }
        if (!Object.hasOwn(state, sender) && Object.keys(state).length >= most)
          return refuse('reminders.too-many-senders', `There are rules for ${most} senders already.`)
        return { type: 'accept', events: [{ type: 'senders.ruled', sender, may }], answer }
      }
    }
  },
  evolve: (state, event) => (event.type === 'senders.ruled' ? { ...state, [event.sender]: event.may } : state),
  views: [sendersView, receivedView],
})

const maySend = (state: State, sender: string): boolean => Object.hasOwn(state, sender) && state[sender] === true
