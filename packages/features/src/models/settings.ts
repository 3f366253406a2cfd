import type { CachesSet, Policy, ProviderEntry, Settings } from '@hearth/models'
import type { Caller, EffectTools, Json } from '../feature.ts'
import { cachesDocument } from './caches.ts'
import { policyDocument } from './policy.ts'
import { documentName, type AddedProvider } from './registry.ts'

type Tools = Pick<EffectTools, 'references' | 'vault'>

export const sealedUnder = (tenant: string, name: string): string => `provider ${tenant} ${name}`

/** What a tenant has set for models. Opened once for as long as the document stays the same. */
export function createSettings({ references, vault }: Tools): (tenant: string) => Settings {
  const latest = new Map<string, { readonly of: readonly unknown[]; readonly settings: Settings }>()
  return (tenant) => {
    const of = [documentName, policyDocument, cachesDocument].map((name) => references.get(tenant, name))
    const known = latest.get(tenant)
    if (known !== undefined && known.of.every((document, index) => document === of[index])) return known.settings
    // Entries that stay the same objects keep what is known of them: their providers are loaded, their health goes on.
    const before = new Map(known?.settings.providers.map((entry) => [entry.name, entry]))
    const providers = providersIn(of[0]).map((added) => {
      const entry = open(tenant, added, vault)
      const former = before.get(entry.name)
      return former !== undefined && JSON.stringify(former) === JSON.stringify(entry) ? former : entry
    })
    const policy = (of[1] ?? null) as unknown as Policy | null
    const settings = { providers, policy, caches: of[2] as unknown as CachesSet | undefined }
    latest.set(tenant, { of, settings })
    return settings
  }
}

export const providersIn = (document: Json | undefined): readonly AddedProvider[] =>
  Array.isArray(document) ? (document as unknown as readonly AddedProvider[]) : []

export const providersOf = ({ reference }: Pick<Caller, 'reference'>): readonly AddedProvider[] =>
  providersIn(reference(documentName))

function open(tenant: string, provider: AddedProvider, vault: Tools['vault']): ProviderEntry {
  const { name, kind, baseUrl, allowPrivate, models, concurrency } = provider
  const keys = provider.keys.map((sealed) => vault.open(sealed, sealedUnder(tenant, name)))
  return { name, kind, baseUrl, keys, allowPrivate, models, ...(concurrency === undefined ? {} : { concurrency }) }
}
