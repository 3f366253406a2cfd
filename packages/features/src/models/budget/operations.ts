import { HearthError, schema } from '@hearth/protocol'
import * as z from 'zod'
import { operation, type Caller, type ViewRow } from '../../feature.ts'
import { invalid } from '../../position-in.ts'
import { tenantHome } from '../../tenant.ts'
import { scope } from '../scopes.ts'
import { accountOf, accountsView, windowAt } from './account.ts'
import { amount, limitInput, limitOf, nanoOf, spans } from './input.ts'
import { documentName, limitsOf, type Limit } from './limits.ts'

const usdOf = (nano: number): number => nano / 1e9

/** Whoever has a budget of their own gives none, themselves included. */
function assertUnbounded({ principal, reference }: Caller): void {
  if (principal.kind === 'key' && reference(documentName(`key:${principal.id}`)) != null)
    throw new HearthError('keys.above-yourself', 'A key with a budget of its own changes none.')
}

export const set = operation({
  name: 'budgets.set',
  type: 'command',
  summary:
    'Limit what models may cost: of the whole server, of a home, of a key. Nothing goes beyond a hard limit; that a soft one is passed is told.',
  input: z.strictObject({
    scope,
    /** In the place of those before; none where empty. */
    limits: z.array(limitInput.extend({ kind: z.enum(['hard', 'soft']).optional() })).max(6),
  }),
  output: z.object({ scope: z.string() }),
  permission: 'budgets.write',
  reach: 'tenant',
  consequence: 'shared',
  path: { method: 'POST', path: '/budgets' },
  examples: [
    { title: 'Ten dollars a day for everything', input: { scope: 'tenant', limits: [{ usd: 10, per: 'day' }] } },
    {
      title: 'A home, with a word before',
      input: {
        scope: 'home:ann',
        limits: [
          { usd: 5, per: 'month' },
          { usd: 4, per: 'month', kind: 'soft' },
        ],
      },
    },
  ],
  command: ({ scope: id, limits }, caller) => {
    const { tenant } = caller.principal
    assertUnbounded(caller)
    const kept = limits.map(({ kind, ...limit }) => limitOf(limit, kind))
    const named = kept.map(({ per, kind }) => `${per} ${kind}`)
    if (new Set(named).size < named.length) throw invalid('limits', 'holds two of one kind for the same span')
    return { address: limitsOf(tenant, id), command: { type: 'limit', limits: kept, answer: { scope: id } } }
  },
})

const item = z.object({
  scope: z.string(),
  limits: z.array(z.object({ usd: z.number(), per: z.enum(spans), kind: z.enum(['hard', 'soft']) })),
  /** This day and this month by UTC, and in all: what is settled. */
  spent: z.object({ day: z.number(), month: z.number(), total: z.number() }),
  /** Held by calls that are under way, or that may come: it counts as spent until it is settled. */
  held: z.number(),
  /** Held by processes that ended without a word: counted as spent. `budgets.reconcile` gives it back. */
  lost: z.number(),
})

export const list = operation({
  name: 'budgets.list',
  type: 'read',
  summary: 'List the budgets: their limits, and what was spent of them.',
  input: z.strictObject(schema.listInput),
  output: schema.list(item),
  permission: 'budgets.read',
  reach: 'tenant',
  consequence: 'read',
  path: { method: 'GET', path: '/budgets' },
  examples: [{ title: 'All', input: {} }],
  read: async ({ limit = 100, after }, { principal: { tenant }, now, read }) => {
    const from = after === undefined ? {} : { after }
    const rows = await read.rows(accountsView, { tenant, home: tenantHome, limit: limit + 1, ...from })
    const items = rows.slice(0, limit).map((row) => toItem(row, now))
    return { items, next: rows.length > limit ? (items.at(-1)?.scope ?? null) : null }
  },
})

function toItem(row: ViewRow, now: number): z.infer<typeof item> {
  const limits = JSON.parse(String(row['limits'])) as readonly Limit[]
  const [day = '', month = ''] = String(row['windows']).split(' ')
  const of = (column: string): number => usdOf(Number(row[column]))
  return {
    scope: row.key,
    limits: limits.map(({ per, nano, kind }) => ({ per, usd: usdOf(nano), kind })),
    spent: {
      day: day === windowAt('day', now) ? of('day') : 0,
      month: month === windowAt('month', now) ? of('month') : 0,
      total: of('total'),
    },
    held: of('held'),
    lost: of('lost'),
  }
}

export const reconcile = operation({
  name: 'budgets.reconcile',
  type: 'command',
  summary: 'Give back to a budget what was counted as spent since a process ended without a word, and was not.',
  input: z.strictObject({ scope, usd: amount }),
  output: z.object({ scope: z.string() }),
  permission: 'budgets.write',
  reach: 'tenant',
  consequence: 'shared',
  path: { method: 'POST', path: '/budgets/reconcile' },
  examples: [{ title: 'A cent', input: { scope: 'tenant', usd: 0.01 } }],
  command: ({ scope: id, usd }, caller) => {
    assertUnbounded(caller)
    const command = { type: 'reconcile', nano: nanoOf(usd), answer: { scope: id } }
    return { address: accountOf(caller.principal.tenant, id), command }
  },
})
