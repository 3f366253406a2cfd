import {
  formatLocal,
  instantToLocal,
  isInstantInRange,
  lastLocalUpTo,
  localToInstant,
  parseLocal,
  timeFailure,
  type TimeFailure,
} from '@hearth/protocol'
import { ruleFailure, type Rule, type RuleFailure } from './rule.ts'
import { ruleSeries, type Effort } from './series.ts'
import { lastDay } from './year-days.ts'

export interface Occurrence {
  /** Its place among the local times of the rule, from 0. COUNT counts these. */
  readonly index: number
  /** What the clock on the wall shows, by the rule; in a gap a time that no clock shows. */
  readonly local: string
  /** When that is, in milliseconds since 1970 in UTC. */
  readonly at: number
}

export interface OccurrenceQuery {
  readonly rule: Rule
  /** Local, without an offset. It counts as an occurrence only where the rule matches it. */
  readonly start: string
  readonly zone: string
  /** Go on after this occurrence of the same rule, start and zone. This costs as much as the first, however old the start. */
  readonly last?: Pick<Occurrence, 'index' | 'local'> | undefined
  /** Only occurrences later than this instant. */
  readonly after?: number | undefined
}

export interface Occurrences {
  readonly type: 'occurrences'
  /** In order; each later than the one before. */
  readonly occurrences: readonly Occurrence[]
  /** Whether the series ends with these. False also when the effort of one call was spent before `limit` was reached. */
  readonly ended: boolean
}

export type NextOccurrence =
  | { readonly type: 'occurrence'; readonly occurrence: Occurrence }
  | { readonly type: 'ended' }

const lastSecond = (lastDay + 1) * 86_400 - 1
// 25,000 steps take 1 to 2 ms; a rule that occurs nowhere in them is taken for one that never occurs. Years, months and weeks
// repeat after 400 years, which is fewer steps: only rules below a day with intervals like 86401 seconds are cut short.
const effortOfCall = 25_000

/**
 * The occurrences of a rule, expanded in local time and then each mapped to an instant: one in a gap moves forward by the
 * length of the gap, one that the clock shows twice is the first. Where that would not be later than the occurrence before
 * (the two sides of a gap), the later local time is dropped; its index stays unused.
 * Throws `time.zone-unknown`.
 */
export function occurrencesAfter(
  query: OccurrenceQuery & { readonly limit: number },
): Occurrences | RuleFailure | TimeFailure {
  const start = parseLocal(query.start)
  const last = query.last === undefined ? undefined : parseLocal(query.last.local)
  if (start.type === 'failure') return start
  if (last?.type === 'failure') return last
  if (!isInstantInRange(localToInstant(start.local, query.zone))) {
    return timeFailure('time.out-of-range', 'The start must lie in the years 1970 to 9999.')
  }
  const effort: Effort = { left: effortOfCall }
  const walk = startWalk(query, start.local, last?.local, effort)
  const occurrences: Occurrence[] = []
  while (occurrences.length < query.limit) {
    const found = walk()
    if (found === 'too-far')
      return ruleFailure('rule.too-far', 'The rule has more occurrences before that time than can be counted.')
    if (found === 'none') return ruleFailure('rule.no-occurrence', 'The rule never occurs after its start.')
    if (found === 'ended') return { type: 'occurrences', occurrences, ended: effort.left > 0 }
    occurrences.push(found)
  }
  return { type: 'occurrences', occurrences, ended: false }
}

export function nextOccurrence(query: OccurrenceQuery): NextOccurrence | RuleFailure | TimeFailure {
  const found = occurrencesAfter({ ...query, limit: 1 })
  if (found.type === 'failure') return found
  const [occurrence] = found.occurrences
  return occurrence === undefined ? { type: 'ended' } : { type: 'occurrence', occurrence }
}

type Step = Occurrence | 'ended' | 'none' | 'too-far'

/** Each call gives the next occurrence. Local times are in seconds here; all share the start's fraction of a second. */
function startWalk(
  query: OccurrenceQuery,
  startLocal: number,
  lastLocal: number | undefined,
  effort: Effort,
): () => Step {
  const { rule, zone, last, after } = query
  const fraction = startLocal % 1000
  const secondOf = (local: number) => Math.floor((local - fraction) / 1000)
  const instantOf = (second: number) => localToInstant(second * 1000 + fraction, zone)
  const start = secondOf(startLocal)
  const series = ruleSeries(rule, start, effort)
  const end = Math.min(lastSecond, secondOf(lastLocalOf(rule, zone)))

  const lastSecondRung = lastLocal === undefined ? undefined : secondOf(lastLocal)
  let from = lastSecondRung === undefined ? start : Math.max(lastSecondRung + 1, start)
  let index = last === undefined ? 0 : last.index + 1
  let latest = Math.max(lastSecondRung === undefined ? -1 : instantOf(lastSecondRung), after ?? -1)

  /** Passes over every local time that does not fall later than `latest`. */
  const skip = (): boolean => {
    const to = Math.min(secondOf(lastLocalUpTo(latest, zone)), end) + 1
    const passed = to > from ? series.count(from, to) : 0
    if (passed === undefined) return false
    from = Math.max(from, to)
    index += passed
    return true
  }

  let mustSkip = after !== undefined
  return () => {
    for (;;) {
      if (mustSkip && !skip()) return 'too-far'
      mustSkip = false
      if (rule.count !== undefined && index >= rule.count) return 'ended'
      const second = series.next(from)
      if (second === undefined || second > end) return index === 0 ? 'none' : 'ended'
      const at = instantOf(second)
      if (!isInstantInRange(at) || (rule.until?.type === 'instant' && at > rule.until.ms))
        return index === 0 ? 'none' : 'ended'
      from = second + 1
      index += 1
      if (at > latest) {
        latest = at
        return { index: index - 1, local: formatLocal(second * 1000 + fraction), at }
      }
      mustSkip = true
    }
  }
}

/** No local time after this one is within UNTIL. */
function lastLocalOf(rule: Rule, zone: string): number {
  if (rule.until === undefined) return Number.POSITIVE_INFINITY
  if (rule.until.type === 'local') return rule.until.local
  // Where the clock goes back, later local times have come before this instant; it never goes back by more than a day.
  return instantToLocal(rule.until.ms, zone) + 86_400_000
}
