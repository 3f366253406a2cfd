import { HearthError } from '@hearth/protocol'
import { createBuckets } from './buckets.ts'

/** A person mistypes, a program has last year's key: more often than this somebody is guessing. */
const tolerated = { requests: 30, withinMs: 60_000 }

/** Counts secrets that nobody knows by where they come from. */
export interface Attempts {
  /** Throws: what was shown is not known, or too much was that was not. */
  refuse(address: string): never
}

export const unknownKey = (): HearthError => new HearthError('auth.key-unknown', 'This key is not known here.')

export function createAttempts(now?: () => number): Attempts {
  const buckets = createBuckets(now)
  return {
    refuse: (address) => {
      const { granted, waitMs } = buckets.take(address, tolerated)
      if (granted > 0) throw unknownKey()
      throw new HearthError('auth.too-many-attempts', 'Too many keys came from here that nobody knows.', {
        retryAfterSeconds: Math.max(1, Math.ceil(waitMs / 1000)),
      })
    },
  }
}
