import { features, operation, type Feature } from '@hearth/features'
import { actor } from '@hearth/kernel'
import * as z from 'zod'
import type { Alongside } from '../variant.ts'

const burnMs = 5

const slow = actor<number, { readonly type: 'burn' }, { readonly type: 'slow.burnt' }>({
  kind: 'slow',
  personal: false,
  initial: 0,
  decide: (state) => {
    const until = performance.now() + burnMs
    while (performance.now() < until);
    return { type: 'accept', events: [{ type: 'slow.burnt' }], answer: { count: state + 1 } }
  },
  evolve: (state) => state + 1,
})

const burn = operation({
  name: 'slow.burn',
  type: 'command',
  summary: 'Think for 5 ms.',
  input: z.strictObject({}),
  output: z.object({ count: z.int() }),
  permission: 'slow.write',
  consequence: 'own',
  path: { method: 'POST', path: '/slow' },
  examples: [{ title: 'Once', input: {} }],
  command: (_input, { principal }) => ({
    address: { tenant: principal.tenant, home: 'slow', kind: 'slow', id: 'slow' },
    command: { type: 'burn' },
  }),
})

const feature: Feature = { name: 'slow', actors: [slow], views: [], operations: [burn], errors: {} }

/** Puts it beside the features of the product. */
export const addSlowHome = (): void => void (features as Feature[]).push(feature)

export const slowHome: Alongside = {
  path: '/api/v1/call/slow.burn',
  body: '{}',
  ratePerSecond: 50,
  connections: 16,
  events: 1,
}
