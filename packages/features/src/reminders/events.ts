import type { Upcast } from '@hearth/kernel'
import type { Occurrence, Place, Plan } from './plan.ts'

export interface ReminderSet {
  readonly type: 'reminder.set'
  readonly text: string
  readonly plan: Plan
  readonly next: Occurrence
  readonly timer: string
  /** The home that sent it; absent where it was not sent. */
  readonly from?: string
}

export interface ReminderRang {
  readonly type: 'reminder.rang'
  readonly occurrence: Occurrence
  /** When it rang, by the owner's clock. */
  readonly rungAt: number
  readonly late: boolean
  /** Occurrences before this one that are covered by it, because they were missed. Null where they are too many to count. */
  readonly covers: number | null
  readonly next: Occurrence | null
  readonly search: Place | null
  readonly timer: string | null
}

/** Missed occurrences were passed over without a ring, as the reminder says. */
export interface ReminderPassed {
  readonly type: 'reminder.passed'
  readonly from: Occurrence
  readonly count: number | null
  readonly next: Occurrence | null
  readonly search: Place | null
  readonly timer: string | null
}

/** What a decision may spend was not enough to find what comes next, or what was missed: it is tried again at the timer. */
export interface ReminderSought {
  readonly type: 'reminder.sought'
  readonly next: Occurrence | null
  readonly search: Place | null
  readonly timer: string | null
}

export interface ReminderCancelled {
  readonly type: 'reminder.cancelled'
}

/** In their first version, events that say what comes next left `search` out where none went on. */
export const withSearch: Upcast = (data) => ({ search: null, ...data })

export type ReminderEvent = ReminderSet | ReminderRang | ReminderPassed | ReminderSought | ReminderCancelled

export type ReminderStatus = 'scheduled' | 'rung' | 'cancelled'

/** One reminder is one actor; `null` before it is set. */
export interface Reminder {
  readonly text: string
  readonly plan: Plan
  readonly status: ReminderStatus
  readonly next: Occurrence | null
  /** How far the search for the next has come, while it goes on. */
  readonly search: Place | null
  readonly timer: string | null
  readonly rung: number | null
  readonly from?: string
}
