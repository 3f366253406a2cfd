import type { ModelFailure } from '../failure.ts'
import type { Random } from './chance.ts'

/** How a key does, at all deployments together: it is not used before `until`. */
export interface Cooling {
  readonly until: number
  /** Failures for its sake since the last success. */
  readonly inRow: number
  /** It was not taken: nothing that is asked less often would help. */
  readonly isRefused?: boolean
}

export const cool: Cooling = { until: 0, inRow: 0 }

/** What a provider says is honoured up to a day: beyond that it is a slip, or a way to be rid of us for good. */
const longestMs = 86_400_000

/** Where it says nothing: twice as long each time. A key that is not taken is mended by a person, so that it is asked seldom. */
const waits = {
  rate: { firstMs: 1000, mostMs: 60_000 },
  key: { firstMs: 60_000, mostMs: 3_600_000 },
} as const

export function cooled(
  { until, inRow }: Cooling,
  { type, afterMs }: Pick<ModelFailure, 'afterMs'> & { readonly type: 'rate' | 'key' },
  now: number,
  random: Random,
): Cooling {
  const { firstMs, mostMs } = waits[type]
  const own = Math.min(mostMs, firstMs * 2 ** Math.min(inRow, 20))
  const asked = afterMs !== undefined && afterMs > 0 ? Math.min(afterMs, longestMs) : own
  // Later than asked, never sooner; by up to a fifth, so that not all who wait come back at once.
  return { until: Math.max(until, now + asked * (1 + random() / 5)), inRow: inRow + 1, isRefused: type === 'key' }
}

/** A success. A cooling-down that was ordered meanwhile stays. */
export const warmed = (cooling: Cooling): Cooling => (cooling.inRow === 0 ? cooling : { ...cooling, inRow: 0 })

export const coolingMs = ({ until }: Cooling, now: number): number => Math.max(0, until - now)
