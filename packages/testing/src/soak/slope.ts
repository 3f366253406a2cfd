export interface Point {
  readonly at: number
  readonly value: number
}

/** The median of the slopes between all pairs (Theil and Sen): a few windows that are off do not move it. Null for fewer than three. */
export function slopeOf(points: readonly Point[]): number | null {
  if (points.length < 3) return null
  const slopes = points.flatMap((a, index) =>
    points
      .slice(index + 1)
      .filter((b) => b.at !== a.at)
      .map((b) => (b.value - a.value) / (b.at - a.at)),
  )
  return slopes.length === 0 ? null : middleOf(slopes)
}

/** What the slope adds from the first point to the last, in parts of the median: 0.1 is a tenth more. */
export function driftOf(points: readonly Point[]): number | null {
  const slope = slopeOf(points)
  const [first, last] = [points[0], points.at(-1)]
  if (slope === null || first === undefined || last === undefined) return null
  const middle = middleOf(points.map(({ value }) => value))
  return middle === 0 ? null : (slope * (last.at - first.at)) / middle
}

export function middleOf(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  const upper = sorted[Math.floor(sorted.length / 2)] ?? 0
  const lower = sorted[Math.ceil(sorted.length / 2) - 1] ?? upper
  return (lower + upper) / 2
}
