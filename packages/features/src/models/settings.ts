import type { ProviderEntry, Settings } from '@hearth/models'
import type { Caller, EffectTools, Json } from '../feature.ts'
import { documentName, type AddedProvider } from './registry.ts'

type Tools = Pick<EffectTools, 'references' | 'vault'>

export const sealedUnder = (tenant: string, name: string): string => `provider ${tenant} ${name}`

/** What a tenant has set for models. Opened once for as long as the document stays the same. */
export function createSettings({ references, vault }: Tools): (tenant: string) => Settings {
  const opened = new WeakMap<object, Settings>()
  return (tenant) => {
    const document = references.get(tenant, documentName)
    if (typeof document !== 'object' || document === null) return none
    const known = opened.get(document)
    if (known !== undefined) return known
    const settings = { providers: providersIn(document).map((provider) => open(tenant, provider, vault)) }
    opened.set(document, settings)
    return settings
  }
}

const none: Settings = { providers: [] }

export const providersIn = (document: Json | undefined): readonly AddedProvider[] =>
  Array.isArray(document) ? (document as unknown as readonly AddedProvider[]) : []

export const providersOf = ({ reference }: Pick<Caller, 'reference'>): readonly AddedProvider[] =>
  providersIn(reference(documentName))

function open(tenant: string, provider: AddedProvider, vault: Tools['vault']): ProviderEntry {
  const { name, kind, baseUrl, allowPrivate, models } = provider
  const keys = provider.keys.map((sealed) => vault.open(sealed, sealedUnder(tenant, name)))
  return { name, kind, baseUrl, keys, allowPrivate, models }
}
