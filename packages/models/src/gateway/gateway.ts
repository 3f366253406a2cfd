import { HearthError } from '@hearth/protocol'
import { formatUsd, nanodollars, type Money } from '../catalog/money.ts'
import type { ModelFacts } from '../catalog/facts.ts'
import type { ModelFailure } from '../failure.ts'
import type { Usage } from '../language.ts'
import type { Network } from '../network.ts'
import type { ProviderManifest } from '../provider.ts'
import { noBudget, type Budget, type Held } from './budget.ts'
import { allowedOf, deploymentsOf, type Knows } from './deployments.ts'
import type { Asker, Exchange } from './exchange.ts'
import { nextAfter, waitBefore } from './failover.ts'
import { createOpening, type Opening } from './opening.ts'
import type { CallRecord, Tokens, TriedRecord } from './record.ts'
import type { Allowed, Deployment, Settings } from './setting.ts'
import type { Tried, TryLimits } from './tried.ts'
import { worstCost } from './worst-cost.ts'
import { passes, tryAt, type Cost, type TryPorts } from './trying.ts'

export interface GatewayOptions {
  readonly network: Network
  readonly manifests: ReadonlyMap<string, ProviderManifest>
  readonly settings: (tenant: string) => Settings
  /** All where absent. */
  readonly allowed?: (asker: Asker) => Allowed
  /** What is known of models: read with the first call. */
  readonly prices: () => Promise<KnownPrices>
  readonly budget?: Budget
  /** Called once for every call, when all of it is known. */
  readonly record: (record: CallRecord) => void
  readonly limits?: Partial<TryLimits>
  readonly pause?: (ms: number, signal: AbortSignal) => Promise<void>
  readonly random?: () => number
  /** Monotonic, in ms. */
  readonly now?: () => number
  readonly clock?: () => number
}

export interface KnownPrices {
  readonly knows: Knows
  readonly cost: Cost
  readonly facts: (deployment: Deployment) => ModelFacts
}

export interface Gateway {
  /** Answers a call, by whichever deployment can. Never rejects: what goes wrong is said to whoever asked. */
  answer(exchange: Exchange, door: string, signal: AbortSignal): Promise<CallRecord>
  readonly opening: Opening
}

const usualLimits: TryLimits = { headWithinMs: 300_000, idleMs: 120_000, mostBytes: 256 * 1024 * 1024 }
/** Of one deployment in one call. */
const mostAgain = 2
const mostTries = 12

export function createGateway(options: GatewayOptions): Gateway {
  const { network, record, random = Math.random, now = () => performance.now(), clock = Date.now } = options
  const { pause = pauseFor, budget = noBudget } = options
  const limits = { ...usualLimits, ...options.limits }
  const opening = createOpening(network, limits)
  const ports = { network, opening, limits, now }
  return {
    opening,
    answer: async (exchange, door, signal) => {
      const call = new Calling(exchange, door, { at: clock(), began: now() })
      const { knows, cost, facts } = await options.prices()
      try {
        const deployments = find(options, knows, exchange)
        await run({ ...ports, cost, budget, facts }, call, deployments, signal, (again, failure) => {
          const wait = waitBefore(again, failure, random)
          return wait === null ? null : pause(wait, signal)
        })
      } catch (error) {
        call.refused(
          error instanceof HearthError ? error : new HearthError('door.failed', 'Something went wrong here.'),
        )
        if (!(error instanceof HearthError)) exchange.failed(error)
      }
      const made = call.record(now() - call.began, cost)
      record(made)
      return made
    },
  }
}

function find(
  { settings, manifests, allowed }: GatewayOptions,
  knows: Knows,
  exchange: Exchange,
): readonly Deployment[] {
  const { asker, model } = exchange
  const found = deploymentsOf(settings(asker.tenant), manifests, knows, model)
  const deployments = allowedOf(found, allowed?.(asker) ?? null)
  // Where nobody takes it as it is, it has to be one that can be said in other words.
  if (!deployments.some((deployment) => passes(deployment, exchange))) exchange.asked()
  return deployments
}

interface Paying {
  readonly budget: Budget
  readonly facts: KnownPrices['facts']
}

/** Nothing is asked before the money for it is set aside. */
function hold({ budget, facts }: Paying, exchange: Exchange, deployment: Deployment): Promise<Held | null> | null {
  if (!budget.limits(exchange.asker)) return null
  return budget.reserve(exchange.asker, worstCost(facts(deployment), exchange))
}

type WaitAgain = (again: number, failure: ModelFailure) => Promise<void> | null

async function run(
  ports: TryPorts & Paying,
  call: Calling,
  deployments: readonly Deployment[],
  signal: AbortSignal,
  waitAgain: WaitAgain,
): Promise<void> {
  const { exchange, at } = call
  let [index, keyIndex, again] = [0, 0, 0]
  for (;;) {
    const deployment = deployments[index]
    if (deployment === undefined) return
    const { keys } = deployment.entry
    const number = call.tries.length + 1
    const held = await hold(ports, exchange, deployment)
    const began = ports.now()
    const most = held?.most
    const tried = await tryAt(ports, { exchange, deployment, key: keys[keyIndex], number, at, signal, most })
    call.tried(deployment, tried, ports.now() - began)
    if (held !== null) call.paid(held, tried, ports.cost(deployment, tried.usage))
    if (tried.type === 'done' || tried.begun) return
    if (exchange.sink.isGone || signal.aborted || number >= mostTries) return call.failed(tried.failure)
    const left = {
      keys: keys.length - keyIndex - 1,
      others: deployments.length - index - 1,
      again: mostAgain - again,
    }
    const next = nextAfter(tried.failure, left)
    if (next === 'none') return call.failed(tried.failure)
    if (next === 'other-key') keyIndex += 1
    else if (next === 'other') [index, keyIndex, again] = [index + 1, 0, 0]
    else {
      const waiting = waitAgain(again, tried.failure)
      if (waiting === null) return call.failed(tried.failure)
      again += 1
      await waiting
    }
  }
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

/** What becomes known of one call. */
class Calling {
  readonly exchange: Exchange
  readonly at: number
  readonly began: number
  readonly tries: TriedRecord[] = []
  readonly #door: string
  #last: { readonly deployment: Deployment; readonly tried: Tried } | null = null
  #refusal: HearthError | null = null
  #charged = 0
  #accounts: readonly string[] = []

  constructor(exchange: Exchange, door: string, when: { readonly at: number; readonly began: number }) {
    this.exchange = exchange
    this.#door = door
    this.at = when.at
    this.began = when.began
  }

  tried(deployment: Deployment, tried: Tried, ms: number): void {
    const { entry, model } = deployment
    const outcome = tried.type === 'done' ? 'ok' : tried.failure.type
    const status = tried.type === 'done' ? undefined : tried.failure.status
    const about = { provider: entry.name, model, outcome, ms: rounded(ms) } as const
    this.tries.push(status === undefined ? about : { ...about, status })
    this.#last = { deployment, tried }
  }

  /** What nobody has told of counts as what was set aside for it, where something had begun to come. */
  paid(held: Held, tried: Tried, cost: Money | null): void {
    const begun = tried.type === 'done' || tried.begun
    const nano = cost !== null ? nanodollars(cost) : begun ? held.nano : 0
    held.release(nano)
    this.#charged += nano
    this.#accounts = held.accounts
  }

  /** No deployment answered, and nothing has gone out. */
  failed(failure: ModelFailure): void {
    const { sink, wire, requestId, id } = this.exchange
    if (sink.isGone) return
    const { status, body } = wire.failed({ type: 'model', failure }, requestId)
    const retry: Record<string, string> =
      failure.afterMs === undefined ? {} : { 'retry-after': String(Math.max(1, Math.ceil(failure.afterMs / 1000))) }
    const bytes = Buffer.from(JSON.stringify(body))
    const headers = { ...retry, 'content-type': 'application/json', 'content-length': String(bytes.length) }
    sink.head(status, { 'x-hearth-call': id, 'x-hearth-attempts': String(this.tries.length), ...headers })
    sink.end(bytes)
  }

  refused(error: HearthError): void {
    this.#refusal = error
    this.exchange.refuse(error)
  }

  record(ms: number, cost: Cost): CallRecord {
    const { id, asker, requestId, model: asked, stream, sink } = this.exchange
    const last = this.#last
    const tried = last?.tried
    const usage = tried?.usage
    const failure = tried?.type === 'failed' ? tried.failure : null
    const amount = last === null ? null : cost(last.deployment, usage)
    const detail = this.#refusal?.code ?? failure?.detail
    return {
      id,
      at: this.at,
      asker,
      requestId,
      door: this.#door,
      asked,
      provider: last?.deployment.entry.name ?? null,
      model: last?.deployment.model ?? null,
      streamed: stream,
      passed: last !== null && passes(last.deployment, this.exchange),
      outcome: this.#refusal !== null ? 'refusal' : sink.isGone ? 'stopped' : (failure?.type ?? 'done'),
      ...(detail === undefined ? {} : { detail }),
      tokens: usage === undefined ? null : tokensOf(usage),
      costUsd: amount === null ? null : formatUsd(amount),
      ms: rounded(ms),
      firstMs: tried?.firstMs == null ? null : rounded(tried.firstMs),
      tries: this.tries,
      ...(this.#accounts.length === 0 ? {} : { charged: { nano: this.#charged, accounts: this.#accounts } }),
    }
  }
}

const rounded = (ms: number): number => Math.round(ms * 100) / 100

export const tokensOf = ({ inputTokens, outputTokens }: Usage): Tokens => ({
  input: inputTokens.total ?? 0,
  output: outputTokens.total ?? 0,
  cached: inputTokens.cacheRead ?? 0,
  written: inputTokens.cacheWrite ?? 0,
  reasoning: outputTokens.reasoning ?? 0,
})
