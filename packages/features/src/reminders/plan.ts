import { formatLocal, HearthError, instantToLocal } from '@hearth/protocol'
import {
  nextOccurrence,
  occurrencesAfter,
  parseRule,
  type Occurrence,
  type OccurrenceQuery,
} from './recurrence/index.ts'

export type { Occurrence }

/** What to do about occurrences whose time passed while nobody could ring them. */
export type CatchUp = 'once' | 'skip' | 'each'

/** When a reminder rings. `start` is a local time in `zone`. */
export type Plan =
  | { readonly type: 'once'; readonly at: number; readonly zone: string; readonly catchUp: CatchUp }
  | {
      readonly type: 'rule'
      readonly rule: string
      readonly start: string
      readonly zone: string
      readonly catchUp: CatchUp
    }

type RulePlan = Extract<Plan, { type: 'rule' }>

/** More than this after its time, a ring is late. */
export const lateAfterMs = 1000

const mostMissed = 1000

export function firstOf(plan: Plan): Occurrence | null {
  if (plan.type === 'rule') return following(plan, {})
  return { index: 0, local: formatLocal(instantToLocal(plan.at, plan.zone)), at: plan.at }
}

export const nextOf = (plan: Plan, last: Occurrence): Occurrence | null =>
  plan.type === 'rule' ? following(plan, { last }) : null

function following(plan: RulePlan, more: Pick<OccurrenceQuery, 'last' | 'after'>): Occurrence | null {
  const found = nextOccurrence({ ...queryOf(plan), ...more })
  return found.type === 'occurrence' ? found.occurrence : null
}

function queryOf({ rule, start, zone }: RulePlan): OccurrenceQuery {
  const parsed = parseRule(rule)
  // It was parsed before it was written down.
  if (parsed.type === 'failure') throw new Error(parsed.message)
  return { rule: parsed, start, zone }
}

/**
 * The last occurrence from `due` on that falls before `time`, and how many it leaves behind. Found by halving the time between:
 * a few dozen looks whatever was missed, since a rule of seconds may have missed millions.
 */
export function skipLate(
  plan: RulePlan,
  due: Occurrence,
  time: number,
): { readonly last: Occurrence; readonly count: number } {
  const query = queryOf(plan)
  let last = due
  // No occurrence lies between `high` and `time`; `last` is one, before `high`.
  for (let high = time; high - last.at > 1;) {
    const middle = Math.floor((last.at + high) / 2)
    const found = nextOccurrence({ ...query, last, after: middle })
    if (found.type === 'occurrence' && found.occurrence.at < time) last = found.occurrence
    else high = middle
  }
  return { last, count: last.index - due.index }
}

/** Refuses a rule that would ring without end for what lies behind it. */
export function assertFewMissed(plan: Plan, now: number): void {
  if (plan.type !== 'rule' || plan.catchUp !== 'each') return
  const found = occurrencesAfter({ ...queryOf(plan), limit: mostMissed + 1 })
  const last = found.type === 'occurrences' ? found.occurrences[mostMissed] : undefined
  if (last === undefined || last.at > now) return
  throw new HearthError(
    'reminders.too-many-missed',
    `More than ${mostMissed} occurrences lie in the past: start later, or catch up once.`,
  )
}
