import type { Random } from './chance.ts'

/**
 * Whether a deployment is asked at all. Closed: yes. Open: not before `until`. After that it is half-open: one call at a time is
 * let through to see, and what becomes of that one decides.
 */
export interface Breaker {
  /** How often it has opened without closing in between; 0: it is closed. */
  readonly openings: number
  readonly until: number
  /** When it opened or closed last. */
  readonly since: number
  /** Failures since the last success. */
  readonly inRow: number
  /** The call that is let through to see; null: none is. */
  readonly probe: Probe | null
}

export interface Probe {
  readonly id: number
  readonly at: number
}

export interface BreakerSetting {
  /** Failures in a row that open it. */
  readonly mostInRow: number
  /** The share of the window's calls that opens it when they fail, once there are so many of them. */
  readonly rate: number
  readonly least: number
  /** It stays open for so long, twice as long each time that it opens again, and never longer than `mostRestMs`. */
  readonly restMs: number
  readonly mostRestMs: number
  /** A probe that has not ended after so long never will. */
  readonly probeMs: number
}

export const breakerSetting: BreakerSetting = {
  mostInRow: 5,
  rate: 0.5,
  least: 10,
  restMs: 2000,
  mostRestMs: 120_000,
  probeMs: 300_000,
}

export const closed: Breaker = { openings: 0, until: 0, since: 0, inRow: 0, probe: null }

export type BreakerStanding =
  | { readonly type: 'closed' }
  | { readonly type: 'half-open' }
  | { readonly type: 'resting'; readonly forMs: number }

export function breakerAt(breaker: Breaker, now: number, { probeMs, restMs }: BreakerSetting): BreakerStanding {
  if (breaker.openings === 0) return { type: 'closed' }
  if (now < breaker.until) return { type: 'resting', forMs: breaker.until - now }
  const { probe } = breaker
  if (probe === null || now - probe.at >= probeMs) return { type: 'half-open' }
  // It may end at any time.
  return { type: 'resting', forMs: Math.min(restMs, probeMs - (now - probe.at)) }
}

export const probing = (breaker: Breaker, probe: Probe): Breaker => ({ ...breaker, probe })

/** A success. One that began before it opened proves nothing: only the probe's closes it. */
export function succeeded(breaker: Breaker, now: number, probe: number | null): Breaker {
  if (breaker.openings === 0) return breaker.inRow === 0 ? breaker : { ...breaker, inRow: 0 }
  return isProbe(breaker, probe) ? { ...closed, since: after(breaker, now) } : breaker
}

export interface Failing {
  readonly now: number
  /** Whose failure it is, where it was a probe's. */
  readonly probe: number | null
  /** Of the window, this one included. */
  readonly calls: number
  readonly failures: number
  readonly random: Random
}

export function failed(breaker: Breaker, failing: Failing, setting: BreakerSetting): Breaker {
  const { probe, calls, failures } = failing
  if (breaker.openings > 0) return isProbe(breaker, probe) ? opened(breaker, failing, setting) : breaker
  const inRow = breaker.inRow + 1
  const isTooMuch = inRow >= setting.mostInRow || (calls >= setting.least && failures >= calls * setting.rate)
  return isTooMuch ? opened({ ...breaker, inRow }, failing, setting) : { ...breaker, inRow }
}

/** A call ended that tells nothing of the deployment: the next one may see. */
export const released = (breaker: Breaker, probe: number | null): Breaker =>
  isProbe(breaker, probe) ? { ...breaker, probe: null } : breaker

/** Of two changes the later one is known by it, also within a millisecond. */
const after = ({ since }: Breaker, now: number): number => Math.max(now, since + 1)

const isProbe = ({ probe }: Breaker, id: number | null): boolean => probe !== null && probe.id === id

/** The wait is cut by up to a quarter, at random, so that those who saw it fail together do not come back together. */
function opened(breaker: Breaker, { now, random }: Failing, { restMs, mostRestMs }: BreakerSetting): Breaker {
  const openings = breaker.openings + 1
  const rest = Math.min(mostRestMs, restMs * 2 ** Math.min(openings - 1, 40))
  return { ...breaker, openings, until: now + rest * (1 - random() / 4), since: after(breaker, now), probe: null }
}
