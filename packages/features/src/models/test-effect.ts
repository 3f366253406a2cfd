import type { EffectKind } from '@hearth/kernel'
import { failureOf, type Gateway, type ListedModel, type Settings } from '@hearth/models'
import type { Json } from '../feature.ts'
import { manifests } from './manifests.ts'

export const testKind = 'provider-test'

export interface Tested {
  readonly ok: boolean
  readonly ms: number
  readonly models?: string[]
  readonly reason?: string
  /** All of them, with what is said of each, where that was asked for. */
  readonly listed?: readonly ListedModel[]
}

interface Asked {
  readonly provider: string
  readonly listing?: boolean
}

/** Names that are told at most. */
const mostNames = 500

const withinMs = 30_000
/** A model that runs here is loaded for it, from a disk that may be slow. */
const loadedWithinMs = 300_000

/** Asks a provider what it has: whether it is reached, and takes the key. */
export const providerTest = (
  gateway: Pick<Gateway, 'opening'>,
  settings: (tenant: string) => Settings,
): EffectKind => ({
  kind: testKind,
  delivery: 'idempotent',
  concurrency: 16,
  timeoutMs: loadedWithinMs,
  backoffMs: () => null,
  run: async (request, { address: { tenant }, signal }) => {
    const { provider: wanted, listing = false } = request as unknown as Asked
    const entry = settings(tenant).providers.find(({ name }) => name === wanted)
    const manifest = entry === undefined ? undefined : manifests.get(entry.kind)
    if (entry === undefined || manifest === undefined) return { type: 'terminal', reason: 'it is not there any more' }
    const began = performance.now()
    const told = (more: Omit<Tested, 'ms'>) => {
      const ms = Math.round((performance.now() - began) * 10) / 10
      return { type: 'done', value: { ms, ...more } as unknown as Json } as const
    }
    try {
      const { provider } = await gateway.opening.open({ entry, manifest }, entry.keys[0])
      if (provider.list === undefined) return told({ ok: true })
      const listed = await provider.list(
        entry.file === undefined ? AbortSignal.any([signal, AbortSignal.timeout(withinMs)]) : signal,
      )
      if (listing) return told({ ok: true, listed })
      return told({ ok: true, models: listed.map(({ id }) => id).slice(0, mostNames) })
    } catch (error) {
      return told({ ok: false, reason: failureOf(error).detail })
    }
  },
})
