import { actor } from '@hearth/kernel'
import { cacheSchema, type CacheSetting, type CachesSet } from '@hearth/models'
import type { Address, Json } from '@hearth/protocol'
import * as z from 'zod'
import { operation } from '../feature.ts'
import { tenantHome } from '../tenant.ts'

interface SetCommand {
  readonly type: 'set'
  readonly caches: CacheSetting | null
}

interface CachesWereSet {
  readonly type: 'caches.set'
  readonly caches: CacheSetting | null
}

export const cachesDocument = 'models.caches'

/** Which answers of models a tenant has kept. The answers themselves are in no actor: they are held in memory. */
export const cachesActor = actor<CachesSet, SetCommand, CachesWereSet>({
  kind: 'model-caches',
  personal: false,
  initial: { setting: null, version: 0 },
  shape: 1,
  events: { 'caches.set': [] },
  decide: (_state, { caches }) => ({ type: 'accept', events: [{ type: 'caches.set', caches }], answer: {} }),
  evolve: ({ version }, { caches }) => ({ setting: caches, version: version + 1 }),
  reference: { name: cachesDocument, of: (state) => state as unknown as Json },
})

const cachesOf = (tenant: string): Address => ({ tenant, home: tenantHome, kind: 'model-caches', id: 'caches' })

export const setCaches = operation({
  name: 'caches.set',
  type: 'command',
  summary:
    'Say which answers of models are kept, for how long, and who is answered with them. What was kept before is forgotten, also where the same is set again. Null: those alone that a call asks to be kept.',
  input: z.strictObject({ caches: cacheSchema.nullable() }),
  output: z.object({}),
  permission: 'caches.write',
  reach: 'tenant',
  consequence: 'shared',
  path: { method: 'POST', path: '/caches' },
  examples: [
    { title: 'The same key, the same question, the same answer, for an hour', input: { caches: {} } },
    {
      title: 'For everybody, a day, and for questions that mean the same',
      input: { caches: { scope: 'tenant', seconds: 86_400, sampled: true, semantic: { threshold: 0.97 } } },
    },
  ],
  command: ({ caches }, { principal: { tenant } }) => ({
    address: cachesOf(tenant),
    command: { type: 'set', caches },
  }),
})

export const getCaches = operation({
  name: 'caches.get',
  type: 'read',
  summary: 'Which answers of models are kept; null where nobody has said.',
  input: z.strictObject({}),
  output: z.object({ caches: cacheSchema.nullable() }),
  permission: 'caches.read',
  reach: 'tenant',
  consequence: 'read',
  path: { method: 'GET', path: '/caches' },
  examples: [{ title: 'As it is', input: {} }],
  read: (_input, { reference }) =>
    Promise.resolve({ caches: (reference(cachesDocument) as unknown as CachesSet | undefined)?.setting ?? null }),
})
