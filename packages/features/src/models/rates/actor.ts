import { actor, refuse, type Decision } from '@hearth/kernel'
import type { Address, Json } from '@hearth/protocol'
import { tenantHome } from '../../tenant.ts'

/** How much a scope may ask of models in a minute. */
export interface Rate {
  readonly requests: number | null
  /** Of prompts and answers together. */
  readonly tokens: number | null
}

/** By scope: `tenant`, or `home:`, `key:` or `agent:` and an id. */
export type RatesDocument = Readonly<Record<string, Rate>>

interface SetCommand {
  readonly type: 'set'
  readonly scope: string
  /** None from now on where null. */
  readonly rate: Rate | null
}

interface RateSet {
  readonly type: 'model-rate.set'
  readonly scope: string
  readonly rate: Rate | null
}

/** Every process is told all of them at each change. */
const mostRates = 1000

export const ratesDocument = 'models.rates'

export const ratesActor = actor<RatesDocument, SetCommand, RateSet>({
  kind: 'model-rates',
  personal: false,
  initial: {},
  shape: 1,
  events: { 'model-rate.set': [] },
  decide: (state, { scope, rate }): Decision<RateSet> => {
    if (rate !== null && !(scope in state) && Object.keys(state).length >= mostRates)
      return refuse('rates.too-many', `There may be ${mostRates} of them.`)
    return { type: 'accept', events: [{ type: 'model-rate.set', scope, rate }], answer: { scope } }
  },
  evolve: (state, { scope, rate }) => {
    const { [scope]: _before, ...others } = state
    return rate === null ? others : { ...others, [scope]: rate }
  },
  reference: {
    name: ratesDocument,
    of: (state) => (Object.keys(state).length === 0 ? null : (state as unknown as Json)),
  },
})

export const ratesIn = (reference: (name: string) => Json | undefined): RatesDocument =>
  (reference(ratesDocument) ?? {}) as unknown as RatesDocument

export const hasRate = (reference: (name: string) => Json | undefined, scope: string): boolean =>
  Object.hasOwn(ratesIn(reference), scope)

export const ratesOf = (tenant: string): Address => ({ tenant, home: tenantHome, kind: 'model-rates', id: 'rates' })
