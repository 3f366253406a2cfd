import {
  formatLocal,
  instantToLocal,
  isInstantInRange,
  localToInstant,
  parseLocal,
  timeFailure,
  type LocalTime,
  type TimeFailure,
} from '@hearth/protocol'
import { ruleFailure, type Rule, type RuleFailure } from './rule.ts'
import { walkOf, type Found, type Walk } from './walk.ts'

export interface Occurrence {
  /**
   * Its place among the local times of the rule, from 0. COUNT counts these. Null where they were too many to count, which
   * only happens to rules without COUNT.
   */
  readonly index: number | null
  /** What the clock on the wall shows, by the rule; in a gap a time that no clock shows. */
  readonly local: string
  /** When that is, in milliseconds since 1970 in UTC. */
  readonly at: number
}

/** Where a search goes on: after an occurrence, or where one that was not finished had come to. */
export interface Place extends Pick<Occurrence, 'index' | 'local'> {
  /** The instant of the last occurrence, where `local` is none. */
  readonly lastAt?: number | undefined
}

export interface OccurrenceQuery {
  readonly rule: Rule
  /** Local, without an offset. It counts as an occurrence only where the rule matches it. */
  readonly start: string
  readonly zone: string
  /** Go on after this place of the same rule, start and zone. This costs as much as the first, however old the start. */
  readonly last?: Place | undefined
  /** Only occurrences later than this instant. */
  readonly after?: number | undefined
  /** In steps; `effortOfCall` when left out. */
  readonly effort?: number | undefined
}

export interface Occurrences {
  readonly type: 'occurrences'
  /** In order; each later than the one before. */
  readonly occurrences: readonly Occurrence[]
  /** Whether the series ends with these. */
  readonly ended: boolean
  /** Where to go on when the effort of one call was spent before `limit` was reached. */
  readonly reached?: Place
}

export type NextOccurrence =
  | { readonly type: 'occurrence'; readonly occurrence: Occurrence }
  | { readonly type: 'ended' }
  /** Not found with the effort of one call; another call may go on from here. */
  | { readonly type: 'spent'; readonly reached: Place }

/** 25,000 steps take 1 to 2 ms. All that is looked up for one decision shares them. */
export const effortOfCall = 25_000

const dayMs = 86_400_000

/**
 * The occurrences of a rule, expanded in local time and then each mapped to an instant: one in a gap moves forward by the
 * length of the gap, one that the clock shows twice is the first. Where that would not be later than the occurrence before
 * (the two sides of a gap), the later local time is dropped; its index stays unused.
 * Throws `time.zone-unknown`.
 */
export function occurrencesAfter(
  query: OccurrenceQuery & { readonly limit: number },
): Occurrences | RuleFailure | TimeFailure {
  const walk = openWalk(query)
  if (walk.type === 'failure') return walk
  const occurrences: Occurrence[] = []
  let { last, after } = query
  while (occurrences.length < query.limit) {
    const found = following(walk, last, after)
    if (found.type === 'failure') return found
    if (found.type === 'spent') return { type: 'occurrences', occurrences, ended: false, reached: found.reached }
    if (found.type === 'ended') return { type: 'occurrences', occurrences, ended: true }
    occurrences.push(found.occurrence)
    last = found.occurrence
    after = undefined
  }
  return { type: 'occurrences', occurrences, ended: false }
}

export function nextOccurrence(query: OccurrenceQuery): NextOccurrence | RuleFailure | TimeFailure {
  const walk = openWalk(query)
  return walk.type === 'failure' ? walk : following(walk, query.last, query.after)
}

/**
 * The next that is wanted: `leftOut` says of one that it is not, and up to which instant nothing is. However many are left out,
 * all of them share the effort of one call.
 */
export function nextWanted(
  query: OccurrenceQuery,
  leftOut: (occurrence: Occurrence) => number | null,
): NextOccurrence | RuleFailure | TimeFailure {
  const walk = openWalk(query)
  if (walk.type === 'failure') return walk
  let { last, after } = query
  for (;;) {
    const found = following(walk, last, after)
    // An end that is met after something was left out is no rule without occurrences.
    if (found.type !== 'occurrence') return found
    const until = leftOut(found.occurrence)
    if (until === null) return found
    last = found.occurrence
    after = until > found.occurrence.at ? until : undefined
  }
}

/** A rule with its start, ready to be walked. */
export function openWalk(query: OccurrenceQuery): (Walk & { readonly type: 'walk' }) | TimeFailure {
  const { rule, zone, last, effort = effortOfCall } = query
  const start = localOf(query.start)
  if (start.type === 'failure') return start
  const place = last === undefined ? undefined : localOf(last.local)
  if (place?.type === 'failure') return place
  if (!isInstantInRange(localToInstant(start.local, zone))) {
    return timeFailure('time.out-of-range', 'The start must lie in the years 1970 to 9999.')
  }
  return { type: 'walk', ...walkOf(rule, start.local, zone, { left: effort }) }
}

// West of Greenwich the first hours of 1970 are the evening before.
function localOf(text: string): LocalTime | TimeFailure {
  if (!text.startsWith('1969-12-31')) return parseLocal(text)
  const later = parseLocal(`1970-01-01${text.slice(10)}`)
  return later.type === 'failure' ? later : { type: 'local', local: later.local - dayMs }
}

export function secondOfPlace(walk: Walk, place: Pick<Place, 'local'>): number {
  const parsed = localOf(place.local)
  if (parsed.type === 'failure') throw new Error(parsed.message)
  return walk.secondOf(parsed.local)
}

export function following(walk: Walk, last: Place | undefined, after = -1): NextOccurrence | RuleFailure {
  const { rule } = walk
  if (rule.count !== undefined && (last?.index ?? -1) >= rule.count - 1) return { type: 'ended' }
  const second = last === undefined ? undefined : secondOfPlace(walk, last)
  const from = second === undefined ? walk.start : second + 1
  const lastAt = last?.lastAt ?? (second === undefined ? -1 : walk.instantOf(second))
  const found = walk.firstAfter(from, Math.max(lastAt, after))
  if (found.type === 'found') return occurrenceAt(walk, last, from, found)
  // What `after` passes over would have to be counted before it could be left behind.
  if (found.type === 'spent' && after < 0) {
    const reached = {
      index: last?.index ?? (last === undefined ? -1 : null),
      lastAt,
      local: localText(walk, found.second - 1),
    }
    return { type: 'spent', reached }
  }
  if (found.type === 'spent') return tooFar()
  if (last !== undefined) return { type: 'ended' }
  const any = after < 0 ? found : walk.firstAfter(from, -1)
  if (any.type === 'spent') return tooFar()
  return any.type === 'found'
    ? { type: 'ended' }
    : ruleFailure('rule.no-occurrence', 'The rule never occurs after its start.')
}

function occurrenceAt(
  walk: Walk,
  last: Place | undefined,
  from: number,
  found: Extract<Found, { type: 'found' }>,
): NextOccurrence | RuleFailure {
  const { rule } = walk
  const before = last === undefined ? 0 : last.index === null ? null : last.index + 1
  const passed = before === null ? undefined : walk.count(from, found.from)
  const index = before === null || passed === undefined ? null : before + passed
  if (rule.count !== undefined && index === null) return tooFar()
  if (rule.count !== undefined && (index ?? 0) >= rule.count) return { type: 'ended' }
  return { type: 'occurrence', occurrence: { index, local: localText(walk, found.second), at: found.at } }
}

export const tooFar = (): RuleFailure =>
  ruleFailure('rule.too-far', 'The rule has more times, or more between them, than can be gone through.')

export const localText = (walk: Walk, second: number): string => formatLocal(walk.localOf(second))

/** The text of what a clock shows at an instant, as a start has it. Undefined where that is the year 10000. */
export function startText(instant: number, zone: string): string | undefined {
  const text = formatLocal(instantToLocal(instant, zone))
  return text.startsWith('+') ? undefined : text
}
