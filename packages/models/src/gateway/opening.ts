import { fetchOver } from '../fetch.ts'
import type { Network } from '../network.ts'
import type { Deployment, OpenedEntry, ProviderEntry } from './setting.ts'

export interface Opening {
  /** Loads the package of a provider when it is first used; the same for as long as its entry stays. */
  open(deployment: Pick<Deployment, 'entry' | 'manifest'>, key: string | undefined): Promise<OpenedEntry>
}

export interface OpeningLimits {
  readonly headWithinMs: number
  readonly idleMs: number
}

export function createOpening(network: Network, limits: OpeningLimits): Opening {
  const opened = new WeakMap<ProviderEntry, Map<string | undefined, Promise<OpenedEntry>>>()
  return {
    open: ({ entry, manifest }, key) => {
      const keyed = opened.get(entry) ?? new Map<string | undefined, Promise<OpenedEntry>>()
      opened.set(entry, keyed)
      const known = keyed.get(key)
      if (known !== undefined) return known
      const baseUrl = entry.baseUrl ?? manifest.baseUrl ?? ''
      const { name, allowPrivate, file, options } = entry
      const fetch = fetchOver(network, { allowPrivate, ...limits })
      const opening = manifest.open().then((open) => {
        const provider = open({
          name,
          baseUrl,
          key,
          fetch,
          ...(file === undefined ? {} : { file }),
          ...(options === undefined ? {} : { options }),
        })
        return { baseUrl, provider, headers: { 'content-type': 'application/json', ...provider.headers } }
      })
      keyed.set(key, opening)
      // What could not be loaded is tried again.
      opening.catch(() => keyed.delete(key))
      return opening
    },
  }
}
