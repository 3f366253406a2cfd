import { HearthError } from '@hearth/protocol'
import { createBatches } from '../batches/batches.ts'
import { createCaches, type CachesOptions } from '../caches/caches.ts'
import { cachingOf } from '../caches/caching.ts'
import type { CachingPorts, CallCache } from '../caches/call-cache.ts'
import { questionVector, type VectorPorts } from '../caches/question-vector.ts'
import { entryOf, type SharedEntry } from '../caches/shared-entry.ts'
import { noClaims, type Claims } from '../repeats/claims.ts'
import { createRepeats, type Repeatable } from '../repeats/repeats.ts'
import type { Money } from '../catalog/money.ts'
import { createHealth, type Health } from '../health/health.ts'
import type { Usage } from '../language.ts'
import type { Network } from '../network.ts'
import type { ProviderManifest } from '../provider.ts'
import { noBudget, type Budget } from './budget.ts'
import { Calling } from './calling.ts'
import { choose, Unroutable } from './choosing.ts'
import { goOn } from './continuing/continuing.ts'
import { everyDeployment, type Knows, type ModelsOf } from './deployments.ts'
import type { Asker, Exchange } from './exchange.ts'
import { createGates } from './gates.ts'
import { createOpening, type Opening } from './opening.ts'
import { placesOf, type FactsOf, type Place } from './places.ts'
import { noRates, type Admitted, type Rates } from './rates.ts'
import type { CallRecord } from './record.ts'
import { run } from './running.ts'
import type { Allowed, Deployment, Settings } from './setting.ts'
import type { TryLimits } from './tried.ts'
import { passes, type Cost } from './trying.ts'

export interface GatewayOptions {
  readonly network: Network
  readonly manifests: ReadonlyMap<string, ProviderManifest>
  readonly settings: (tenant: string) => Settings
  /** All where absent. */
  readonly allowed?: (asker: Asker) => Allowed
  /** What is known of models: read with the first call. */
  readonly prices: () => Promise<KnownPrices>
  readonly budget?: Budget
  readonly rates?: Rates
  /** How many processes share what a provider takes at once. */
  readonly processes?: () => number
  /** The name of this process among those that share what they see of deployments. */
  readonly worker: string
  readonly limits?: Partial<TryLimits>
  /** Answers were kept that other processes may want to have. */
  readonly share?: (entries: readonly SharedEntry[]) => void
  readonly caches?: CachesOptions
  /** Which process asks for calls that are sent again. */
  readonly claims?: Claims
  /** The record of a call that came of another one: for the vector of a question. */
  readonly also?: (record: CallRecord) => void
  readonly pause?: (ms: number, signal: AbortSignal) => Promise<void>
  readonly random?: () => number
  /** Monotonic, in ms. */
  readonly now?: () => number
  /** In ms since 1970. */
  readonly clock?: () => number
}

export interface KnownPrices {
  readonly knows: Knows
  readonly modelsOf: ModelsOf
  readonly cost: Cost
  readonly facts: FactsOf
}

export interface Gateway {
  /**
   * Answers a call, by whichever deployment can; what goes wrong is said to whoever asked. Gives the record of it. Rejects where nothing
   * is known of models.
   */
  answer(exchange: Exchange, door: string, signal: AbortSignal): Promise<CallRecord>
  readonly opening: Opening
  /** All that a tenant can be known to have. */
  placesOf(tenant: string): Promise<readonly Place[]>
  /** What another process has kept. */
  absorb(entries: readonly SharedEntry[]): void
  /** How the deployments of a tenant do. */
  healthOf(tenant: string): Health
}

const usualLimits: TryLimits = { headWithinMs: 300_000, idleMs: 120_000, mostBytes: 256 * 1024 * 1024 }

export function createGateway(options: GatewayOptions): Gateway {
  const { network, manifests, settings, allowed, worker } = options
  const { random = Math.random, now = () => performance.now(), clock = Date.now } = options
  const { pause = pauseFor, budget = noBudget, rates = noRates, processes = () => 1 } = options
  const limits = { ...usualLimits, ...options.limits }
  const opening = createOpening(network, limits)
  const gates = createGates({ processes })
  const batches = createBatches()
  const healths = new Map<string, Health>()
  const healthOf = (tenant: string): Health => {
    const health = healths.get(tenant) ?? createHealth({ worker, now: clock, random })
    healths.set(tenant, health)
    return health
  }
  const caches = createCaches(options.caches)
  const vectorPorts: VectorPorts = {
    answer: (exchange, door, signal) => gateway.answer(exchange, door, signal),
    also: options.also ?? (() => undefined),
    clock,
  }
  const caching: CachingPorts = {
    caches,
    embed: (exchange, question, signal) => questionVector(vectorPorts, exchange, question, signal),
    share: options.share ?? (() => undefined),
    clock,
  }
  const repeats = createRepeats(
    {
      answer: (exchange, door, signal) => answerNow(exchange, door, signal),
      share: options.share ?? (() => undefined),
      claims: options.claims ?? noClaims,
      pause,
      clock,
      now,
    },
    options.caches,
  )
  const gateway: Gateway = {
    opening,
    healthOf,
    placesOf: async (tenant) => {
      const { modelsOf, facts } = await options.prices()
      return placesOf(everyDeployment(settings(tenant), manifests, modelsOf), facts)
    },
    absorb: (entries) => {
      for (const entry of entries) {
        const { tenant, version, answer } = entry
        if (version === 'repeats') repeats.absorb(entry)
        else if (settings(tenant).caches?.version === version && answer.until > clock())
          caches.put(tenant, version, entryOf(entry))
      }
    },
    answer: (exchange, door, signal) =>
      isRepeatable(exchange) ? repeats.answer(exchange, door, signal) : answerNow(exchange, door, signal),
  }
  const answerNow: Gateway['answer'] = async (exchange, door, signal) => {
    const call = new Calling(exchange, door, { at: clock(), began: now() })
    const { knows, modelsOf, cost: costs, facts } = await options.prices()
    const cost = remembering(costs)
    const { asker } = exchange
    const health = healthOf(asker.tenant)
    const may = allowed?.(asker) ?? null
    let admitted: Admitted | null = null
    let ended: number | undefined
    let cached: CallCache | null = null
    try {
      const set = settings(asker.tenant)
      cached = cachingOf(caching, exchange, set.caches)
      const marks = set.caches?.setting?.prompts === true
      const trusts = may === null && !budget.limits(asker)
      const { places, explanation } = choose(
        {
          settings: set,
          manifests,
          knows,
          modelsOf,
          factsOf: facts,
          allowed: may,
          health,
          today: new Date(call.at).toISOString().slice(0, 10),
          random,
        },
        exchange,
      )
      call.explanation = explanation
      const able = thoseThatCan(places, exchange)
      if (cached === null || !(await cached.answers(call, places, signal))) {
        if (cached !== null) call.exchange = cached.recorded
        admitted = await rates.admit(asker, call.prompt)
        const { policy } = set
        const ports = {
          network,
          opening,
          limits,
          now,
          budget,
          gates,
          random,
          pause,
          cost,
          trusts,
          marks,
          facts,
          health,
          hedgeMs: policy?.hedge?.afterMs ?? null,
          patience: policy?.patience ?? null,
          continues: policy?.lost === 'continue',
          batches: policy?.batch === true ? batches : null,
        }
        const lost = await run(ports, call, able, signal)
        if (lost !== null) await goOn(ports, call, able, signal, lost)
        ended = now()
        await cached?.keep(call, cost, signal)
      }
    } catch (error) {
      refuse(call, error)
    } finally {
      cached?.over()
    }
    const record = call.record((ended ?? now()) - call.began, cost)
    admitted?.settle(call.used)
    return record
  }
  return gateway
}

const isRepeatable = (exchange: Exchange): exchange is Repeatable => exchange.once !== undefined

/** It is asked for with the same usage when an answer ends, when it is paid, and when it is written down. */
function remembering(cost: Cost): Cost {
  let of: { readonly deployment: Deployment; readonly usage: Usage } | undefined
  let amount: Money | null = null
  return (deployment, usage) => {
    if (usage === undefined) return cost(deployment, usage)
    if (of?.usage !== usage || of.deployment !== deployment) {
      of = { deployment, usage }
      amount = cost(deployment, usage)
    }
    return amount
  }
}

/** Those that do not take it as it is have to be asked in other words: not all that a protocol can say can be said so. */
function thoseThatCan(places: readonly Place[], exchange: Exchange): readonly Place[] {
  const passing = places.filter(({ deployment }) => passes(deployment, exchange))
  if (passing.length === places.length) return places
  try {
    exchange.asked()
    return places
  } catch (error) {
    if (passing.length === 0 || !(error instanceof HearthError)) throw error
    return passing
  }
}

function refuse(call: Calling, error: unknown): void {
  if (error instanceof Unroutable) call.explanation = error.explanation
  if (error instanceof HearthError) return call.refused(error)
  call.exchange.failed(error)
  call.refused(new HearthError('door.failed', 'Something went wrong here.'))
}

function pauseFor(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      clearTimeout(timer)
      signal.removeEventListener('abort', done)
      resolve()
    }
    const timer = setTimeout(done, ms)
    signal.addEventListener('abort', done, { once: true })
  })
}
