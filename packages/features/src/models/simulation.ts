import {
  matchesModel,
  simulate,
  type Allowed,
  type Candidate,
  type Gateway,
  type Place,
  type Policy,
  type RecordedCall,
} from '@hearth/models'
import type { EffectKind } from '@hearth/kernel'
import type { Json } from '../feature.ts'

export const simulationKind = 'policy-simulation'

/** Calls of those who may use the same models. */
export interface SimulatedGroup {
  readonly allowed: Allowed
  readonly calls: readonly RecordedCall[]
}

/** What whoever attaches a simulation hands to it. */
export interface HandedSimulation {
  readonly policy: Policy
  readonly groups: readonly SimulatedGroup[]
}

export interface Moves {
  readonly was: string | null
  /** Null where it would have been refused, and then why. */
  readonly would: string | null
  readonly refused?: string
  readonly calls: number
}

/** Amounts are picodollars as text: they are larger than numbers hold exactly. */
export interface SimulationResult {
  readonly calls: number
  readonly moved: number
  readonly refused: number
  readonly cost: { readonly calls: number; readonly was: string; readonly would: string }
  readonly ms: { readonly calls: number; readonly was: number; readonly would: number }
  readonly moves: readonly Moves[]
}

/** So many are weighed at once, before others have a turn. */
const atOnce = 20

/** Weighs calls of the past anew, where the providers and how they do are known. Nothing goes out. */
export const policySimulation = (gateway: Pick<Gateway, 'placesOf' | 'healthOf'>): EffectKind => ({
  kind: simulationKind,
  delivery: 'idempotent',
  concurrency: 2,
  timeoutMs: 120_000,
  backoffMs: () => null,
  run: async (_request, { handed, signal, address: { tenant } }) => {
    const { policy, groups } = handed as HandedSimulation
    const places = deploymentsIn(await gateway.placesOf(tenant))
    const health = gateway.healthOf(tenant)
    const used = new Map([...places].map(([candidate, place]) => [candidate, place.used]))
    const healthOf = (candidate: Candidate) => {
      const names = used.get(candidate)
      return names === undefined ? undefined : health.view(names, 0)
    }
    const sum = new Sum()
    const today = new Date().toISOString().slice(0, 10)
    for (const { allowed, calls } of groups) {
      const candidates = [...places.keys()].filter((one) => allowed === null || matchesModel(allowed, one))
      for (let at = 0; at < calls.length; at += atOnce) {
        const some = calls.slice(at, at + atOnce)
        sum.add(simulate({ calls: some, policy, candidates, healthOf, today, random: Math.random }))
        await new Promise((resolve) => setImmediate(resolve))
        if (signal.aborted) return { type: 'terminal', reason: 'nobody waits for it any more' }
      }
    }
    return { type: 'done', value: sum.result() as unknown as Json }
  },
})

/** One for each deployment, under whichever key. */
function deploymentsIn(places: readonly Place[]): ReadonlyMap<Candidate, Place> {
  const found = new Map<string, readonly [Candidate, Place]>()
  for (const place of places) {
    const id = `${place.candidate.provider}/${place.candidate.model}`
    if (!found.has(id)) found.set(id, [{ ...place.candidate, id }, place])
  }
  return new Map(found.values())
}

type Simulated = ReturnType<typeof simulate>

class Sum {
  #calls = 0
  #moved = 0
  #refused = 0
  #cost = { calls: 0, was: 0n, would: 0n }
  #ms = { calls: 0, was: 0, would: 0 }
  readonly #moves = new Map<string, Moves>()

  add({ count, moved, refused, cost, ms, calls }: Simulated): void {
    this.#calls += count
    this.#moved += moved
    this.#refused += refused
    this.#cost = {
      calls: this.#cost.calls + cost.calls,
      was: this.#cost.was + cost.was,
      would: this.#cost.would + cost.would,
    }
    this.#ms = { calls: this.#ms.calls + ms.calls, was: this.#ms.was + ms.was, would: this.#ms.would + ms.would }
    for (const { was, would, refused: why } of calls) {
      const key = `${was} ${would} ${why}`
      const { calls: before = 0 } = this.#moves.get(key) ?? {}
      this.#moves.set(key, { was, would, ...(why === undefined ? {} : { refused: why }), calls: before + 1 })
    }
  }

  result(): SimulationResult {
    const { calls, was, would } = this.#cost
    return {
      calls: this.#calls,
      moved: this.#moved,
      refused: this.#refused,
      cost: { calls, was: String(was), would: String(would) },
      ms: this.#ms,
      moves: [...this.#moves.values()].toSorted((one, other) => other.calls - one.calls).slice(0, mostMoves),
    }
  }
}

const mostMoves = 100
