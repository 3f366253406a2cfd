import { formatLocal, HearthError, instantToLocal } from '@hearth/protocol'
import {
  catchUp,
  effortOfCall,
  isCountable,
  nextOccurrence,
  occurrencesAfter,
  parseRule,
  type NextOccurrence,
  type Occurrence,
  type OccurrenceQuery,
  type Place,
} from './recurrence/index.ts'

export type { Occurrence, Place }

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

/** Throws `reminders.never` and `reminders.too-far`. */
export function firstOf(plan: Plan): Occurrence {
  if (plan.type === 'once') return { index: 0, local: formatLocal(instantToLocal(plan.at, plan.zone)), at: plan.at }
  const found = nextOccurrence(queryOf(plan))
  if (found.type === 'occurrence') return found.occurrence
  if (found.type === 'ended' || (found.type === 'failure' && found.code === 'rule.no-occurrence'))
    throw new HearthError('reminders.never', 'This rule has no occurrence.')
  if (found.type === 'spent' || found.code === 'rule.too-far') throw tooFar()
  throw new HearthError('input.invalid', 'The input is not valid.', {
    issues: [{ path: 'start', message: found.message }],
  })
}

export type Next = NextOccurrence

export function nextOf(plan: Plan, last: Place): Next {
  if (plan.type === 'once') return { type: 'ended' }
  const found = nextOccurrence({ ...queryOf(plan), last })
  if (found.type !== 'failure') return found
  if (found.code === 'rule.too-far') return { type: 'spent', reached: last }
  // It was set with this start, and a failure must never pass for an end.
  throw new Error(`${found.code}: ${found.message}`)
}

function queryOf({ rule, start, zone }: RulePlan): OccurrenceQuery {
  const parsed = parseRule(rule)
  // It was parsed before it was written down.
  if (parsed.type === 'failure') throw new Error(parsed.message)
  return { rule: parsed, start, zone }
}

/** The last occurrence from `due` on that falls before `time`, and what follows it. Null when that is not found with the effort of one call. */
export function catchUpTo(
  plan: RulePlan,
  due: Occurrence,
  time: number,
): { readonly last: Occurrence; readonly next: Next } | null {
  const found = catchUp(queryOf(plan), due, time)
  if (found.type === 'caught-up') return { last: found.last, next: found.next }
  if (found.code === 'rule.too-far') return null
  throw new Error(`${found.code}: ${found.message}`)
}

/** Refuses a rule whose occurrences could not be followed later, so that none is found out when it should ring. */
export function assertFollowable(plan: Plan, first: Occurrence, now: number): void {
  if (plan.type !== 'rule') return
  if (!isCountable(queryOf(plan)) || nextOf(plan, first).type === 'spent') throw tooFar()
  if (plan.catchUp === 'each') return assertFewMissed(plan, now)
  if (first.at >= now) return
  const caught = catchUpTo(plan, first, now)
  if (caught === null || caught.next.type === 'spent') throw tooFar()
}

const tooFar = (): HearthError =>
  new HearthError('reminders.too-far', 'The occurrences of this rule are too rare or too many to be followed.')

/** Refuses a rule that would ring without end for what lies behind it. */
function assertFewMissed(plan: RulePlan, now: number): void {
  const found = occurrencesAfter({ ...queryOf(plan), limit: mostMissed + 1, effort: effortOfCall * 2 })
  if (found.type === 'failure') throw tooFar()
  const last = found.occurrences.at(-1)
  if (found.ended || last === undefined || last.at > now) return
  if (found.occurrences.length <= mostMissed) throw tooFar()
  throw new HearthError(
    'reminders.too-many-missed',
    `More than ${mostMissed} occurrences lie in the past: start later, or catch up once.`,
  )
}
