import { formatLocal, HearthError, instantToLocal, localToInstant } from '@hearth/protocol'
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
      /** Local times, and whole local days, on which it does not ring; in order. COUNT counts them all the same. */
      readonly except?: readonly string[]
    }

type RulePlan = Extract<Plan, { type: 'rule' }>

/** More than this after its time, a ring is late. */
export const lateAfterMs = 1000

const mostMissed = 1000

/** Throws `reminders.never` and `reminders.too-far`. */
export function firstOf(plan: Plan): Occurrence {
  if (plan.type === 'once') return { index: 0, local: formatLocal(instantToLocal(plan.at, plan.zone)), at: plan.at }
  const found = following(plan, undefined, mostLeftOut)
  if (found.type === 'occurrence') return found.occurrence
  if (found.type === 'ended' || (found.type === 'failure' && found.code === 'rule.no-occurrence')) throw never()
  if (found.type === 'spent' || found.code === 'rule.too-far') throw tooFar()
  throw new HearthError('input.invalid', 'The input is not valid.', {
    issues: [{ path: 'start', message: found.message }],
  })
}

export type Next = NextOccurrence

export function nextOf(plan: Plan, last: Place): Next {
  if (plan.type === 'once') return { type: 'ended' }
  const found = following(plan, last, leftOutAtOnce)
  if (found.type !== 'failure') return found
  if (found.code === 'rule.too-far') return { type: 'spent', reached: last }
  // It was set with this start, and a failure must never pass for an end.
  throw new Error(`${found.code}: ${found.message}`)
}

/** How many that are left out may come one after another, when a plan is made and at each ring. */
const mostLeftOut = 500
const leftOutAtOnce = 16

/** The next that is not left out. */
function following(plan: RulePlan, from: Place | undefined, most: number): ReturnType<typeof nextOccurrence> {
  const query = queryOf(plan)
  let last = from
  let after: number | undefined
  for (let left = most; ; left -= 1) {
    const found = nextOccurrence({ ...query, last, after })
    if (found.type !== 'occurrence') return found
    const { occurrence } = found
    const out = leftOut(plan, occurrence)
    if (out === null) return found
    if (left === 0) return { type: 'spent', reached: occurrence }
    last = occurrence
    after = out === 'day' ? dayOf(occurrence, plan.zone).end - 1 : undefined
  }
}

function leftOut({ except = [] }: RulePlan, { local }: Occurrence): 'time' | 'day' | null {
  if (except.length === 0) return null
  if (except.includes(local.slice(0, 10))) return 'day'
  return except.includes(local) ? 'time' : null
}

const dayMs = 86_400_000

/** The instants between which the clock shows the day of an occurrence. */
function dayOf({ local }: Occurrence, zone: string): { readonly begin: number; readonly end: number } {
  const midnight = Date.parse(`${local.slice(0, 10)}T00:00:00Z`)
  return { begin: localToInstant(midnight, zone), end: localToInstant(midnight + dayMs, zone) }
}

function queryOf({ rule, start, zone }: RulePlan): OccurrenceQuery {
  const parsed = parseRule(rule)
  // It was parsed before it was written down.
  if (parsed.type === 'failure') throw new Error(parsed.message)
  return { rule: parsed, start, zone }
}

export interface Caught {
  readonly last: Occurrence
  readonly next: Next
  /** How many lie between the two, and the first of them; null where they cannot be counted. */
  readonly covers: number | null
}

/** The last occurrence from `due` on that falls before `time`, and what follows it. Null when that is not found with the effort of one call. */
export function catchUpTo(plan: RulePlan, due: Occurrence, time: number): Caught | null {
  let before = time
  let next: Next | undefined
  for (let left = leftOutAtOnce; left >= 0; left -= 1) {
    const found = catchUp(queryOf(plan), due, before)
    if (found.type === 'failure') {
      if (found.code === 'rule.too-far') return null
      throw new Error(`${found.code}: ${found.message}`)
    }
    next ??= found.next
    const { last } = found
    // What is due was asked for when it was not left out.
    const out = last.at === due.at ? null : leftOut(plan, last)
    if (out === null) return { last, next: wanted(plan, next), covers: coversOf(plan, due, last) }
    before = out === 'day' ? Math.max(dayOf(last, plan.zone).begin, due.at + 1) : last.at
  }
  return null
}

/** The same, or what follows it where it is left out. */
function wanted(plan: RulePlan, next: Next): Next {
  return next.type === 'occurrence' && leftOut(plan, next.occurrence) !== null ? nextOf(plan, next.occurrence) : next
}

function coversOf({ except = [] }: RulePlan, due: Occurrence, last: Occurrence): number | null {
  if (due.index === null || last.index === null) return null
  const isBetween = (local: string): boolean => local >= due.local.slice(0, local.length) && local <= last.local
  return except.some(isBetween) && last.index > due.index ? null : last.index - due.index
}

/** What is to come after a time, where what came before it does not matter. Throws `reminders.never` and `reminders.too-far`. */
export function nextAfter(plan: Plan, time: number): Next {
  const first = firstOf(plan)
  // Nothing of before is missed by a plan that begins now.
  assertFollowable({ ...plan, catchUp: 'once' }, first, time)
  if (plan.type === 'once' || first.at > time) return { type: 'occurrence', occurrence: first }
  const caught = catchUpTo(plan, first, time + 1)
  if (caught === null || caught.next.type === 'spent') throw tooFar()
  if (caught.next.type === 'ended') throw never()
  return caught.next
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

const never = (): HearthError => new HearthError('reminders.never', 'This rule has no occurrence to come.')

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
