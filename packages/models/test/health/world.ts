import { createHealth, type CallHealth, type Health, type Used } from '../../src/health/index.ts'
import type { FailureType, ModelFailure } from '../../src/index.ts'

/** A worker, and a clock that others may share with it. */
export interface World {
  readonly health: Health
  readonly clock: Clock
  /** Throws where none is let through. */
  begin(used?: Used, tokens?: number): CallHealth
}

export interface Clock {
  now: number
}

export const one: Used = { deployment: 'acme/swift#k1', key: 'k1' }
export const start = 1_000_000_000_000

export function world(random: () => number = () => 0, clock: Clock = { now: start }, worker = 'w1'): World {
  const health = createHealth({ worker, now: () => clock.now, random })
  return {
    health,
    clock,
    begin: (used = one, tokens = 10) => {
      const begun = health.begin(used, tokens)
      if (begun.type === 'resting') throw new Error(`it rests: ${begun.standing.why}`)
      return begun.call
    },
  }
}

export const failure = (type: FailureType, afterMs?: number): ModelFailure => ({
  type,
  detail: 'as the test says',
  ...(afterMs === undefined ? {} : { afterMs }),
})

/** Opens the breaker of a deployment. */
export function breakIt({ begin }: World, used: Used = one): void {
  for (let count = 0; count < 5; count++) begin(used).failed(failure('away'))
}
