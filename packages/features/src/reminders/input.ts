import {
  formatInstant,
  formatLocal,
  HearthError,
  instantToLocal,
  isInstantInRange,
  isZone,
  localToInstant,
  parseInstant,
  parseLocal,
  schema,
} from '@hearth/protocol'
import * as z from 'zod'
import { durationOf } from '../duration.ts'
import { invalid } from '../position-in.ts'
import type { Manner, Nag } from './events.ts'
import type { Plan } from './plan.ts'
import { parseRule, startText } from './recurrence/index.ts'

const nag = z.strictObject({ every: z.string().max(40), times: z.int().min(1).max(1000).optional() })

/** When it rings. */
const times = {
  at: z.string().max(64).optional(),
  rule: z.string().max(500).optional(),
  start: z.string().max(64).optional(),
  zone: z.string().max(64).optional(),
  catchUp: z.enum(['once', 'skip', 'each']).optional(),
  /** Times of the rule, or whole days, on which it does not ring. */
  except: z.array(z.string().max(64)).max(366).optional(),
}

export const setInput = z.strictObject({
  text: schema.text({ max: 2000 }),
  ...times,
  /** Rings again until it is done. */
  nag: nag.optional(),
  /** Rings in quiet hours too. */
  urgent: z.boolean().optional(),
  home: schema.home(),
})

export const changeInput = z.strictObject({
  id: schema.id(),
  text: schema.text({ max: 2000 }).optional(),
  ...times,
  nag: nag.nullable().optional(),
  urgent: z.boolean().optional(),
  home: schema.home(),
})

export type PlanChange = Partial<
  Pick<z.infer<typeof setInput>, 'at' | 'rule' | 'start' | 'zone' | 'catchUp' | 'except'>
>

const nagSpan = { shortest: 60_000, longest: 7 * 86_400_000 }
const usualTimes = 10

export const nagOf = ({ every, times: most = usualTimes }: z.infer<typeof nag>): Nag => ({
  everyMs: durationOf('nag.every', every, nagSpan),
  times: most,
})

export const mannerOf = (input: Pick<z.infer<typeof setInput>, 'nag' | 'urgent'>): Manner => ({
  ...(input.nag === undefined ? {} : { nag: nagOf(input.nag) }),
  ...(input.urgent === true ? { urgent: true } : {}),
})

export function assertZone(zone: string | undefined): void {
  if (zone !== undefined && !isZone(zone))
    throw invalid('zone', 'must be the IANA name of a zone, such as Europe/Berlin')
}

/** Whether a plan depends on where the people of its home are. */
export const needsZone = ({ zone, at, rule, start }: PlanChange): boolean =>
  zone === undefined && (rule !== undefined || !hasOffset(at ?? start ?? ''))

/** What the caller asked for, as a plan. Throws what is wrong with it. */
export function planOf(input: PlanChange, ownZone: string, now: number): Plan {
  const { at, rule, start, zone, catchUp = 'once', except } = input
  assertZone(zone)
  if (rule === undefined) {
    if (start !== undefined) throw invalid('start', 'belongs to a rule; a single time is given as at')
    if (except !== undefined) throw invalid('except', 'belongs to a rule; a single time has no others')
    if (at === undefined) throw invalid('at', 'give a time, or a rule')
    return { type: 'once', at: timeOf('at', at, zone, ownZone), zone: zone ?? ownZone, catchUp }
  }
  if (at !== undefined && start !== undefined) throw invalid('at', 'a rule has one start')
  const parsed = parseRule(rule)
  if (parsed.type === 'failure') throw invalid('rule', parsed.message)
  const path = start === undefined ? 'at' : 'start'
  const from = start ?? at
  const instant = from === undefined ? Math.floor(now / 1000) * 1000 : timeOf(path, from, zone, ownZone)
  const local =
    from === undefined || hasOffset(from) ? startText(instant, zone ?? ownZone) : formatLocal(localOf(path, from))
  if (local === undefined) throw invalid(path, 'must lie in the years 1970 to 9999, on the clock of its zone too')
  return { type: 'rule', rule, start: local, zone: zone ?? ownZone, catchUp, ...exceptions(except) }
}

/** A plan with some of it said anew; what is not said stays as it is, times as its clock shows them. */
export function changedPlan(plan: Plan, change: PlanChange, now: number): Plan {
  const { at, rule, start, zone, catchUp, except } = change
  const kept = { zone: zone ?? plan.zone, catchUp: catchUp ?? plan.catchUp }
  const isSeries = rule !== undefined || start !== undefined || except !== undefined || plan.type === 'rule'
  const given = { ...(zone === undefined ? {} : { zone }), catchUp: kept.catchUp }
  if (!isSeries || (at !== undefined && rule === undefined && start === undefined && except === undefined)) {
    // The same clock shows the same time: what it shows twice stays the one that it was.
    if (plan.type === 'once' && at === undefined && kept.zone === plan.zone) return { ...plan, catchUp: kept.catchUp }
    const before = plan.type === 'once' ? formatLocal(instantToLocal(plan.at, plan.zone)) : undefined
    // A time that is not said anew is what the clock showed, on the clock that is said.
    return planOf({ at: at ?? before, ...given } as PlanChange, plan.zone, now)
  }
  const before = plan.type === 'rule' ? plan : { rule: undefined, start: undefined, except: undefined }
  const from =
    start ?? at ?? before.start ?? formatLocal(instantToLocal(plan.type === 'once' ? plan.at : now, plan.zone))
  const out = except ?? before.except
  const series = rule ?? before.rule
  if (series === undefined) throw invalid('rule', 'is needed for what recurs')
  return planOf(
    { rule: series, start: from, ...given, ...(out === undefined ? {} : { except: [...out] }) },
    plan.zone,
    now,
  )
}

/** As the plan has them: local times, days and instants, each once, in order. */
function exceptions(given: readonly string[] | undefined): { readonly except?: readonly string[] } {
  if (given === undefined || given.length === 0) return {}
  const texts = given.map((text) => {
    if (/^\d{4}-\d\d-\d\d$/.test(text)) return formatLocal(localOf('except', `${text}T00:00`)).slice(0, 10)
    if (!hasOffset(text)) return formatLocal(localOf('except', text))
    return formatInstant(timeOf('except', text, undefined, 'UTC'))
  })
  return { except: [...new Set(texts)].toSorted() }
}

const hasOffset = (text: string): boolean => /(?:[Zz]|[+-]\d\d:\d\d)$/.test(text.slice(10))

function localOf(path: string, text: string): number {
  const parsed = parseLocal(text)
  if (parsed.type === 'failure') throw invalid(path, parsed.message)
  return parsed.local
}

/** An instant, or a time of the clock that is meant. */
export function timeOf(path: string, text: string, zone: string | undefined, ownZone: string): number {
  if (!hasOffset(text)) return inRange(path, localToInstant(localOf(path, text), zone ?? ownZone))
  const parsed = parseInstant(text)
  if (parsed.type === 'failure') throw invalid(path, parsed.message)
  if (zone !== undefined) {
    throw new HearthError(
      'reminders.zone-and-offset',
      `${path} has an offset, and a zone is given: one of them decides, not both.`,
    )
  }
  return parsed.ms
}

function inRange(path: string, ms: number): number {
  if (!isInstantInRange(ms)) throw invalid(path, 'must lie in the years 1970 to 9999')
  return ms
}
