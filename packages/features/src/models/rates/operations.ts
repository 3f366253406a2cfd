import { HearthError, schema } from '@hearth/protocol'
import * as z from 'zod'
import { operation, type Caller } from '../../feature.ts'
import { scope } from '../scopes.ts'
import { hasRate, ratesIn, ratesOf } from './actor.ts'

const many = z.int().min(1).max(1_000_000_000).nullable()

/** Whoever has a rate of their own changes none, their own included. */
function assertFree({ principal: { kind, id }, reference }: Caller): void {
  if (kind === 'key' && hasRate(reference, `key:${id}`))
    throw new HearthError('keys.above-yourself', 'A key with a rate of its own changes none.')
}

export const setRate = operation({
  name: 'rates.set',
  type: 'command',
  summary:
    'Limit how much may be asked of models in a minute: requests, tokens or both, of the whole server, of a home, of a key. Null lets go of a limit.',
  input: z.strictObject({
    scope,
    requests: many.optional(),
    /** Of prompts and answers together. */
    tokens: many.optional(),
  }),
  output: z.object({ scope: z.string() }),
  permission: 'budgets.write',
  reach: 'tenant',
  consequence: 'shared',
  path: { method: 'POST', path: '/rates' },
  examples: [{ title: 'A home', input: { scope: 'home:ann', requests: 60, tokens: 100_000 } }],
  command: ({ scope: id, requests = null, tokens = null }, caller) => {
    assertFree(caller)
    const rate = requests === null && tokens === null ? null : { requests, tokens }
    return { address: ratesOf(caller.principal.tenant), command: { type: 'set', scope: id, rate } }
  },
})

const item = z.object({ scope: z.string(), requests: z.int().nullable(), tokens: z.int().nullable() })

export const listRates = operation({
  name: 'rates.list',
  type: 'read',
  summary: 'List how much may be asked of models in a minute, by scope.',
  input: z.strictObject(schema.listInput),
  output: schema.list(item),
  permission: 'budgets.read',
  reach: 'tenant',
  consequence: 'read',
  path: { method: 'GET', path: '/rates' },
  examples: [{ title: 'All', input: {} }],
  read: ({ limit = 100, after = '' }, { reference }) => {
    const rates = Object.entries(ratesIn(reference))
    const rest = rates
      .filter(([name]) => name > after)
      .toSorted(([one], [other]) => (one < other ? -1 : 1))
      .map(([name, rate]) => ({ scope: name, ...rate }))
    const items = rest.slice(0, limit)
    return Promise.resolve({ items, next: rest.length > limit ? (items.at(-1)?.scope ?? null) : null })
  },
})
