import { actor, refuse, type Decision, type View } from '@hearth/kernel'
import { formatInstant, type Address, type Json } from '@hearth/protocol'
import { limitsBeside, passing, type Limit, type Span } from './limits.ts'
import { tenantHome } from '../../tenant.ts'

/** What one process may spend without asking again. Until it is settled it counts as spent. */
export interface Lease {
  readonly holder: string
  readonly nano: number
  /** When it was last granted or settled. */
  readonly at: number
}

interface Spent {
  /** The day or month, in UTC; empty for all time. */
  readonly window: string
  readonly nano: number
}

export interface Account {
  readonly limits: readonly Limit[]
  readonly spent: Readonly<Record<Span, Spent>>
  readonly leases: readonly Lease[]
  /** Of leases whose holders never came back: counted as spent until somebody has looked. */
  readonly lost: number
  /** When the last of it was. */
  readonly lostAt: number
  /** Soft limits that were passed, by span and window: each is told once. */
  readonly passed: readonly string[]
  /** The last number of each holder that brought something back lately. */
  readonly returns: readonly (readonly [holder: string, number: number])[]
}

export type AccountCommand =
  | { readonly type: 'set'; readonly limits: readonly Limit[]; readonly answer?: Json }
  | {
      readonly type: 'lease'
      readonly holder: string
      /** Less is of no use; `needed` is what the call at hand may cost, `wanted` what the next ones may. */
      readonly atLeast: number
      readonly needed: number
      readonly wanted: number
    }
  /** `spent` has been, `returned` will not be. */
  | {
      readonly type: 'settle'
      readonly holder: string
      readonly spent: number
      readonly returned: number
      /** Of what the holder brings back by itself: told once more it counts once. */
      readonly number?: number
    }
  | { readonly type: 'reconcile'; readonly nano: number; readonly answer: Json }

export type AccountEvent =
  | { readonly type: 'budget.set'; readonly limits: readonly Limit[] }
  | { readonly type: 'budget.leased'; readonly holder: string; readonly nano: number; readonly at: number }
  | {
      readonly type: 'budget.settled'
      readonly holder: string
      readonly spent: number
      readonly returned: number
      readonly at: number
      /** Soft limits that this passes, by span and window. */
      readonly passes: readonly string[]
      readonly number?: number
    }
  | { readonly type: 'budget.lost'; readonly holder: string; readonly nano: number; readonly at: number }
  | { readonly type: 'budget.reconciled'; readonly nano: number; readonly at: number }

/** Longer than the longest call: whoever holds a lease and says nothing for so long is not there any more. */
export const lostAfterMs = 20 * 60_000

const spans = ['day', 'month', 'total'] as const
const never: Spent = { window: '', nano: 0 }

export const windowAt = (per: Span, at: number): string =>
  per === 'total' ? '' : formatInstant(at).slice(0, per === 'day' ? 10 : 7)

export const spentIn = ({ spent }: Pick<Account, 'spent'>, per: Span, at: number): number =>
  spent[per].window === windowAt(per, at) ? spent[per].nano : 0

/** One below zero belongs to calls that cost more than was set aside: that is spent already. */
const leased = ({ leases }: Pick<Account, 'leases'>): number =>
  leases.reduce((sum, { nano }) => sum + Math.max(0, nano), 0)

/** What can still be granted: never what somebody holds, whatever becomes of them. */
export function leftAt(account: Account, at: number): number {
  const hard = account.limits.filter(({ kind }) => kind === 'hard')
  const left = hard.map(({ per, nano }) => nano - spentIn(account, per, at) - leased(account))
  return left.length === 0 ? Number.MAX_SAFE_INTEGER : Math.min(...left)
}

export const accountsView: View<Account, AccountEvent> = {
  name: 'budgets',
  version: 1,
  columns: {
    limits: 'text',
    windows: 'text',
    day: 'bigint',
    month: 'bigint',
    total: 'bigint',
    held: 'bigint',
    lost: 'bigint',
  },
  project: (state, _event, { address }) => {
    const { day, month, total } = state.spent
    const row = {
      limits: JSON.stringify(state.limits),
      windows: `${day.window} ${month.window}`,
      day: day.nano,
      month: month.nano,
      total: total.nano,
      held: leased(state),
      lost: state.lost,
    }
    return [{ type: 'put', key: address.id, row }]
  },
}

/** One account of a budget: a tenant's, a home's or a key's. */
export const account = actor<Account, AccountCommand, AccountEvent>({
  kind: 'budget',
  personal: false,
  initial: {
    limits: [],
    spent: { day: never, month: never, total: never },
    leases: [],
    lost: 0,
    lostAt: 0,
    passed: [],
    returns: [],
  },
  shape: 1,
  events: {
    'budget.set': [],
    'budget.leased': [],
    'budget.settled': [],
    'budget.lost': [],
    'budget.reconciled': [],
  },
  decide: (state, command, { at, address }): Decision<AccountEvent> => {
    switch (command.type) {
      case 'set':
        return {
          type: 'accept',
          events: [{ type: 'budget.set', limits: command.limits }],
          answer: command.answer ?? {},
        }
      case 'lease':
        return lease(state, command, at)
      case 'settle': {
        const { holder, spent, returned, number } = command
        if (number !== undefined && number <= lastOf(state, holder)) return { type: 'accept', events: [], answer: {} }
        const passes = passedBy(state, spent, at)
        const numbered = number === undefined ? {} : { number }
        const settled = { type: 'budget.settled', holder, spent, returned, at, passes, ...numbered } as const
        const told = passes.map((limit) => ({ to: limitsBeside(address), command: passing(limit) }))
        return { type: 'accept', events: [settled], tells: told, answer: {} }
      }
      case 'reconcile':
        if (command.nano > state.lost) return refuse('budgets.nothing-lost', 'So much was not lost with a process.')
        return {
          type: 'accept',
          events: [{ type: 'budget.reconciled', nano: command.nano, at }],
          answer: command.answer,
        }
    }
  },
  evolve: (state, event) => {
    switch (event.type) {
      case 'budget.set':
        return { ...state, limits: event.limits }
      case 'budget.leased':
        return { ...state, leases: changed(state.leases, event.holder, event.nano, event.at) }
      case 'budget.settled': {
        const { holder, spent, returned, at, passes, number } = event
        const leases = changed(state.leases, holder, -(spent + returned), at)
        return {
          ...spending(state, spent, at),
          leases,
          passed: passedNow(state.passed, passes),
          ...numberedBy(state, holder, number),
        }
      }
      case 'budget.lost': {
        const { holder, nano, at } = event
        const leases = state.leases.filter((one) => one.holder !== holder)
        return { ...spending(state, nano, at), leases, lost: state.lost + nano, lostAt: at }
      }
      case 'budget.reconciled':
        return { ...givingBack(state, event.nano, event.at), lost: state.lost - event.nano }
    }
  },
  views: [accountsView],
})

function lease(
  state: Account,
  { holder, atLeast, needed, wanted }: Extract<AccountCommand, { type: 'lease' }>,
  at: number,
): Decision<AccountEvent> {
  const gone = state.leases.filter((one) => one.holder !== holder && at - one.at > lostAfterMs)
  // Of one that calls have cost more than, all is spent.
  const lost = gone.map(({ holder: of, nano }): AccountEvent => ({
    type: 'budget.lost',
    holder: of,
    nano: Math.max(0, nano),
    at,
  }))
  const left = leftAt(state, at)
  // Refused as an answer and not as a refusal: what was found lost meanwhile stays found.
  if (left < atLeast) return { type: 'accept', events: lost, answer: { granted: 0, left } }
  // What the call at hand needs, where there is so much; more only while enough is left for others.
  const nano = left < needed ? left : Math.max(needed, Math.min(wanted, Math.floor(left / 4)))
  return {
    type: 'accept',
    events: [...lost, { type: 'budget.leased', holder, nano, at }],
    answer: { granted: nano, left },
  }
}

function passedBy(state: Account, spent: number, at: number): readonly string[] {
  return state.limits
    .filter(({ kind, per, nano }) => kind === 'soft' && spentIn(state, per, at) + spent > nano)
    .map(({ per }) => `${per} ${windowAt(per, at)}`)
    .filter((name) => !state.passed.includes(name))
}

function changed(leases: readonly Lease[], holder: string, by: number, at: number): readonly Lease[] {
  const lease = leases.find((one) => one.holder === holder)
  // Where there are soft limits alone nothing is leased.
  if (lease === undefined && by < 0) return leases
  const nano = (lease?.nano ?? 0) + by
  const others = leases.filter((one) => one.holder !== holder)
  return nano === 0 ? others : [...others, { holder, nano, at }]
}

/** Of each span the latest window alone. */
function passedNow(before: readonly string[], passes: readonly string[]): readonly string[] {
  const spansOf = new Set(passes.map((name) => name.split(' ', 1)[0]))
  return [...before.filter((name) => !spansOf.has(name.split(' ', 1)[0])), ...passes]
}

/** More than processes that bring something back at one time. */
const mostReturns = 64

const lastOf = ({ returns }: Account, holder: string): number => returns.find(([known]) => known === holder)?.[1] ?? 0

function numberedBy({ returns }: Account, holder: string, number: number | undefined): Pick<Account, 'returns'> {
  if (number === undefined) return { returns }
  return { returns: [...returns.filter(([known]) => known !== holder), [holder, number] as const].slice(-mostReturns) }
}

/** What was lost in another day or month is given back to that, which is over. */
function givingBack(state: Account, nano: number, at: number): Account {
  const spent = Object.fromEntries(
    spans.map((per) => {
      const isSame = windowAt(per, state.lostAt) === windowAt(per, at)
      return [per, { window: windowAt(per, at), nano: Math.max(0, spentIn(state, per, at) - (isSame ? nano : 0)) }]
    }),
  ) as unknown as Account['spent']
  return { ...state, spent }
}

function spending(state: Account, nano: number, at: number): Account {
  const spent = Object.fromEntries(
    spans.map((per) => [per, { window: windowAt(per, at), nano: Math.max(0, spentIn(state, per, at) + nano) }]),
  ) as unknown as Account['spent']
  return { ...state, spent }
}

export const accountOf = (tenant: string, scope: string): Address => ({
  tenant,
  home: tenantHome,
  kind: 'budget',
  id: scope,
})
