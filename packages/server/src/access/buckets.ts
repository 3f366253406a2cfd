import type { Granted } from '@hearth/features'

/** So many in a span of time, all of them at once if they come so. */
export interface Allowance {
  readonly requests: number
  readonly withinMs: number
}

export type { Granted } from '@hearth/features'

export interface Buckets {
  take(name: string, allowance: Allowance, wanted?: number, how?: HowToTake): Granted
}

/**
 * `some`: as much as there is, up to what is wanted. `all`: that or nothing; what is more than fits in is given where the bucket is full.
 * `always`: whatever is left, which may be less than nothing afterwards; a negative amount is given back.
 */
export type HowToTake = 'some' | 'all' | 'always'

interface Bucket {
  left: number
  at: number
  readonly allowance: Allowance
}

const mostBuckets = 20_000

/** One bucket a name, filled again evenly; what is full is forgotten. */
export function createBuckets(now: () => number = () => performance.now()): Buckets {
  const buckets = new Map<string, Bucket>()
  const levelOf = ({ left, at, allowance: { requests, withinMs } }: Bucket, time: number): number =>
    Math.min(requests, left + ((time - at) * requests) / withinMs)

  function makeRoom(time: number): void {
    for (const [name, bucket] of buckets) if (levelOf(bucket, time) >= bucket.allowance.requests) buckets.delete(name)
    // The oldest are those that were not asked of for longest, since each use puts a bucket last.
    for (const name of buckets.keys()) {
      if (buckets.size < mostBuckets * 0.9) return
      buckets.delete(name)
    }
  }
  return {
    take: (name, allowance, wanted = 1, how = 'some') => {
      const time = now()
      const before = buckets.get(name)
      buckets.delete(name)
      if (before === undefined && buckets.size >= mostBuckets) makeRoom(time)
      const same = before?.allowance.requests === allowance.requests && before.allowance.withinMs === allowance.withinMs
      const left = before !== undefined && same ? levelOf(before, time) : allowance.requests
      const { requests, withinMs } = allowance
      const needed = how === 'some' ? 1 : Math.min(wanted, requests)
      const isThere = how === 'always' || Math.floor(left + 1e-9) >= needed
      const most = how === 'some' ? Math.floor(left + 1e-9) : wanted
      const granted = isThere ? Math.min(wanted, most) : 0
      // No deeper than a span makes good.
      buckets.set(name, { left: Math.min(requests, Math.max(-requests, left - granted)), at: time, allowance })
      return { granted, waitMs: isThere ? 0 : ((needed - left) * withinMs) / requests }
    },
  }
}
