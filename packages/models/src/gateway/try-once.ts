import { HearthError } from '@hearth/protocol'
import type { FailureType, ModelFailure } from '../failure.ts'
import type { Health } from '../health/health.ts'
import type { Budget, Held } from './budget.ts'
import type { Calling } from './calling.ts'
import type { Exchange } from './exchange.ts'
import type { Gates, Permit } from './gates.ts'
import type { Patience } from './patience.ts'
import type { FactsOf, Place } from './places.ts'
import type { Tried } from './tried.ts'
import { tryAt, type TryPorts } from './trying.ts'
import type { Waiting } from './waiting.ts'
import { worstCost } from './worst-cost.ts'

export interface RunPorts extends TryPorts {
  readonly budget: Budget
  readonly gates: Gates
  /** After so long without a word the next place is asked too; null: one after the other. */
  readonly hedgeMs: number | null
  /** How long is waited for a provider; null: by what is known of it. */
  readonly patience: Patience | null
  readonly facts: FactsOf
  readonly health: Health
  readonly random: () => number
  readonly pause: (ms: number, signal: AbortSignal) => Promise<void>
}

/** A place where a call may be tried now. */
export interface Entered {
  readonly place: Place
  readonly permit: Permit
  readonly health: CallHealth
  /** Where another place is left to ask. */
  readonly waiting: Waiting | null
}

type CallHealth = Extract<ReturnType<Health['begin']>, { readonly type: 'begun' }>['call']

/** For whom it is asked. */
export interface Asking {
  readonly exchange: Exchange
  /** Is told when the provider is asked. */
  readonly asked?: () => void
  /** Of two tries at once: whether this one may be what the call came to. */
  readonly wins?: () => boolean
}

/** Of use at another place. What a provider refused for what it holds, the next would have to be asked in spite of that. */
export const goesOn: ReadonlySet<FailureType> = new Set([
  'away',
  'lost',
  'late',
  'garbage',
  'unknown-model',
  'too-long',
  'rate',
  'key',
])

/** One try at one place, with what it may cost set aside before; a refusal where that cannot be had there. */
export async function tryOnce(
  ports: RunPorts,
  call: Calling,
  entered: Entered,
  signal: AbortSignal,
  asking: Asking,
): Promise<Tried | HearthError> {
  try {
    return await tryThere(ports, call, entered, signal, asking)
  } finally {
    entered.permit.leave()
  }
}

async function tryThere(
  ports: RunPorts,
  call: Calling,
  { place: { deployment, key }, health, waiting }: Entered,
  signal: AbortSignal,
  { exchange, asked, wins }: Asking,
): Promise<Tried | HearthError> {
  const { at } = call
  let held: Held | null
  try {
    held = await hold(ports, exchange, deployment)
  } catch (error) {
    health.failed(notAsked)
    // Another place may cost less, or have a price at all.
    if (error instanceof HearthError && ofPlace.test(error.code)) return error
    throw error
  }
  // Whoever left meanwhile is asked for by nobody, and pays nothing.
  if (exchange.sink.isGone || signal.aborted) {
    held?.release(0)
    health.failed(notAsked)
    return { type: 'failed', failure: notAsked, begun: false, usage: undefined, firstMs: null }
  }
  call.begin()
  asked?.()
  const began = ports.now()
  let tried: Tried
  try {
    tried = await tryAt(ports, {
      exchange,
      deployment,
      key,
      attempts: () => call.attempts,
      at,
      signal,
      most: held?.most,
      health,
      waiting,
      idleMs: deployment.entry.patience?.idleMs ?? ports.patience?.idleMs,
    })
  } catch (error) {
    health.failed(notAsked)
    if (held !== null) call.paid(held, brokenHere, null)
    throw error
  } finally {
    waiting?.end()
  }
  call.tried(deployment, tried, ports.now() - began, wins?.() ?? true)
  if (held !== null) call.paid(held, tried, ports.cost(deployment, tried.usage))
  if (tried.type === 'failed') health.failed(asSeen(tried.failure))
  else health.done(tried.usage?.outputTokens.total)
  return tried
}

/** A fault of ours: nobody knows what the provider did. */
const brokenHere: Tried = {
  type: 'failed',
  failure: { type: 'garbage', detail: 'something went wrong here' },
  begun: true,
  usage: undefined,
  firstMs: null,
}

const notAsked: ModelFailure = { type: 'stopped', detail: 'it was not asked' }
const ofPlace = /^(budgets\.exhausted|models\.price-unknown)$/

/** That a key may not use one model says nothing of the others. */
const asSeen = (failure: ModelFailure): ModelFailure =>
  failure.type === 'key' && failure.status === 403 ? { ...failure, type: 'refused' } : failure

/** Nothing is asked before the money for it is set aside. */
function hold(
  { budget, facts }: Pick<RunPorts, 'budget' | 'facts'>,
  exchange: Exchange,
  deployment: Place['deployment'],
): Promise<Held> | null {
  return budget.reserve(exchange.asker, () => worstCost(facts(deployment), exchange))
}
