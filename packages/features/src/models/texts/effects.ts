import type { EffectKind } from '@hearth/kernel'
import type { EffectTools } from '../../feature.ts'
import { endKind } from './term.ts'

export const removalKind = 'texts-removal'

type Tools = Pick<EffectTools, 'decide'>

/** Destroys the key of a term, and with it what was sealed under it: as a person is forgotten. */
const destroy = ({ decide }: Tools, tenant: string, home: string): Promise<unknown> =>
  decide({ tenant, home, kind: 'person', id: 'self' }, { type: 'forget' }, 200, { alone: true })

/** The days are over. With the key goes what asked for this, so that nobody waits for its end. */
const termEnd = (tools: Tools): EffectKind => ({
  kind: endKind,
  delivery: 'idempotent',
  concurrency: 4,
  timeoutMs: 60_000,
  backoffMs: (next) => Math.min(1000 * 2 ** next, 600_000),
  run: async (_request, { address: { tenant, home } }) => {
    await destroy(tools, tenant, home)
    return { type: 'done', value: null }
  },
})

/** Before they are. */
const removal = (tools: Tools): EffectKind => ({
  kind: removalKind,
  delivery: 'idempotent',
  concurrency: 4,
  timeoutMs: 600_000,
  backoffMs: () => null,
  run: async (request, { address: { tenant } }) => {
    const homes = request as unknown as readonly string[]
    for (const home of homes) await destroy(tools, tenant, home)
    return { type: 'done', value: homes.length }
  },
})

export const textEffects = (tools: Tools): readonly EffectKind[] => [termEnd(tools), removal(tools)]
