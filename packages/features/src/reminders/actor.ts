import { actor, refuse, type Ask, type DecideContext, type Decision, type View } from '@hearth/kernel'
import { formatInstant } from '@hearth/protocol'
import { announcing, type Announcement } from '../webhooks/announce.ts'
import { withSearch, type Reminder, type ReminderEvent, type ReminderRang, type ReminderSought } from './events.ts'
import { catchUpTo, lateAfterMs, nextOf, type Next, type Occurrence, type Place, type Plan } from './plan.ts'

export type ReminderCommand =
  | {
      readonly type: 'set'
      readonly text: string
      readonly plan: Plan
      readonly next: Occurrence
      /** The home that sent it; absent where it was not sent. */
      readonly from?: string
    }
  | { readonly type: 'cancel' }
  /** Asked by the home that sent it. */
  | { readonly type: 'withdraw' }

type State = Reminder | null

const searchMs = 1000
const postponedMs = 3_600_000

export const remindersView: View<State, ReminderEvent> = {
  name: 'reminders',
  version: 1,
  columns: { text: 'text', state: 'text', next: 'bigint', rung: 'bigint', rule: 'text', zone: 'text' },
  indexes: [['home', 'state', 'key']],
  project: (state, _event, { address }) => {
    if (state === null) return []
    const { text, status, next, rung, plan } = state
    const row = {
      text,
      state: status,
      next: next?.at ?? null,
      rung,
      rule: plan.type === 'rule' ? plan.rule : null,
      zone: plan.zone,
    }
    return [{ type: 'put', key: address.id, row }]
  },
}

const definition = {
  kind: 'reminder',
  personal: true,
  initial: null as State,
  shape: 1,
  events: {
    'reminder.set': [],
    'reminder.rang': [withSearch],
    'reminder.passed': [withSearch],
    'reminder.sought': [withSearch],
    'reminder.cancelled': [],
  },
  open: ['withdraw'],
  decide: (state: State, command: ReminderCommand, context: DecideContext): Decision<ReminderEvent> => {
    switch (command.type) {
      case 'set': {
        if (state !== null) throw new Error('a reminder is set once')
        const { text, plan, next, from } = command
        const sender = from === undefined ? {} : { from }
        return {
          type: 'accept',
          events: [{ type: 'reminder.set', text, plan, next, timer: context.effect(0), ...sender }],
          asks: [{ kind: 'timer', due: next.at, request: null }],
          answer: { id: context.address.id, next: formatInstant(next.at) },
        }
      }
      case 'cancel':
        return cancelled(state, context)
      case 'withdraw':
        return cancelled(state?.from !== undefined && state.from === context.asker?.home ? state : null, context)
    }
  },
  settle: (state: State, _settlement: unknown, context: DecideContext): Decision<ReminderEvent> => {
    if (state !== null && state.search !== null) return seek(state.plan, state.search, context)
    if (state?.next == null) throw new Error('a timer rang for a reminder that expects none')
    return ring(state.plan, state.next, context)
  },
  evolve: (state: State, event: ReminderEvent): State => {
    if (event.type === 'reminder.set') {
      const { text, plan, next, timer, from } = event
      const sender = from === undefined ? {} : { from }
      return { text, plan, status: 'scheduled', next, search: null, timer, rung: null, ...sender }
    }
    if (state === null) return state
    switch (event.type) {
      case 'reminder.rang':
        return { ...state, ...scheduled(event), rung: event.rungAt }
      case 'reminder.passed':
      case 'reminder.sought':
        return { ...state, ...scheduled(event) }
      case 'reminder.cancelled':
        return { ...state, status: 'cancelled', next: null, search: null, timer: null }
      default:
        return state
    }
  },
  views: [remindersView],
}

function scheduled(
  event: Pick<ReminderSought, 'next' | 'search' | 'timer'>,
): Pick<Reminder, 'status' | 'next' | 'search' | 'timer'> {
  const { next, search, timer } = event
  return { status: timer === null ? 'rung' : 'scheduled', next, search, timer }
}

function cancelled(state: State, { address }: DecideContext): Decision<ReminderEvent> {
  if (state === null) return refuse('reminders.unknown', 'There is no reminder with this id.')
  const answer = { id: address.id }
  if (state.status === 'cancelled') return { type: 'accept', events: [], answer }
  if (state.timer === null) return refuse('reminders.over', 'This reminder has rung already.')
  return { type: 'accept', events: [{ type: 'reminder.cancelled' }], cancels: [state.timer], answer }
}

/** Its time has come. When that was long ago, the reminder's own rule says what happens to what was missed. */
function ring(plan: Plan, due: Occurrence, context: DecideContext): Decision<ReminderEvent> {
  const late = context.at - due.at > lateAfterMs
  const misses = late && plan.type === 'rule' && plan.catchUp !== 'each'
  const caught = misses ? catchUpTo(plan, due, context.at - lateAfterMs) : { last: due, next: nextOf(plan, due) }
  if (caught === null) return postponed(due, context)
  const { last, next } = caught
  const [ahead, asks] = scheduling(next, context)
  const passed = last.index === null || due.index === null ? null : last.index - due.index
  if (misses && plan.catchUp === 'skip') {
    const count = passed === null ? null : passed + 1
    return { type: 'accept', events: [{ type: 'reminder.passed', from: due, count, ...ahead }], asks }
  }
  const rang: ReminderRang = {
    type: 'reminder.rang',
    occurrence: last,
    rungAt: context.at,
    late,
    covers: passed,
    ...ahead,
  }
  return { type: 'accept', events: [rang], asks }
}

/** What was missed cannot be told within the effort of one decision: nothing rings wrongly, and nothing is given up. */
function postponed(due: Occurrence, context: DecideContext): Decision<ReminderEvent> {
  return {
    type: 'accept',
    events: [{ type: 'reminder.sought', next: due, search: null, timer: context.effect(0) }],
    asks: [{ kind: 'timer', due: context.at + postponedMs, request: null }],
  }
}

/** The search goes on where it had come to; it ends in the year 9999 at the latest. */
function seek(plan: Plan, from: Place, context: DecideContext): Decision<ReminderEvent> {
  const [ahead, asks] = scheduling(nextOf(plan, from), context)
  return { type: 'accept', events: [{ type: 'reminder.sought', ...ahead }], asks }
}

function scheduling(
  next: Next,
  context: DecideContext,
): [ahead: Pick<ReminderSought, 'next' | 'search' | 'timer'>, asks: readonly Ask[]] {
  if (next.type === 'ended') return [{ next: null, search: null, timer: null }, []]
  const ahead =
    next.type === 'occurrence' ? { next: next.occurrence, search: null } : { next: null, search: next.reached }
  const due = next.type === 'occurrence' ? next.occurrence.at : context.at + searchMs
  return [{ ...ahead, timer: context.effect(0) }, [{ kind: 'timer', due, request: null }]]
}

/** The name of an occurrence, the same for good. */
export const occurrenceName = (reminder: string, occurrence: Occurrence): string =>
  `${reminder}.${Math.floor(occurrence.at / 1000)}`

export const reminder = actor(
  announcing<State, ReminderCommand, ReminderEvent>(definition, (event, state, context) =>
    event.type === 'reminder.rang' && state !== null ? announcement(event, state, context) : null,
  ),
)

function announcement(event: ReminderRang, state: Reminder, { address, at }: DecideContext): Announcement {
  const occurrence = occurrenceName(address.id, event.occurrence)
  return {
    id: `rang_${occurrence}`,
    type: 'reminder.rang',
    at: formatInstant(at),
    data: {
      reminder: address.id,
      occurrence,
      due: formatInstant(event.occurrence.at),
      late: event.late,
      text: state.text,
    },
  }
}
