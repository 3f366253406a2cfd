import { costOf } from '../catalog/cost.ts'
import type { Money } from '../catalog/money.ts'
import type { HealthView } from '../health/view.ts'
import type { Usage } from '../language.ts'
import type { Candidate } from './candidate.ts'
import { expectedMs } from './fit.ts'
import type { Policy } from './policy.ts'
import { route, type RouteInput } from './route.ts'

/** What was kept of a call. */
export interface RecordedCall extends Pick<RouteInput, 'asked' | 'needs' | 'complexity' | 'task' | 'routedFor'> {
  readonly id: string
  /** The deployment that answered; null where none did. */
  readonly answeredBy: string | null
  readonly usage: Usage
  readonly cost: Money | undefined
  readonly ms: number
}

export interface Simulation {
  readonly calls: Iterable<RecordedCall>
  readonly policy: Policy
  readonly candidates: readonly Candidate[]
  /** As it is now, but for what they rest for: that is left aside. */
  readonly healthOf?: (candidate: Candidate) => HealthView | undefined
  readonly today?: string
  readonly random: () => number
}

export interface SimulatedCall {
  readonly id: string
  readonly was: string | null
  /** The deployment that it would have gone to; null where it would have been refused. */
  readonly would: string | null
  readonly refused?: string
  /** For the tokens that it had, those from the cache included. */
  readonly cost: Money | undefined
  readonly ms: number | undefined
}

export interface Simulated {
  readonly calls: readonly SimulatedCall[]
  readonly count: number
  /** Calls that would have gone elsewhere than they went. */
  readonly moved: number
  readonly refused: number
  /** Of the calls whose cost is known on both sides; of the others nothing can be said. */
  readonly cost: Compared<Money>
  /** Likewise: of those whose answer would have come from a deployment that has been measured. */
  readonly ms: Compared<number>
}

export interface Compared<T> {
  readonly calls: number
  readonly was: T
  readonly would: T
}

/** What calls of the past would have come to under a policy. It takes what was answered then for what would have been. */
export function simulate({ calls, healthOf, ...choosing }: Simulation): Simulated {
  const awake = (candidate: Candidate): HealthView | undefined => woken(healthOf?.(candidate))
  const simulated: SimulatedCall[] = []
  let moved = 0
  let refused = 0
  let cost: Compared<Money> = { calls: 0, was: 0n, would: 0n }
  let ms: Compared<number> = { calls: 0, was: 0, would: 0 }
  for (const call of calls) {
    const one = again(call, { ...choosing, healthOf: awake })
    simulated.push(one)
    if (one.would === null) refused += 1
    else if (one.would !== one.was) moved += 1
    if (one.cost !== undefined && call.cost !== undefined)
      cost = { calls: cost.calls + 1, was: cost.was + call.cost, would: cost.would + one.cost }
    if (one.ms !== undefined) ms = { calls: ms.calls + 1, was: ms.was + call.ms, would: ms.would + one.ms }
  }
  return { calls: simulated, count: simulated.length, moved, refused, cost, ms }
}

const woken = (health: HealthView | undefined): HealthView | undefined =>
  health === undefined ? undefined : { ...health, standing: { type: 'ready' } }

type Choosing = Omit<Simulation, 'calls' | 'healthOf'> & Required<Pick<Simulation, 'healthOf'>>

function again(call: RecordedCall, choosing: Choosing): SimulatedCall {
  const { id, answeredBy: was, usage } = call
  const routed = route({ ...call, ...choosing })
  if (routed.type === 'refused')
    return { id, was, would: null, refused: routed.refusal.code, cost: undefined, ms: undefined }
  const [first] = routed.order
  const output = usage.outputTokens.total ?? 0
  return {
    id,
    was,
    would: first?.id ?? null,
    cost: first === undefined ? undefined : costOf(first.facts, usage),
    ms: first === undefined ? undefined : expectedMs(choosing.healthOf(first), output),
  }
}
