import type { Ask, DecideContext, Decision } from '@hearth/kernel'
import type { Again, Ahead, Reminder, ReminderEvent, ReminderHeld, ReminderRang } from './events.ts'
import { catchUpTo, lateAfterMs, nextOf, type Next, type Occurrence, type Place, type Plan } from './plan.ts'
import { quietAt } from './settings.ts'

const searchMs = 1000
const postponedMs = 3_600_000

/** What is asked for with an event, and what the event says of it. Effects are numbered in this order. */
interface Asking<Part> {
  readonly part: Part
  readonly asks: readonly Ask[]
}

export const aheadOf = ({ next, search, timer }: Ahead): Ahead => ({ next, search, timer })
export const nothingAhead: Ahead = { next: null, search: null, timer: null }

/** Asks for a timer at the next occurrence, or for the search for it. */
export function scheduling(next: Next, context: DecideContext): Asking<Ahead> {
  if (next.type === 'ended') return { part: nothingAhead, asks: [] }
  const ahead =
    next.type === 'occurrence' ? { next: next.occurrence, search: null } : { next: null, search: next.reached }
  const due = next.type === 'occurrence' ? next.occurrence.at : context.at + searchMs
  return { part: { ...ahead, timer: context.effect(0) }, asks: [{ kind: 'timer', due, request: null }] }
}

/** Asks for one more ring, beside what was asked for before it. */
export function ringingAgain(
  kind: Again['kind'],
  at: number,
  before: readonly Ask[],
  context: DecideContext,
): Asking<Again> {
  const asks = [...before, { kind: 'timer', due: at, request: null }]
  return { part: { kind, at, timer: context.effect(before.length) }, asks }
}

/** A timer of a reminder rang: that of its plan, or the one that rings again. */
export function ringOf(state: Reminder, timer: string, context: DecideContext): Decision<ReminderEvent> {
  if (state.again?.timer === timer) return ringAgain({ ...state, again: null }, state.again, context)
  if (state.timer !== timer) throw new Error('a timer rang that no reminder waits for')
  if (state.search !== null) return seek(state, state.search, context)
  if (state.next === null) throw new Error('a timer rang for a reminder that expects none')
  return ring(state, state.next, context)
}

/** Its time has come. When that was long ago, the reminder's own rule says what happens to what was missed. */
function ring(state: Reminder, due: Occurrence, context: DecideContext): Decision<ReminderEvent> {
  const { plan } = state
  const late = context.at - due.at > lateAfterMs
  const misses = late && plan.type === 'rule' && plan.catchUp !== 'each'
  const caught = misses
    ? catchUpTo(plan, due, context.at - lateAfterMs)
    : { last: due, next: nextOf(plan, due), covers: 0 }
  if (caught === null) return postponed(due, context)
  const { last, next, covers } = caught
  const { part: ahead, asks } = scheduling(next, context)
  if (misses && plan.catchUp === 'skip') {
    const count = covers === null ? null : covers + 1
    return { type: 'accept', events: [{ type: 'reminder.passed', from: due, count, ...ahead }], asks }
  }
  return holdOrRing(state, { occurrence: last, covers, ahead, asks }, context)
}

interface Coming {
  readonly occurrence: Occurrence
  readonly covers: number | null
  readonly ahead: Ahead
  readonly asks: readonly Ask[]
}

function holdOrRing(state: Reminder, coming: Coming, context: DecideContext): Decision<ReminderEvent> {
  const { occurrence, ahead, asks } = coming
  // What was still to come of the occurrence before ends with this one: where that had not rung at all, they ring as one.
  const { open, again: before } = state
  const unrung = before !== null && open !== null && open.rings === 0 && open.occurrence.at !== occurrence.at
  const covers = unrung ? sum(coming.covers, sum(open.covers, 1)) : coming.covers
  const { at } = context
  const until = state.urgent === true ? null : quietAt(at, context)
  const cancels = before === null ? [] : [before.timer]
  if (until !== null) {
    const { part: again, asks: all } = ringingAgain('held', until, asks, context)
    const event: ReminderHeld = { type: 'reminder.held', occurrence, covers, again, ...ahead }
    return { type: 'accept', events: [event], asks: all, cancels }
  }
  const nag = nagging(state, 1, asks, context)
  const rang: ReminderRang = {
    type: 'reminder.rang',
    occurrence,
    rungAt: at,
    late: at - occurrence.at > lateAfterMs,
    covers,
    ...ahead,
    ...(nag.part === null ? {} : { again: nag.part }),
  }
  return { type: 'accept', events: [rang], asks: nag.asks, cancels }
}

const sum = (one: number | null, other: number | null): number | null =>
  one === null || other === null ? null : one + other

/** The ring that follows when so many were not answered. */
function nagging(
  { nag, urgent }: Reminder,
  rings: number,
  before: readonly Ask[],
  context: DecideContext,
): Asking<Again | null> {
  if (nag === undefined || rings > nag.times) return { part: null, asks: before }
  const at = context.at + nag.everyMs
  const until = urgent === true ? null : quietAt(at, context)
  return ringingAgain('nag', until ?? at, before, context)
}

function ringAgain(state: Reminder, again: Again, context: DecideContext): Decision<ReminderEvent> {
  const { open } = state
  if (open === null) throw new Error('a reminder rings again of which nothing is open')
  const { occurrence } = open
  if (again.kind === 'held')
    return holdOrRing(state, { occurrence, covers: open.covers, ahead: aheadOf(state), asks: [] }, context)
  const until = again.kind === 'snooze' || state.urgent === true ? null : quietAt(context.at, context)
  if (until !== null) {
    const { part, asks } = ringingAgain('nag', until, [], context)
    const event: ReminderHeld = { type: 'reminder.held', occurrence, covers: 0, again: part, ...aheadOf(state) }
    return { type: 'accept', events: [event], asks }
  }
  const ring = open.rings + 1
  const { part: following, asks } = nagging(state, ring, [], context)
  const { kind: why, at: due } = again
  return {
    type: 'accept',
    events: [{ type: 'reminder.rang-again', why, ring, occurrence, rungAt: context.at, due, again: following }],
    asks,
  }
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
function seek({ plan }: { readonly plan: Plan }, from: Place, context: DecideContext): Decision<ReminderEvent> {
  const { part: ahead, asks } = scheduling(nextOf(plan, from), context)
  return { type: 'accept', events: [{ type: 'reminder.sought', ...ahead }], asks }
}
