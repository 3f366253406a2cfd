import type { TimeFailure } from '@hearth/protocol'
import {
  effortOfCall,
  following,
  localText,
  openWalk,
  secondOfPlace,
  tooFar,
  type NextOccurrence,
  type Occurrence,
  type OccurrenceQuery,
} from './occurrences.ts'
import type { RuleFailure } from './rule.ts'
import type { Found, Walk } from './walk.ts'

export interface CaughtUp {
  readonly type: 'caught-up'
  /** The last occurrence before the time. */
  readonly last: Occurrence
  readonly next: NextOccurrence
}

type Hit = Extract<Found, { type: 'found' }>

/**
 * From the occurrence `due`, the last that falls before `time`, and what follows it, with the effort of one call. Looked for
 * backwards from `time` in spans that double, then by halving: no stretch is searched more than a few times, and what was
 * missed is counted, not gone through.
 */
export function catchUp(
  query: Omit<OccurrenceQuery, 'last' | 'after'>,
  due: Occurrence,
  time: number,
): CaughtUp | RuleFailure | TimeFailure {
  const walk = openWalk({ ...query, last: due })
  if (walk.type === 'failure') return walk
  const first: Hit = { type: 'found', second: secondOfPlace(walk, due), at: due.at, from: 0 }
  const end = endOfCount(walk, first.second + 1, due.index, walk.lastUpTo(time))
  const hit = end === undefined ? undefined : lastBefore(walk, first, time, end)
  if (hit === undefined) return tooFar()
  const last = hit === first ? due : occurrenceOf(walk, due, first, hit)
  const next = following(walk, last)
  if (next.type === 'failure') return next
  return walk.rule.count !== undefined && last.index === null ? tooFar() : { type: 'caught-up', last, next }
}

/** Whether COUNT can be counted, with so little effort that there is enough for whatever is looked up later. */
export function isCountable(query: OccurrenceQuery): boolean {
  if (query.rule.count === undefined) return true
  const walk = openWalk({ ...query, effort: effortOfCall / 4 })
  return walk.type === 'walk' && endOfCount(walk, walk.start, -1, Number.POSITIVE_INFINITY) !== undefined
}

function occurrenceOf(walk: Walk, due: Occurrence, first: Hit, hit: Hit): Occurrence {
  const passed = due.index === null ? undefined : walk.count(first.second + 1, hit.from)
  const index = due.index === null || passed === undefined ? null : due.index + 1 + passed
  return { index, local: localText(walk, hit.second), at: hit.at }
}

/** Undefined when the effort ran out. */
function lastBefore(walk: Walk, due: Hit, time: number, end: number): Hit | undefined {
  let best = due
  // No occurrence lies after `clear` and before `time`.
  let clear = time - 1
  const search = (low: number): boolean | undefined => {
    const found = walk.firstAfter(best.second + 1, low, Math.min(walk.lastUpTo(clear), end))
    if (found.type === 'spent') return undefined
    if (found.type === 'found' && found.at <= clear) {
      best = found
      return true
    }
    clear = low
    return false
  }
  for (let [width, met] = [1000, false]; !met && clear > due.at; width *= 2) {
    const found = search(Math.max(due.at, clear - width))
    if (found === undefined) return undefined
    met = found
  }
  while (clear > best.at) if (search(Math.floor((best.at + clear) / 2)) === undefined) return undefined
  return best
}

/**
 * The local second of the last time that COUNT lets through, where that is before `limit`: counted from `from`, which follows
 * the time with this index. Undefined when the effort ran out.
 */
function endOfCount(walk: Walk, from: number, index: number | null, limit: number): number | undefined {
  const { count } = walk.rule
  if (count === undefined) return Number.POSITIVE_INFINITY
  if (index === null) return undefined
  const wanted = count - 1 - index
  if (wanted <= 0) return from - 1
  let [low, high, before] = [from, from + 60, 0]
  for (;;) {
    const counted = walk.count(low, high)
    if (counted === undefined) return undefined
    if (before + counted >= wanted) break
    if (high > limit || high > lastCountable) return Number.POSITIVE_INFINITY
    before += counted
    ;[low, high] = [high, high + 2 * (high - low)]
  }
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2)
    const counted = walk.count(low, middle)
    if (counted === undefined) return undefined
    if (before + counted >= wanted) high = middle
    else {
      low = middle
      before += counted
    }
  }
  return low
}

// After the year 9999: what is counted up to here is all there is.
const lastCountable = 253_402_300_800
