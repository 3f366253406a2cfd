import { formatLocal, HearthError, instantToLocal, localToInstant } from '@hearth/protocol'
import {
  catchUp,
  effortOfCall,
  isCountable,
  nextOccurrence,
  nextWanted,
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
      /** Local times, instants, and whole local days, on which it does not ring; in order. COUNT counts them all the same. */
      readonly except?: readonly string[]
    }

type RulePlan = Extract<Plan, { type: 'rule' }>

/** More than this after its time, a ring is late. */
export const lateAfterMs = 1000

const mostMissed = 1000

/** Throws `reminders.never` and `reminders.too-far`. */
export function firstOf(plan: Plan): Occurrence {
  if (plan.type === 'once') return { index: 0, local: formatLocal(instantToLocal(plan.at, plan.zone)), at: plan.at }
  const found = following(plan, undefined)
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
  const found = following(plan, last)
  if (found.type !== 'failure') return found
  if (found.code === 'rule.too-far') return { type: 'spent', reached: last }
  // It was set with this start, and a failure must never pass for an end.
  throw new Error(`${found.code}: ${found.message}`)
}

const dayMs = 86_400_000

/** What a plan leaves out, ready to be asked for each occurrence. */
interface LeavingOut {
  readonly isEmpty: boolean
  /** Up to which instant nothing is wanted, and from which; null where it is not left out. */
  of(occurrence: Occurrence): { readonly begin: number; readonly end: number } | null
}

function leavingOut({ except = [], zone }: RulePlan): LeavingOut {
  const days = new Set(except.filter((text) => text.length === 10))
  const times = new Set(except.filter((text) => text.length !== 10))
  let instants: ReadonlySet<number> | undefined
  // What the clock shows at a ring is not always what the rule says: in a gap the two differ.
  const instantsOf = (): ReadonlySet<number> =>
    new Set([...times].map((text) => (isInstant(text) ? Date.parse(text) : localToInstant(localIn(text), zone))))
  return {
    isEmpty: except.length === 0,
    of: ({ local, at }) => {
      if (days.has(local.slice(0, 10))) {
        const midnight = localIn(`${local.slice(0, 10)}T00:00:00`)
        return { begin: localToInstant(midnight, zone), end: localToInstant(midnight + dayMs, zone) - 1 }
      }
      if (times.size === 0) return null
      if (times.has(local)) return { begin: at, end: at }
      instants ??= instantsOf()
      return instants.has(at) ? { begin: at, end: at } : null
    },
  }
}

const isInstant = (text: string): boolean => text.endsWith('Z')
const localIn = (text: string): number => Date.parse(`${text}Z`)

/** The next that is not left out. */
function following(plan: RulePlan, from: Place | undefined): ReturnType<typeof nextOccurrence> {
  const query = { ...queryOf(plan), last: from }
  const out = leavingOut(plan)
  return out.isEmpty ? nextOccurrence(query) : nextWanted(query, (occurrence) => out.of(occurrence)?.end ?? null)
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
  const out = leavingOut(plan)
  const query = queryOf(plan)
  let before = time
  let effort = effortOfCall
  // Wanted or not: what follows it is looked for from there.
  let latest: Occurrence | undefined
  for (;;) {
    const found = catchUp({ ...query, effort }, due, before)
    if (found.type === 'failure') {
      if (found.code === 'rule.too-far') return null
      throw new Error(`${found.code}: ${found.message}`)
    }
    const { last } = found
    latest ??= last
    // What is due was asked for when it was not left out.
    const gap = last.at === due.at ? null : out.of(last)
    if (gap === null) {
      const next = out.isEmpty ? found.next : nextOf(plan, latest)
      return { last, next, covers: coversOf(plan, due, last) }
    }
    before = Math.max(gap.begin, due.at + 1)
    // Each looks a little further back: together they may spend little more than one.
    effort = effortOfCall / 16
  }
}

function coversOf({ except = [] }: RulePlan, due: Occurrence, last: Occurrence): number | null {
  if (due.index === null || last.index === null) return null
  const passed = last.index - due.index
  if (passed === 0 || except.length === 0) return passed
  const isBetween = (text: string): boolean =>
    isInstant(text)
      ? Date.parse(text) >= due.at && Date.parse(text) <= last.at
      : text >= due.local.slice(0, text.length) && text <= last.local
  return except.some(isBetween) ? null : passed
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
