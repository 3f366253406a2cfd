import type { FailureType, ModelFailure } from '../failure.ts'

/** What is of use after a try that failed before anything of its answer went out. */
export type Next = 'same' | 'other-key' | 'other' | 'none'

const others: ReadonlySet<FailureType> = new Set([
  'away',
  'lost',
  'late',
  'garbage',
  'unknown-model',
  'too-long',
  'rate',
  'key',
])
const passing: ReadonlySet<FailureType> = new Set(['away', 'lost', 'garbage', 'rate'])

export interface Left {
  readonly keys: number
  readonly others: number
  /** Tries at the same deployment that may still be made. */
  readonly again: number
}

/**
 * Another deployment comes before another try at the same one: who waits is served sooner. What a provider refused for what it holds,
 * another would have to be asked by policy, since not all of them are equal.
 */
export function nextAfter({ type }: ModelFailure, left: Left): Next {
  if ((type === 'key' || type === 'rate') && left.keys > 0) return 'other-key'
  if (!others.has(type)) return 'none'
  if (left.others > 0) return 'other'
  return passing.has(type) && left.again > 0 ? 'same' : 'none'
}

const firstWaitMs = 250
const longestWaitMs = 5_000

/** Before the same is tried again; null where the provider wants to be left alone for longer than anybody would wait. */
export function waitBefore(again: number, { afterMs }: ModelFailure, random: () => number): number | null {
  if (afterMs !== undefined && afterMs > longestWaitMs) return null
  const wait = Math.min(firstWaitMs * 2 ** again, longestWaitMs) * (0.5 + random() / 2)
  return Math.max(wait, afterMs ?? 0)
}
