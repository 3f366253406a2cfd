import { actor, refuse, type DecideContext, type Decision, type View } from '@hearth/kernel'
import { formatInstant } from '@hearth/protocol'
import { announcing, type Announcement } from '../webhooks/announce.ts'
import type { Reminder, ReminderEvent, ReminderRang } from './events.ts'
import { lateAfterMs, nextOf, skipLate, type Occurrence, type Plan } from './plan.ts'

export type ReminderCommand =
  | { readonly type: 'set'; readonly text: string; readonly plan: Plan; readonly next: Occurrence }
  | { readonly type: 'cancel' }

type State = Reminder | null

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
  decide: (state: State, command: ReminderCommand, context: DecideContext): Decision<ReminderEvent> => {
    switch (command.type) {
      case 'set': {
        if (state !== null) throw new Error('a reminder is set once')
        const { text, plan, next } = command
        return {
          type: 'accept',
          events: [{ type: 'reminder.set', text, plan, next, timer: context.effect(0) }],
          asks: [{ kind: 'timer', due: next.at, request: null }],
          answer: { id: context.address.id, next: formatInstant(next.at) },
        }
      }
      case 'cancel':
        return cancelled(state, context)
    }
  },
  settle: (state: State, _settlement: unknown, context: DecideContext): Decision<ReminderEvent> => {
    if (state?.next == null) throw new Error('a timer rang for a reminder that expects none')
    return ring(state.plan, state.next, context)
  },
  evolve: (state: State, event: ReminderEvent): State => {
    if (event.type === 'reminder.set') {
      const { text, plan, next, timer } = event
      return { text, plan, status: 'scheduled', next, timer, rung: null }
    }
    if (state === null) return state
    switch (event.type) {
      case 'reminder.rang':
        return { ...state, ...scheduled(event), rung: event.rungAt }
      case 'reminder.passed':
        return { ...state, ...scheduled(event) }
      case 'reminder.cancelled':
        return { ...state, status: 'cancelled', next: null, timer: null }
      default:
        return state
    }
  },
  views: [remindersView],
}

function scheduled({
  next,
  timer,
}: {
  readonly next: Occurrence | null
  readonly timer: string | null
}): Pick<Reminder, 'status' | 'next' | 'timer'> {
  return { status: next === null ? 'rung' : 'scheduled', next, timer }
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
  const missed =
    late && plan.type === 'rule' && plan.catchUp !== 'each' ? skipLate(plan, due, context.at - lateAfterMs) : null
  const next = nextOf(plan, missed?.last ?? due)
  const timer = next === null ? null : context.effect(0)
  const asks = next === null ? [] : [{ kind: 'timer', due: next.at, request: null }]
  if (missed !== null && plan.catchUp === 'skip') {
    return {
      type: 'accept',
      events: [{ type: 'reminder.passed', from: due, count: missed.count + 1, next, timer }],
      asks,
    }
  }
  const occurrence = missed?.last ?? due
  return {
    type: 'accept',
    events: [{ type: 'reminder.rang', occurrence, rungAt: context.at, late, covers: missed?.count ?? 0, next, timer }],
    asks,
  }
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
