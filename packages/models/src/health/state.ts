import type { FailureType, ModelFailure } from '../failure.ts'
import {
  breakerAt,
  breakerSetting,
  closed,
  failed,
  probing,
  released,
  succeeded,
  type Breaker,
  type BreakerSetting,
  type Probe,
} from './breaker.ts'
import type { Random } from './chance.ts'
import { counted, fresh, measured, recentAt, type Mean, type Recent } from './figures.ts'
import { restingFor, taken, waitMs, type Limits } from './limits.ts'
import { laterBreaker, mergeLimits, mergeSeen, type DeploymentSummary, type Seen } from './summary.ts'
import type { HealthView, Standing } from './view.ts'

/** All that is known of how one deployment does. */
export interface DeploymentState {
  readonly breaker: Breaker
  readonly limits: Limits
  readonly recent: Recent
  readonly firstToken: Mean | undefined
  readonly speed: Mean | undefined
  /** Of an answer that comes whole. */
  readonly whole: Mean | undefined
  /** When the head of an answer came last; 0: never. */
  readonly heard: number
  /** Calls that were given up since then, as nothing came. */
  readonly unheard: number
  readonly inFlight: number
  /** What other workers have seen. */
  readonly others: readonly Seen[]
  /** When this worker used it last. */
  readonly used: number
  /** When it was used, or spoken of, last. */
  readonly touched: number
}

export const unused: DeploymentState = {
  breaker: closed,
  limits: {},
  recent: [],
  firstToken: undefined,
  speed: undefined,
  whole: undefined,
  heard: 0,
  unheard: 0,
  inFlight: 0,
  others: [],
  used: 0,
  touched: 0,
}

export type Outcome =
  /** `tokens`: of the answer. `ms`: from its first token to its end, or from the beginning where it came whole. */
  | { readonly type: 'done'; readonly tokens?: number; readonly ms: number; readonly isWhole?: boolean }
  | { readonly type: 'failed'; readonly failure: ModelFailure }

export interface Ending {
  readonly now: number
  readonly probe: number | null
  readonly random: Random
}

/** Failures that speak against the deployment. The others speak against the request, or the key, or were wanted. */
const against: ReadonlySet<FailureType> = new Set<FailureType>(['away', 'lost', 'late', 'garbage'])

export function standingOf(state: DeploymentState, now: number, tokens: number, setting: BreakerSetting): Standing {
  const breaker = breakerAt(state.breaker, now, setting)
  if (breaker.type === 'resting') return { type: 'resting', why: 'failing', forMs: breaker.forMs }
  const wait = waitMs(state.limits, now, tokens)
  if (wait > 0) return { type: 'resting', why: 'limit', forMs: wait }
  return { type: breaker.type === 'closed' ? 'ready' : 'probe' }
}

export const begun = (state: DeploymentState, now: number, tokens: number, probe: Probe | null): DeploymentState => ({
  ...state,
  breaker: probe === null ? state.breaker : probing(state.breaker, probe),
  limits: taken(state.limits, now, tokens),
  inFlight: state.inFlight + 1,
  used: now,
  touched: now,
})

export function ended(
  state: DeploymentState,
  outcome: Outcome,
  ending: Ending,
  setting: BreakerSetting = breakerSetting,
): DeploymentState {
  const landed = { ...state, inFlight: Math.max(0, state.inFlight - 1), used: ending.now, touched: ending.now }
  if (outcome.type === 'done') return afterSuccess(landed, outcome, ending)
  const { type, afterMs } = outcome.failure
  if (!against.has(type)) return { ...landed, breaker: released(landed.breaker, ending.probe) }
  const recent = counted(landed.recent, true, ending.now)
  const breaker = failed(landed.breaker, { ...ending, ...recentAt(recent, ending.now) }, setting)
  const limits =
    type === 'away' && afterMs !== undefined && afterMs > 0
      ? restingFor(landed.limits, afterMs, ending.now)
      : landed.limits
  const unheard = type === 'late' ? landed.unheard + 1 : landed.unheard
  return { ...landed, breaker, recent, limits, unheard }
}

/** It is no request of its own, so it takes none of those that may be made: unless the provider has said meanwhile how many are left. */
export function carried(
  state: DeploymentState,
  { now, began, probe }: { readonly now: number; readonly began: number; readonly probe: number | null },
): DeploymentState {
  const { requests } = state.limits
  const isTaken = requests !== undefined && requests.at <= began
  return {
    ...state,
    breaker: released(state.breaker, probe),
    limits: isTaken ? { ...state.limits, requests: { ...requests, left: requests.left + 1 } } : state.limits,
    inFlight: Math.max(0, state.inFlight - 1),
    touched: now,
  }
}

function afterSuccess(
  state: DeploymentState,
  { tokens, ms, isWhole = false }: Outcome & { readonly type: 'done' },
  { now, probe }: Ending,
): DeploymentState {
  const breaker = succeeded(state.breaker, now, probe)
  // What it did before it recovered is not held against it: else the next failure would be half of a minute's calls.
  const before = state.breaker.openings > 0 && breaker.openings === 0 ? [] : state.recent
  const speed =
    tokens !== undefined && tokens > 0 && ms > 0 ? measured(state.speed, (tokens * 1000) / ms, now) : state.speed
  const whole = isWhole ? measured(state.whole, ms, now) : state.whole
  return { ...state, breaker, recent: counted(before, false, now), speed, whole }
}

export const heardAt = (state: DeploymentState, limits: Limits, now: number): DeploymentState => ({
  ...state,
  limits,
  heard: now,
  unheard: 0,
})

/** That few wait in vain says little. */
const leastWaiting = 8
const momentMs = 10_000

/** For so long, as of now, for a call that began then: of what was not asked for a while it is not known whether it has to wake up. */
export const isSilentFor = (
  { inFlight, unheard, heard }: DeploymentState,
  ms: number,
  { began, now }: { readonly began: number; readonly now: number },
): boolean => inFlight + unheard >= leastWaiting && now - heard >= ms && began - heard <= momentMs

export const firstSeen = (state: DeploymentState, ms: number, now: number): DeploymentState => ({
  ...state,
  firstToken: measured(state.firstToken, ms, now),
})

/** A worker that has said nothing for so long is gone, and its calls with it. */
const silentMs = 60_000
/** A share of fewer calls says nothing. */
const leastCalls = 5

export function viewOf(state: DeploymentState, standing: Standing, now: number): HealthView {
  const own = { ...recentAt(state.recent, now), inFlight: state.inFlight }
  const others = state.others.filter(({ version }) => now - version <= silentMs)
  const all = [own, ...others]
  const calls = sum(all.map((one) => one.calls))
  const firstTokenMs = fresh(state.firstToken, now) ?? meanOf(others, 'firstTokenMs')
  const tokensPerSecond = fresh(state.speed, now) ?? meanOf(others, 'tokensPerSecond')
  const wholeMs = fresh(state.whole, now)
  return {
    standing,
    ...(wholeMs === undefined ? {} : { wholeMs }),
    ...(firstTokenMs === undefined ? {} : { firstTokenMs }),
    ...(tokensPerSecond === undefined ? {} : { tokensPerSecond }),
    ...(calls < leastCalls ? {} : { errorRate: sum(all.map((one) => one.failures)) / calls }),
    inFlight: sum(all.map((one) => one.inFlight)),
  }
}

const sum = (numbers: readonly number[]): number => numbers.reduce((all, one) => all + one, 0)

function meanOf(others: readonly Seen[], figure: 'firstTokenMs' | 'tokensPerSecond'): number | undefined {
  const known = others.flatMap((one) => one[figure] ?? [])
  return known.length === 0 ? undefined : sum(known) / known.length
}

export function seenBy(worker: string, version: number, state: DeploymentState, now: number): Seen {
  const firstTokenMs = fresh(state.firstToken, now)
  const tokensPerSecond = fresh(state.speed, now)
  return {
    worker,
    version,
    ...recentAt(state.recent, now),
    inFlight: state.inFlight,
    ...(firstTokenMs === undefined ? {} : { firstTokenMs: Math.round(firstTokenMs) }),
    ...(tokensPerSecond === undefined ? {} : { tokensPerSecond: Math.round(tokensPerSecond * 10) / 10 }),
  }
}

/** With what others say of it. A probe of one's own that is under way goes on, whatever they say. */
export function told(
  state: DeploymentState,
  { breaker: theirs, limits, seen }: DeploymentSummary,
  { now, worker, mostRestMs }: { readonly now: number; readonly worker: string; readonly mostRestMs: number },
): DeploymentState {
  const later = laterBreaker(state.breaker, theirs)
  const { openings, since, until } = later
  const breaker: Breaker =
    later === state.breaker
      ? state.breaker
      : { ...closed, openings, since, until: Math.min(until, now + mostRestMs), probe: state.breaker.probe }
  return {
    ...state,
    breaker,
    limits: mergeLimits(state.limits, limits),
    others: mergeSeen(state.others, seen).filter((one) => one.worker !== worker && now - one.version <= silentMs),
    touched: Math.max(state.touched, now),
  }
}
