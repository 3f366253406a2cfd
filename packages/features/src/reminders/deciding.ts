import { refuse, type Ask, type DecideContext, type Decision, type Refusal, type Tell } from '@hearth/kernel'
import { canonicalJson, formatInstant, HearthError } from '@hearth/protocol'
import { nextRing, type Again, type Nag, type Reminder, type ReminderChanged, type ReminderEvent } from './events.ts'
import { changedPlan, type PlanChange } from './input.ts'
import { nextAfter, nextOf, type Occurrence, type Plan } from './plan.ts'
import { aheadOf, nothingAhead, ringingAgain, scheduling } from './ring.ts'

export interface SetCommand {
  readonly type: 'set'
  readonly text: string
  readonly plan: Plan
  readonly next: Occurrence
  readonly nag?: Nag
  readonly urgent?: boolean
  /** The home that sent it; absent where it was not sent. */
  readonly from?: string
  /** Other homes that are asked to take it too, and what each of these is called here. */
  readonly also?: readonly { readonly to: string; readonly sent: string; readonly reminder: string }[]
}

export interface ChangeCommand {
  readonly type: 'change'
  readonly text?: string
  readonly nag?: Nag | null
  readonly urgent?: boolean
  readonly plan?: PlanChange
}

export type ReminderCommand =
  | SetCommand
  | ChangeCommand
  | { readonly type: 'snooze'; readonly until: number | { readonly forMs: number } }
  /** `next`: the one to come, before it rings. */
  | { readonly type: 'done'; readonly next?: boolean }
  | { readonly type: 'cancel' }
  /** Asked by the home that sent it. */
  | { readonly type: 'withdraw' }

const accept = (
  events: readonly ReminderEvent[],
  context: DecideContext,
  more: object = {},
): Decision<ReminderEvent> => ({
  type: 'accept',
  events,
  answer: { id: context.address.id },
  ...more,
})

/** Both timers that it may have. */
const timersOf = ({ timer, again }: Reminder): readonly string[] => [timer, again?.timer].filter((one) => one != null)

const sendingTimeoutMs = 86_400_000

export function setIt(command: SetCommand, context: DecideContext): Decision<ReminderEvent> {
  const { type: _, also, next, ...kept } = command
  const { text, plan, nag } = kept
  const sent = also ?? []
  const tells: readonly Tell[] = sent.map(({ to, sent: id, reminder }) => {
    const send = {
      type: 'send',
      to,
      reminder,
      text,
      plan,
      next,
      ...(nag === undefined ? {} : { nag }),
      timeoutMs: sendingTimeoutMs,
    } as const
    return { to: { kind: 'sent-reminder', id }, command: send }
  })
  return {
    type: 'accept',
    events: [{ type: 'reminder.set', ...kept, next, timer: context.effect(0) }],
    asks: [{ kind: 'timer', due: next.at, request: null }],
    ...(tells.length === 0 ? {} : { tells }),
    answer: {
      id: context.address.id,
      next: formatInstant(next.at),
      ...(also === undefined ? {} : { sent: sent.map(({ to, sent: id }) => ({ id, to })) }),
    },
  }
}

export function change(state: Reminder, command: ChangeCommand, context: DecideContext): Decision<ReminderEvent> {
  const { text, nag, urgent } = command
  const planned = command.plan === undefined ? null : replanned(state, command.plan, context)
  if (planned !== null && 'code' in planned) return planned
  const kept = planned === null || planned.planned.keeps ? state : { ...state, open: null, again: null }
  const beside = besidePlan(kept, command, planned?.asks ?? [], context)
  const changed: ReminderChanged = {
    type: 'reminder.changed',
    ...(text === undefined ? {} : { text }),
    ...(nag === undefined ? {} : { nag }),
    ...(urgent === undefined ? {} : { urgent }),
    ...(planned === null ? {} : { planned: planned.planned }),
    ...(beside === null ? {} : { again: beside.part }),
  }
  const again = beside === null ? kept.again : beside.part
  const next = nextRing({ ...kept, ...(planned === null ? {} : aheadOf(planned.planned)), again })
  const former = [planned?.isMoved === true ? state.timer : null, again === state.again ? null : state.again?.timer]
  return accept([changed], context, {
    answer: { id: context.address.id, next: next === null ? null : formatInstant(next) },
    asks: beside?.asks ?? planned?.asks ?? [],
    cancels: former.filter((timer) => timer != null),
  })
}

/** What a change does to the ring that comes beside the plan; null where that stays as it is. */
function besidePlan(
  state: Reminder,
  { nag, urgent }: ChangeCommand,
  before: readonly Ask[],
  context: DecideContext,
): { readonly part: Again | null; readonly asks: readonly Ask[] } | null {
  const { again, open, ended } = state
  // Nobody waits any more for the end of the night.
  if (urgent === true && again?.kind === 'held') return ringingAgain('held', context.at, before, context)
  if (nag === null && again?.kind === 'nag') return { part: null, asks: before }
  const hasRung = open !== null && open.rings > 0 && ended === null
  if (nag == null || !hasRung || (again !== null && again.kind !== 'nag')) return null
  return ringingAgain('nag', context.at + nag.everyMs, before, context)
}

interface Replanned {
  readonly planned: NonNullable<ReminderChanged['planned']>
  /** Whether what was ahead is no more. */
  readonly isMoved: boolean
  readonly asks: readonly Ask[]
}

/**
 * What comes after now by the new plan: what lies behind has rung by the old one, is put off, or is held back, and stays so. Only
 * a single time that is said anew begins anew.
 */
function replanned(state: Reminder, wanted: PlanChange, context: DecideContext): Replanned | Refusal {
  const { plan: before, open, timer } = state
  try {
    const plan = changedPlan(before, wanted, context.at)
    const stays = { planned: { plan, keeps: true, ...aheadOf(state) }, isMoved: false, asks: [] }
    if (isSameTimes(plan, before)) return stays
    const isSaid = plan.type !== before.type || wanted.at !== undefined
    if (plan.type === 'once' && !isSaid && timer === null) return stays
    const keeps = !isSaid || (plan.type === 'rule' && before.type === 'rule')
    // One that was put off before it rang does not come at its own time after all.
    const from = keeps && open?.rings === 0 ? Math.max(context.at, open.occurrence.at) : context.at
    const { part: ahead, asks } = scheduling(nextAfter(plan, from), context)
    return { planned: { plan, keeps, ...ahead }, isMoved: true, asks }
  } catch (error) {
    if (!(error instanceof HearthError)) throw error
    const said = (error.issues ?? []).map(({ path, message }) => `${path} ${message.replace(/\.$/, '')}`)
    return refuse(error.code, said.length === 0 ? error.message : `${said.join('; ')}.`)
  }
}

const isSameTimes = (one: Plan, other: Plan): boolean =>
  canonicalJson({ ...one, catchUp: 'once' }) === canonicalJson({ ...other, catchUp: 'once' })

export function snooze(
  state: Reminder,
  until: number | { readonly forMs: number },
  context: DecideContext,
): Decision<ReminderEvent> {
  const { open, again, next, plan } = state
  const at = typeof until === 'number' ? until : context.at + until.forMs
  const occurrence = open?.occurrence ?? next
  if (occurrence === null) return refuse('reminders.nothing-open', 'There is nothing of this reminder to put off.')
  // One that has not rung yet is put off from its place in the plan, and what follows it comes at its own time.
  const moved = open === null ? scheduling(nextOf(plan, occurrence), context) : { part: aheadOf(state), asks: [] }
  const { part, asks } = ringingAgain('snooze', at, moved.asks, context)
  const cancels = open === null ? timersOf(state) : again === null ? [] : [again.timer]
  return accept([{ type: 'reminder.snoozed', occurrence, again: part, ...moved.part }], context, {
    asks,
    cancels,
    answer: { id: context.address.id, next: formatInstant(at) },
  })
}

export function done(state: Reminder, coming: boolean, context: DecideContext): Decision<ReminderEvent> {
  const { open, again, next, plan } = state
  if (state.ended === 'done') return accept([], context)
  if (plan.type === 'once')
    return accept([{ type: 'reminder.done', occurrence: open?.occurrence ?? null, ...nothingAhead }], context, {
      cancels: timersOf(state),
    })
  if (open !== null && !coming)
    return accept([{ type: 'reminder.done', occurrence: open.occurrence, ...aheadOf(state) }], context, {
      cancels: again === null ? [] : [again.timer],
    })
  if (!coming || next === null) return accept([], context)
  const { part: ahead, asks } = scheduling(nextOf(plan, next), context)
  return accept([{ type: 'reminder.done', occurrence: next, ...ahead }], context, { asks, cancels: timersOf(state) })
}

export function cancel(state: Reminder, context: DecideContext): Decision<ReminderEvent> {
  const cancels = timersOf(state)
  if (state.ended === 'cancelled') return accept([], context)
  if (cancels.length === 0) return refuse('reminders.over', 'This reminder has rung already.')
  return accept([{ type: 'reminder.cancelled' }], context, { cancels })
}
