import type { ErrorTable } from '@hearth/protocol'

export const recurrenceErrors = {
  'rule.invalid': { status: 400, title: 'That is not a recurrence rule' },
  'rule.no-occurrence': { status: 400, title: 'The rule never occurs' },
  'rule.too-far': { status: 400, title: 'The rule cannot be followed that far' },
} as const satisfies ErrorTable

export type RuleErrorCode = keyof typeof recurrenceErrors

/** An expected failure. `message` may be shown to anyone. */
export interface RuleFailure {
  readonly type: 'failure'
  readonly code: RuleErrorCode
  readonly message: string
}

export type Frequency = 'YEARLY' | 'MONTHLY' | 'WEEKLY' | 'DAILY' | 'HOURLY' | 'MINUTELY' | 'SECONDLY'

export interface RuleWeekday {
  /** Monday is 0. */
  readonly weekday: number
  /** 2 is the second of the month or year, -1 the last, 0 every one. */
  readonly ordinal: number
}

/** The last moment of the series, inclusive: as a wall clock shows it, or as an instant. */
export type Until =
  | { readonly type: 'local'; readonly local: number }
  | { readonly type: 'instant'; readonly ms: number }

/** An RFC 5545 recurrence rule, valid in itself. Lists are sorted and hold no value twice; an absent part is an empty list. */
export interface Rule {
  readonly type: 'rule'
  readonly frequency: Frequency
  readonly interval: number
  readonly count: number | undefined
  readonly until: Until | undefined
  readonly months: readonly number[]
  readonly weekNumbers: readonly number[]
  readonly yearDays: readonly number[]
  readonly monthDays: readonly number[]
  readonly weekdays: readonly RuleWeekday[]
  readonly hours: readonly number[]
  readonly minutes: readonly number[]
  readonly seconds: readonly number[]
  readonly positions: readonly number[]
  /** The day a week starts on; Monday is 0. */
  readonly weekStart: number
}

export function ruleFailure(code: RuleErrorCode, message: string): RuleFailure {
  return { type: 'failure', code, message }
}
