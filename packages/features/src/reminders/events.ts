import type { Upcast } from '@hearth/kernel'
import type { Occurrence, Place, Plan } from './plan.ts'

/** Rings again until it is done, so many times at most. */
export interface Nag {
  readonly everyMs: number
  readonly times: number
}

/** A ring to come that is none of the plan's: its occurrence rang before, was put off, or is held back for the night. */
export interface Again {
  readonly kind: 'nag' | 'snooze' | 'held'
  readonly at: number
  readonly timer: string
}

/** What comes next by the plan. */
export interface Ahead {
  readonly next: Occurrence | null
  /** How far the search for the next has come, while it goes on. */
  readonly search: Place | null
  readonly timer: string | null
}

/** What a reminder is beside its plan. */
export interface Manner {
  readonly nag?: Nag
  /** It rings in quiet hours too. */
  readonly urgent?: boolean
}

export interface ReminderSet extends Manner {
  readonly type: 'reminder.set'
  readonly text: string
  readonly plan: Plan
  readonly next: Occurrence
  readonly timer: string
  /** The home that sent it; absent where it was not sent. */
  readonly from?: string
}

export interface ReminderRang extends Ahead {
  readonly type: 'reminder.rang'
  readonly occurrence: Occurrence
  /** When it rang, by the owner's clock. */
  readonly rungAt: number
  readonly late: boolean
  /** Occurrences before this one that are covered by it, because they were missed. Null where they are too many to count. */
  readonly covers: number | null
  /** The ring that follows unless it is done before. */
  readonly again?: Again
}

/** An occurrence that rang, or was put off, rings once more. */
export interface ReminderRangAgain {
  readonly type: 'reminder.rang-again'
  readonly why: 'nag' | 'snooze'
  /** Which ring of this occurrence it is, from 1. */
  readonly ring: number
  readonly occurrence: Occurrence
  readonly rungAt: number
  /** When it was to. */
  readonly due: number
  readonly again: Again | null
}

/** Its time came in quiet hours. */
export interface ReminderHeld extends Ahead {
  readonly type: 'reminder.held'
  readonly occurrence: Occurrence
  readonly covers: number | null
  readonly again: Again
}

/** Missed occurrences were passed over without a ring, as the reminder says. */
export interface ReminderPassed extends Ahead {
  readonly type: 'reminder.passed'
  readonly from: Occurrence
  readonly count: number | null
}

/** What a decision may spend was not enough to find what comes next, or what was missed: it is tried again at the timer. */
export interface ReminderSought extends Ahead {
  readonly type: 'reminder.sought'
}

/** An occurrence rings at another time: one that rang, or the next, which then does not ring at its own. */
export interface ReminderSnoozed extends Ahead {
  readonly type: 'reminder.snoozed'
  readonly occurrence: Occurrence
  readonly again: Again
}

/** What it reminded of was done. `occurrence` is null where nothing was open: then all of it is done. */
export interface ReminderDone extends Ahead {
  readonly type: 'reminder.done'
  readonly occurrence: Occurrence | null
}

export interface ReminderChanged {
  readonly type: 'reminder.changed'
  readonly text?: string
  readonly nag?: Nag | null
  readonly urgent?: boolean
  /** Set where it rings at other times from now on. What rang, was put off or is held back stays open where `keeps` says so. */
  readonly planned?: { readonly plan: Plan; readonly keeps: boolean } & Ahead
  /** The ring that comes beside the plan, where that changes. */
  readonly again?: Again | null
}

export interface ReminderCancelled {
  readonly type: 'reminder.cancelled'
}

/** In their first version, events that say what comes next left `search` out where none went on. */
export const withSearch: Upcast = (data) => ({ search: null, ...data })

export type ReminderEvent =
  | ReminderSet
  | ReminderRang
  | ReminderRangAgain
  | ReminderHeld
  | ReminderPassed
  | ReminderSought
  | ReminderSnoozed
  | ReminderDone
  | ReminderChanged
  | ReminderCancelled

export const statuses = ['scheduled', 'rung', 'snoozed', 'done', 'cancelled'] as const
export type ReminderStatus = (typeof statuses)[number]

/** The last occurrence that is not done, put aside or followed by another. */
export interface Open {
  readonly occurrence: Occurrence
  /** How often it has rung. */
  readonly rings: number
  /** What it covers when it rings, while it has not. */
  readonly covers: number | null
}

/** One reminder is one actor; `null` before it is set. */
export interface Reminder extends Ahead, Manner {
  readonly text: string
  readonly plan: Plan
  readonly ended: 'done' | 'cancelled' | null
  readonly rung: number | null
  readonly open: Open | null
  readonly again: Again | null
  readonly from?: string
}

export function statusOf({ ended, again, timer }: Reminder): ReminderStatus {
  if (ended !== null) return ended
  if (again?.kind === 'snooze') return 'snoozed'
  return timer !== null || again?.kind === 'held' ? 'scheduled' : 'rung'
}

/** When it rings next, by its plan or again. */
export const nextRing = ({ next, again }: Reminder): number | null =>
  again === null ? (next?.at ?? null) : Math.min(again.at, next?.at ?? Number.POSITIVE_INFINITY)
