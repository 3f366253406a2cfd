/** A mean in which what was measured last weighs most. */
export interface Mean {
  readonly value: number
  readonly samples: number
  /** When it was last measured. */
  readonly at: number
}

/** Weight of a new one among more than ten; of fewer it is the plain mean. */
const weight = 0.1

export function measured(mean: Mean | undefined, value: number, now: number): Mean | undefined {
  if (!(value >= 0) || value === Number.POSITIVE_INFINITY) return mean
  if (mean === undefined) return { value, samples: 1, at: now }
  const samples = mean.samples + 1
  return { value: mean.value + (value - mean.value) * Math.max(weight, 1 / samples), samples, at: now }
}

/** What was measured longer ago tells nothing of now: then it is tried again, as one that never was. */
const freshMs = 600_000

export const fresh = (mean: Mean | undefined, now: number): number | undefined =>
  mean !== undefined && now - mean.at <= freshMs ? mean.value : undefined

/** Calls and failures of the last minute, in slices of ten seconds. */
export type Recent = readonly Slice[]

interface Slice {
  readonly number: number
  readonly calls: number
  readonly failures: number
}

const sliceMs = 10_000
const slices = 6

export function counted(recent: Recent, isFailure: boolean, now: number): Recent {
  const number = Math.floor(now / sliceMs)
  const last = recent.at(-1)
  const failures = isFailure ? 1 : 0
  if (last !== undefined && last.number >= number) {
    const more = { number: last.number, calls: last.calls + 1, failures: last.failures + failures }
    return [...recent.slice(0, -1), more]
  }
  return [...recent.filter((slice) => slice.number > number - slices), { number, calls: 1, failures }]
}

export function recentAt(recent: Recent, now: number): { readonly calls: number; readonly failures: number } {
  const oldest = Math.floor(now / sliceMs) - slices
  let calls = 0
  let failures = 0
  for (const slice of recent) {
    if (slice.number <= oldest) continue
    calls += slice.calls
    failures += slice.failures
  }
  return { calls, failures }
}
