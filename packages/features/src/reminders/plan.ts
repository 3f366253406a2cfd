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

/** The last occurrence from `due` on that falls before `time`, and how many it leaves behind. */
export function skipLate(
  plan: RulePlan,
  due: Occurrence,
  time: number,
): { readonly last: Occurrence; readonly count: number } {
  const onTime = following(plan, { last: due, after: time - 1 })
  const missed = onTime === null ? 1 : onTime.index - due.index
  const query = { ...queryOf(plan), last: due }
  let last = due
  // Looked for backwards from `time`, in spans that grow from the usual distance of two occurrences.
  for (let span = Math.ceil((time - due.at) / missed); last === due; span *= 2) {
    const after = Math.max(due.at, time - span)
    last = lastBefore(query, after, time) ?? due
    if (after === due.at) break
  }
  return { last, count: last.index - due.index }
}

function lastBefore(query: OccurrenceQuery, after: number, time: number): Occurrence | null {
  let best: Occurrence | null = null
  for (;;) {
    const found = occurrencesAfter({ ...query, after: best?.at ?? after, limit: 64 })
    const early = found.type === 'occurrences' ? found.occurrences.filter(({ at }) => at < time) : []
    best = early.at(-1) ?? best
    if (early.length < 64) return best
  }
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
