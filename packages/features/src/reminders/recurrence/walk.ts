import { instantToLocal, lastInstant, lastLocalUpTo, localToInstant } from '@hearth/protocol'
import type { Rule } from './rule.ts'
import { ruleSeries, type Effort } from './series.ts'
import { lastDay } from './year-days.ts'

export type Found =
  /** The rule has no time from the local second `from` to before it. */
  | { readonly type: 'found'; readonly second: number; readonly at: number; readonly from: number }
  | { readonly type: 'none' }
  /** The effort ran out: nothing lies before this local second. */
  | { readonly type: 'spent'; readonly second: number }

/** Occurrences by their local second. All share the start's fraction of a second. */
export interface Walk {
  readonly rule: Rule
  readonly start: number
  readonly effort: Effort
  secondOf(local: number): number
  localOf(second: number): number
  instantOf(second: number): number
  /** The last local second that can fall at or before an instant. */
  lastUpTo(instant: number): number
  /** The first from the local second `from` on that falls later than the instant `latest`; none after `to`. */
  firstAfter(from: number, latest: number, to?: number): Found
  /** How many local times there are from `from` to before `to`; spends at most half of the effort that is left. */
  count(from: number, to: number): number | undefined
}

const dayMs = 86_400_000
const daySeconds = 86_400
const lastSecond = (lastDay + 1) * daySeconds - 1

export function walkOf(rule: Rule, startLocal: number, zone: string, effort: Effort): Walk {
  const fraction = startLocal % 1000
  const secondOf = (local: number) => Math.floor((local - fraction) / 1000)
  const localOf = (second: number) => second * 1000 + fraction
  const instantOf = (second: number) => localToInstant(localOf(second), zone)
  const start = secondOf(startLocal)
  const series = ruleSeries(rule, start, effort)
  const end = Math.min(lastSecond, secondOf(lastLocalOf(rule, zone)))

  const firstAfter = (from: number, latest: number, to = end): Found => {
    const until = Math.min(to, end)
    let at = Math.max(from, start, secondOf(lastLocalUpTo(latest, zone)) + 1)
    for (;;) {
      effort.reached = undefined
      const second = series.next(at, until)
      if (second === undefined && effort.reached !== undefined) return { type: 'spent', second: effort.reached }
      if (second === undefined || second > until) return { type: 'none' }
      const instant = instantOf(second)
      if (instant > lastInstant || (rule.until?.type === 'instant' && instant > rule.until.ms)) return { type: 'none' }
      if (instant > latest) return { type: 'found', second, at: instant, from: at }
      at = lastNotAfter(second, latest, instantOf) + 1
    }
  }

  const count = (from: number, to: number): number | undefined => {
    if (to <= from) return 0
    const kept = Math.floor(effort.left / 2)
    effort.left -= kept
    const counted = series.count(from, to)
    effort.left = Math.max(effort.left, 0) + kept
    return counted
  }

  const lastUpTo = (instant: number): number =>
    secondOf(Math.max(instantToLocal(instant, zone), instantToLocal(instant - dayMs, zone) + dayMs))

  return { rule, start, effort, secondOf, localOf, instantOf, lastUpTo, firstAfter, count }
}

/**
 * From a local second that falls at or before `latest`, shortly after the clock was changed, the last up to which all do: from
 * there on instants only grow, since no clock is changed twice within two days.
 */
function lastNotAfter(second: number, latest: number, instantOf: (second: number) => number): number {
  let [low, high] = [second, second + 2 * daySeconds]
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2)
    if (instantOf(middle) <= latest) low = middle
    else high = middle
  }
  return low
}

/** No local time after this one is within UNTIL. */
function lastLocalOf(rule: Rule, zone: string): number {
  if (rule.until === undefined) return Number.POSITIVE_INFINITY
  if (rule.until.type === 'local') return rule.until.local
  // Where the clock goes back, later local times have come before this instant; it never goes back by more than a day.
  return instantToLocal(rule.until.ms, zone) + dayMs
}
