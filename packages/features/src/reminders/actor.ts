import { actor, refuse, type DecideContext, type Decision, type View } from '@hearth/kernel'
import { formatInstant, type Json } from '@hearth/protocol'
import { announcing, type Announcement } from '../webhooks/announce.ts'
import { cancel, change, done, setIt, snooze, type ReminderCommand } from './deciding.ts'
import {
  nextRing,
  statusOf,
  withSearch,
  type Manner,
  type Reminder,
  type ReminderChanged,
  type ReminderEvent,
} from './events.ts'
import { lateAfterMs, type Occurrence } from './plan.ts'
import { aheadOf, ringOf } from './ring.ts'
import { settingsPlace } from './settings.ts'

type State = Reminder | null

export const remindersView: View<State, ReminderEvent> = {
  name: 'reminders',
  version: 2,
  columns: { text: 'text', state: 'text', next: 'bigint', rung: 'bigint', rule: 'text', zone: 'text', details: 'text' },
  indexes: [['home', 'state', 'key']],
  project: (state, _event, { address }) => {
    if (state === null) return []
    const { text, rung, plan } = state
    const row = {
      text,
      state: statusOf(state),
      next: nextRing(state),
      rung,
      rule: plan.type === 'rule' ? plan.rule : null,
      zone: plan.zone,
      details: JSON.stringify(detailsOf(state)),
    }
    return [{ type: 'put', key: address.id, row }]
  },
}

/** What is shown of a reminder and never asked for by. */
export interface Details extends Manner {
  readonly start?: string
  readonly at?: number
  readonly catchUp: 'once' | 'skip' | 'each'
  readonly except?: readonly string[]
  readonly from?: string
}

function detailsOf({ plan, nag, urgent, from }: Reminder): Details {
  return {
    catchUp: plan.catchUp,
    ...(plan.type === 'rule' ? { start: plan.start } : { at: plan.at }),
    ...(plan.type === 'rule' && plan.except !== undefined ? { except: plan.except } : {}),
    ...(nag === undefined ? {} : { nag }),
    ...(urgent === true ? { urgent } : {}),
    ...(from === undefined ? {} : { from }),
  }
}

const definition = {
  kind: 'reminder',
  personal: true,
  initial: null as State,
  shape: 2,
  events: {
    'reminder.set': [],
    'reminder.rang': [withSearch],
    'reminder.rang-again': [],
    'reminder.held': [],
    'reminder.passed': [withSearch],
    'reminder.sought': [withSearch],
    'reminder.snoozed': [],
    'reminder.done': [],
    'reminder.changed': [],
    'reminder.cancelled': [],
  },
  open: ['withdraw'],
  beside: [settingsPlace],
  decide: (state: State, command: ReminderCommand, context: DecideContext): Decision<ReminderEvent> => {
    if (command.type === 'set') {
      if (state !== null) throw new Error('a reminder is set once')
      return setIt(command, context)
    }
    const isTheirs = command.type !== 'withdraw' || (state?.from !== undefined && state.from === context.asker?.home)
    if (state === null || !isTheirs) return refuse('reminders.unknown', 'There is no reminder with this id.')
    if (command.type === 'cancel' || command.type === 'withdraw') return cancel(state, context)
    if (state.ended === 'cancelled') return refuse('reminders.over', 'This reminder was cancelled.')
    switch (command.type) {
      case 'change':
        return change(state, command, context)
      case 'snooze':
        if (state.ended === 'done') return refuse('reminders.over', 'This reminder is done.')
        return snooze(state, command.until, context)
      case 'done':
        return done(state, command.next === true, context)
    }
  },
  settle: (state: State, { effect }: { readonly effect: string }, context: DecideContext): Decision<ReminderEvent> => {
    if (state === null) throw new Error('a timer rang for a reminder that was never set')
    return ringOf(state, effect, context)
  },
  evolve: (state: State, event: ReminderEvent): State => {
    if (event.type === 'reminder.set') {
      const { type: _, next, timer, ...kept } = event
      return { ...kept, ended: null, next, search: null, timer, rung: null, open: null, again: null }
    }
    if (state === null) return state
    return event.type === 'reminder.changed' ? changed(event, state) : { ...state, ...changeBy(event, state) }
  },
  views: [remindersView],
}

type Others = Exclude<ReminderEvent, { type: 'reminder.set' | 'reminder.changed' }>

function changeBy(event: Others, state: Reminder): Partial<Reminder> {
  switch (event.type) {
    case 'reminder.rang': {
      const open = { occurrence: event.occurrence, rings: 1, covers: event.covers }
      return { ...aheadOf(event), rung: event.rungAt, open, again: event.again ?? null }
    }
    case 'reminder.rang-again':
      return {
        rung: event.rungAt,
        open: { occurrence: event.occurrence, rings: event.ring, covers: 0 },
        again: event.again,
      }
    case 'reminder.held': {
      const { occurrence, covers } = event
      const isOpen = state.open?.occurrence.at === occurrence.at
      return {
        ...aheadOf(event),
        open: { occurrence, rings: isOpen ? (state.open?.rings ?? 0) : 0, covers },
        again: event.again,
      }
    }
    case 'reminder.passed':
    case 'reminder.sought':
      return aheadOf(event)
    case 'reminder.snoozed': {
      const rings = state.open?.rings ?? 0
      const covers = state.open?.covers ?? 0
      return { ...aheadOf(event), open: { occurrence: event.occurrence, rings, covers }, again: event.again }
    }
    case 'reminder.done': {
      const isOver = event.timer === null
      return { ...aheadOf(event), open: null, again: null, ...(isOver ? { ended: 'done' as const } : {}) }
    }
    case 'reminder.cancelled':
      return { ended: 'cancelled', next: null, search: null, timer: null, again: null }
    default:
      return {}
  }
}

function changed({ text, nag, urgent, planned, again }: ReminderChanged, state: Reminder): Reminder {
  const { nag: before, ...rest } = state
  const still = nag === undefined ? before : nag
  return {
    ...rest,
    ...(text === undefined ? {} : { text }),
    ...(urgent === undefined ? {} : { urgent }),
    ...(still == null ? {} : { nag: still }),
    ...(planned === undefined ? {} : plannedAnew(planned, state)),
    ...(again === undefined ? {} : { again }),
  }
}

function plannedAnew(planned: NonNullable<ReminderChanged['planned']>, { ended }: Reminder): Partial<Reminder> {
  const over = planned.timer === null && planned.keeps ? ended : null
  return {
    plan: planned.plan,
    ...aheadOf(planned),
    ended: over,
    ...(planned.keeps ? {} : { open: null, again: null }),
  }
}

/** The name of an occurrence, the same for good. */
export const occurrenceName = (reminder: string, occurrence: Occurrence): string =>
  `${reminder}.${Math.floor(occurrence.at / 1000)}`

export const reminder = actor(
  announcing<State, ReminderCommand, ReminderEvent>(definition, (event, state, context) =>
    state === null ? null : announcement(event, state, context),
  ),
)

function announcement(event: ReminderEvent, state: Reminder, { address, at }: DecideContext): Announcement | null {
  if (event.type !== 'reminder.rang' && event.type !== 'reminder.rang-again') return null
  const occurrence = occurrenceName(address.id, event.occurrence)
  const told = (id: string, due: number, late: boolean, more: Record<string, Json> = {}): Announcement => ({
    id,
    type: 'reminder.rang',
    at: formatInstant(at),
    data: { reminder: address.id, occurrence, due: formatInstant(due), late, text: state.text, ...more },
  })
  if (event.type === 'reminder.rang') return told(`rang_${occurrence}`, event.occurrence.at, event.late)
  // Each ring is told once, under a name of its own.
  const late = event.rungAt - event.due > lateAfterMs
  return told(`rang_${occurrence}.${event.ring}`, event.due, late, { again: event.why, ring: event.ring })
}
