import { limited, type Limit, type Limits } from './limits.ts'

/**
 * What one worker tells the others now and then: what it has seen of its deployments and keys, about 300 bytes for each of the
 * first. Every part of it has an order of its own, and of two the later one counts, so that it does not matter in which order, or
 * how often, they arrive.
 */
export interface Summary {
  readonly deployments: readonly DeploymentSummary[]
  readonly keys: readonly KeySummary[]
}

export interface DeploymentSummary {
  readonly id: string
  readonly breaker: SharedBreaker
  readonly limits: Limits
  /** By worker, in the order of their names. */
  readonly seen: readonly Seen[]
}

export interface SharedBreaker {
  readonly openings: number
  readonly until: number
  readonly since: number
}

/** What a worker has seen lately. */
export interface Seen {
  readonly worker: string
  /** When it said so; the same worker never says two things with one of these. */
  readonly version: number
  readonly calls: number
  readonly failures: number
  readonly inFlight: number
  readonly firstTokenMs?: number
  readonly tokensPerSecond?: number
}

export interface KeySummary {
  readonly id: string
  readonly until: number
  readonly isRefused?: boolean
}

/** What two summaries come to together. */
export function merge(a: Summary, b: Summary): Summary {
  return {
    deployments: joined(a.deployments, b.deployments, ({ id }) => id, mergeDeployments),
    keys: joined(
      a.keys,
      b.keys,
      ({ id }) => id,
      (one, other) => (other.until > one.until ? other : one),
    ),
  }
}

function mergeDeployments(a: DeploymentSummary, b: DeploymentSummary): DeploymentSummary {
  return {
    id: a.id,
    breaker: laterBreaker(a.breaker, b.breaker),
    limits: mergeLimits(a.limits, b.limits),
    seen: mergeSeen(a.seen, b.seen),
  }
}

/** The one that changed last; at the same instant, the one that is more careful. */
export function laterBreaker<A extends SharedBreaker, B extends SharedBreaker>(a: A, b: B): A | B {
  return compared([a.since, a.openings, a.until], [b.since, b.openings, b.until]) >= 0 ? a : b
}

export function mergeLimits(a: Limits, b: Limits): Limits {
  const merged: Partial<Record<keyof Limits, Limit>> = {}
  for (const name of limited) {
    const limit = laterLimit(a[name], b[name])
    if (limit !== undefined) merged[name] = limit
  }
  return merged
}

function laterLimit(a: Limit | undefined, b: Limit | undefined): Limit | undefined {
  if (a === undefined || b === undefined) return a ?? b
  return compared([a.at, -a.left, a.until, -a.perMs], [b.at, -b.left, b.until, -b.perMs]) >= 0 ? a : b
}

export const mergeSeen = (a: readonly Seen[], b: readonly Seen[]): readonly Seen[] =>
  joined(a, b, ({ worker }) => worker, laterSeen)

const laterSeen = (a: Seen, b: Seen): Seen =>
  compared(
    [a.version, a.calls, a.failures, a.inFlight, a.firstTokenMs ?? -1, a.tokensPerSecond ?? -1],
    [b.version, b.calls, b.failures, b.inFlight, b.firstTokenMs ?? -1, b.tokensPerSecond ?? -1],
  ) >= 0
    ? a
    : b

function compared(a: readonly number[], b: readonly number[]): number {
  for (const [index, value] of a.entries()) {
    const other = b[index] ?? 0
    if (value !== other) return value - other
  }
  return 0
}

/** Of both lists, in the order of their keys; what is in both is merged. */
function joined<T>(
  a: readonly T[],
  b: readonly T[],
  keyOf: (one: T) => string,
  mergeTwo: (a: T, b: T) => T,
): readonly T[] {
  const found = new Map<string, T>()
  for (const one of [...a, ...b]) {
    const key = keyOf(one)
    const known = found.get(key)
    found.set(key, known === undefined ? one : mergeTwo(known, one))
  }
  return [...found].toSorted(([x], [y]) => (x < y ? -1 : 1)).map(([, one]) => one)
}
