import { HearthError } from '@hearth/protocol'
import type { ModelFailure } from '../failure.ts'
import type { Health } from '../health/health.ts'
import type { Budget, Held } from './budget.ts'
import type { Calling } from './calling.ts'
import type { Exchange } from './exchange.ts'
import type { Gates, Permit } from './gates.ts'
import type { FactsOf, Place } from './places.ts'
import type { Tried } from './tried.ts'
import { tryAt, type TryPorts } from './trying.ts'
import { worstCost } from './worst-cost.ts'

export interface RunPorts extends TryPorts {
  readonly budget: Budget
  readonly gates: Gates
  /** After so long without a word the next place is asked too; null: one after the other. */
  readonly hedgeMs: number | null
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
}

type CallHealth = Extract<ReturnType<Health['begin']>, { readonly type: 'begun' }>['call']

/** One try at one place, with what it may cost set aside before; a refusal where that cannot be had there. */
export async function tryOnce(
  ports: RunPorts,
  call: Calling,
  { place: { deployment, key }, permit, health }: Entered,
  signal: AbortSignal,
  exchange: Exchange,
  asked?: () => void,
): Promise<Tried | HearthError> {
  using _permit = { [Symbol.dispose]: () => permit.leave() }
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
  const number = call.begin()
  asked?.()
  const began = ports.now()
  let tried: Tried
  try {
    tried = await tryAt(ports, { exchange, deployment, key, number, at, signal, most: held?.most, health })
  } catch (error) {
    health.failed(notAsked)
    if (held !== null) call.paid(held, brokenHere, null)
    throw error
  }
  call.tried(deployment, tried, ports.now() - began)
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
): Promise<Held | null> | null {
  if (!budget.limits(exchange.asker)) return null
  return budget.reserve(exchange.asker, worstCost(facts(deployment), exchange))
}
