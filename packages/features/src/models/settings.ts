import type { CachesSet, Policy, ProviderEntry, Settings } from '@hearth/models'
import type { Caller, EffectTools, Json } from '../feature.ts'
import { cachesDocument } from './caches.ts'
import { policyDocument } from './policy.ts'
import { documentName, type AddedProvider } from './registry.ts'

type Tools = Pick<EffectTools, 'references' | 'vault'>

export const sealedUnder = (tenant: string, name: string): string => `provider ${tenant} ${name}`

/** What a tenant has set for models. Opened once for as long as the document stays the same. */
export function createSettings({ references, vault }: Tools): (tenant: string) => Settings {
  const latest = new Map<string, Opened>()
  return (tenant) => {
    const added = references.get(tenant, documentName)
    const policy = references.get(tenant, policyDocument)
    const caches = references.get(tenant, cachesDocument)
    const known = latest.get(tenant)
    if (known !== undefined && known.added === added && known.policy === policy && known.caches === caches)
      return known.settings
    // Entries that stay the same objects keep what is known of them: their providers are loaded, their health goes on.
    const before = new Map(known?.settings.providers.map((entry) => [entry.name, entry]))
    const providers = providersIn(added).map((one) => {
      const entry = open(tenant, one, vault)
      const former = before.get(entry.name)
      return former !== undefined && JSON.stringify(former) === JSON.stringify(entry) ? former : entry
    })
    const settings: Settings = {
      providers,
      policy: (policy ?? null) as unknown as Policy | null,
      caches: caches as unknown as CachesSet | undefined,
    }
    latest.set(tenant, { added, policy, caches, settings })
    return settings
  }
}

/** What was made of which documents. */
interface Opened {
  readonly added: Json | undefined
  readonly policy: Json | undefined
  readonly caches: Json | undefined
  readonly settings: Settings
}

export const providersIn = (document: Json | undefined): readonly AddedProvider[] =>
  Array.isArray(document) ? (document as unknown as readonly AddedProvider[]) : []

export const providersOf = ({ reference }: Pick<Caller, 'reference'>): readonly AddedProvider[] =>
  providersIn(reference(documentName))

function open(tenant: string, provider: AddedProvider, vault: Tools['vault']): ProviderEntry {
  const { name, kind, baseUrl, allowPrivate, models, concurrency, file } = provider
  const keys = provider.keys.map((sealed) => vault.open(sealed, sealedUnder(tenant, name)))
  const more = { ...(concurrency === undefined ? {} : { concurrency }), ...(file === undefined ? {} : { file }) }
  return { name, kind, baseUrl, keys, allowPrivate, models, ...more }
}
