/** So many in a span of time, all of them at once if they come so. */
export interface Allowance {
  readonly requests: number
  readonly withinMs: number
}

export interface Granted {
  readonly granted: number
  /** Until there is one more; 0 where something was granted. */
  readonly waitMs: number
}

export interface Buckets {
  /** As much as there is, up to `wanted`. */
  take(name: string, allowance: Allowance, wanted?: number): Granted
}

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
    take: (name, allowance, wanted = 1) => {
      const time = now()
      const before = buckets.get(name)
      buckets.delete(name)
      if (before === undefined && buckets.size >= mostBuckets) makeRoom(time)
      const same = before?.allowance.requests === allowance.requests && before.allowance.withinMs === allowance.withinMs
      const left = before !== undefined && same ? levelOf(before, time) : allowance.requests
      const granted = Math.min(wanted, Math.floor(left + 1e-9))
      buckets.set(name, { left: left - granted, at: time, allowance })
      const waitMs = granted > 0 ? 0 : ((1 - left) * allowance.withinMs) / allowance.requests
      return { granted, waitMs }
    },
  }
}
