import { startHearth } from '../hearth.ts'
import type { Hearth } from '../hearth.ts'
import { model } from '../upstream/protocol.ts'
import type { Upstream } from '../upstream/upstream.ts'
import type { Workplace } from '../workplace.ts'
import { chatPath, json } from './gateway.ts'
import type { RunningGateway } from './gateway.ts'

export interface HearthGateway extends RunningGateway {
  readonly hearth: Hearth
  /** The key that calls with a budget. */
  readonly key: string
}

export const budget = { usd: 1_000_000, per: 'total' } as const

/** Hearth as a user would start it, with its own PostgreSQL, called with a key that has a budget; every call is recorded. */
export async function startHearthGateway(
  workplace: Workplace,
  upstreams: Readonly<Record<string, Upstream>>,
): Promise<HearthGateway> {
  const began = performance.now()
  const hearth = await startHearth(workplace.folder, null, { HEARTH_FEATURES: '' })
  const startMs = performance.now() - began
  workplace.alsoRemove(hearth.postgres.data)
  try {
    for (const [name, { url }] of Object.entries(upstreams))
      await hearth.call('providers.add', {
        name,
        kind: 'openai',
        baseUrl: url,
        key: 'sk-of-the-upstream',
        models: [model],
      })
    const made = await hearth.call('keys.create', { name: 'bench', scopes: ['models.use'], budget })
    return {
      hearth,
      key: String(made['id']),
      port: hearth.port,
      path: chatPath,
      headers: { ...json, authorization: `Bearer ${String(made['key'])}` },
      model,
      processes: hearth.processes,
      startMs,
      loopDelayMs: async () => Number((await hearth.status())['loopDelayP99Ms']),
      [Symbol.asyncDispose]: () => hearth[Symbol.asyncDispose](),
    }
  } catch (error) {
    await hearth[Symbol.asyncDispose]()
    throw error
  }
}
