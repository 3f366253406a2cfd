/** Counts latencies in buckets at most 1.6% wide, so that millions of them cost nothing to keep or to merge. */
export interface Histogram {
  readonly counts: Float64Array
}

const bucketsPerDoubling = 64
const doublings = 30

export const makeHistogram = (): Histogram => ({ counts: new Float64Array(bucketsPerDoubling * doublings) })

export function record(histogram: Histogram, milliseconds: number): void {
  const bucket = bucketOf(Math.max(1, milliseconds * 1000))
  histogram.counts[bucket] = (histogram.counts[bucket] ?? 0) + 1
}

/** Microseconds below 64 have a bucket each; above, every doubling has 64. */
function bucketOf(microseconds: number): number {
  const whole = Math.floor(microseconds)
  if (whole < bucketsPerDoubling) return whole
  const doubling = 31 - Math.clz32(whole) - 6
  const within = (whole >>> doubling) - bucketsPerDoubling
  return Math.min((doubling + 1) * bucketsPerDoubling + within, bucketsPerDoubling * doublings - 1)
}

function middleOf(bucket: number): number {
  if (bucket < bucketsPerDoubling) return bucket + 0.5
  const doubling = Math.floor(bucket / bucketsPerDoubling) - 1
  return (bucketsPerDoubling + (bucket % bucketsPerDoubling) + 0.5) * 2 ** doubling
}

export function total(histogram: Histogram): number {
  return histogram.counts.reduce((sum, count) => sum + count, 0)
}

/** Milliseconds below which the share of all latencies lies; 0 when there are none. */
export function percentile(histogram: Histogram, share: number): number {
  let left = total(histogram) * share
  for (const [bucket, count] of histogram.counts.entries()) {
    left -= count
    if (count > 0 && left <= 0) return middleOf(bucket) / 1000
  }
  return 0
}

export function slowerThan(histogram: Histogram, milliseconds: number): number {
  return histogram.counts.reduce(
    (sum, count, bucket) => (middleOf(bucket) > milliseconds * 1000 ? sum + count : sum),
    0,
  )
}

export function merged(histograms: readonly Histogram[]): Histogram {
  const all = makeHistogram()
  for (const { counts } of histograms)
    for (const [bucket, count] of counts.entries()) all.counts[bucket] = (all.counts[bucket] ?? 0) + count
  return all
}
