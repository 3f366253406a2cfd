import { actor, type Tagged, type Tell } from '@hearth/kernel'
import type { Address, Json } from '@hearth/protocol'
import { tenantHome } from '../../tenant.ts'

export type Span = 'day' | 'month' | 'total'

/** Amounts are whole billionths of a dollar. */
export interface Limit {
  readonly per: Span
  readonly nano: number
  /** `hard`: no call goes beyond it. `soft`: it is told when it is passed. */
  readonly kind: 'hard' | 'soft'
}

export type LimitsCommand =
  | { readonly type: 'limit'; readonly limits: readonly Limit[]; readonly answer: Json }
  | { readonly type: 'pass'; readonly limit: string }

type LimitsEvent =
  | { readonly type: 'budget.limited'; readonly limits: readonly Limit[] }
  | { readonly type: 'budget.passed'; readonly limit: string }

interface State {
  readonly limits: readonly Limit[]
  readonly passed: string | null
}

/**
 * The limits of a budget, published so that every process knows of them. Apart from the account, which changes with every call: what is
 * published goes to all.
 */
export const limits = actor<State, LimitsCommand, LimitsEvent>({
  kind: 'budget-limits',
  personal: false,
  initial: { limits: [], passed: null },
  shape: 1,
  events: { 'budget.limited': [], 'budget.passed': [] },
  decide: (_state, command, { address }) => {
    if (command.type === 'pass') return { type: 'accept', events: [{ type: 'budget.passed', limit: command.limit }] }
    const { limits: given, answer } = command
    const told = { to: { kind: 'budget', id: address.id }, command: { type: 'set', limits: given } as Tagged }
    return { type: 'accept', events: [{ type: 'budget.limited', limits: given }], tells: [told], answer }
  },
  evolve: (state, event) =>
    event.type === 'budget.limited' ? { ...state, limits: event.limits } : { ...state, passed: event.limit },
  reference: {
    name: ({ id }) => documentName(id),
    of: ({ limits: given, passed }) => (given.length === 0 ? null : ({ limits: given, passed } as unknown as Json)),
  },
})

export const documentName = (scope: string): string => `budget.${scope}`

export const limitsOf = (tenant: string, scope: string): Address => ({
  tenant,
  home: tenantHome,
  kind: 'budget-limits',
  id: scope,
})

export const limitsBeside = ({ id }: Pick<Address, 'id'>): Pick<Address, 'kind' | 'id'> => ({
  kind: 'budget-limits',
  id,
})

export const passing = (limit: string): Tagged => ({ type: 'pass', limit }) as Tagged

/** For another actor of the tenant's own home, which sets a budget with what it decides itself. */
export const limitTold = (scope: string, given: readonly Limit[]): Tell => ({
  to: { kind: 'budget-limits', id: scope },
  command: { type: 'limit', limits: given, answer: null } as Tagged,
})
