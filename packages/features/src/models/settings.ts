import type { CachesSet, Policy, ProviderEntry, Settings } from '@hearth/models'
import type { Caller, EffectTools, Json } from '../feature.ts'
import { documentName as declaredDocument } from './declared/actor.ts'
import { layersIn } from './declared/layers.ts'
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
    const declared = references.get(tenant, declaredDocument)
    const known = latest.get(tenant)
    const isSame = known?.added === added && known?.policy === policy && known?.caches === caches
    if (known !== undefined && isSame && known.declared === declared) return known.settings
    // Entries that stay the same objects keep what is known of them: their providers are loaded, their health goes on.
    const before = new Map(known?.settings.providers.map((entry) => [entry.name, entry]))
    const providers = providersIn(added).map((one) => {
      const entry = { ...open(tenant, one, vault), ...layersAt(declared, one) }
      const former = before.get(entry.name)
      return former !== undefined && JSON.stringify(former) === JSON.stringify(entry) ? former : entry
    })
    const settings: Settings = {
      providers,
      policy: (policy ?? null) as unknown as Policy | null,
      caches: caches as unknown as CachesSet | undefined,
    }
    latest.set(tenant, { added, policy, caches, declared, settings })
    return settings
  }
}

/** What was made of which documents. */
interface Opened {
  readonly added: Json | undefined
  readonly policy: Json | undefined
  readonly caches: Json | undefined
  readonly declared: Json | undefined
  readonly settings: Settings
}

export const providersIn = (document: Json | undefined): readonly AddedProvider[] =>
  Array.isArray(document) ? (document as unknown as readonly AddedProvider[]) : []

export const providersOf = ({ reference }: Pick<Caller, 'reference'>): readonly AddedProvider[] =>
  providersIn(reference(documentName))

const layersAt = (document: Json | undefined, added: AddedProvider): Pick<ProviderEntry, 'layers'> => {
  const layers = layersIn(document, added)
  return layers === undefined ? {} : { layers }
}

/** The providers of a caller's tenant as calls see them, but for their keys. */
export const entriesOf = ({ reference }: Pick<Caller, 'reference'>): readonly ProviderEntry[] =>
  providersIn(reference(documentName)).map((added) => {
    const { name, kind, baseUrl, allowPrivate, models, file } = added
    const more = { ...(file === undefined ? {} : { file }), ...layersAt(reference(declaredDocument), added) }
    return { name, kind, baseUrl, keys: [], allowPrivate, models, ...more }
  })

function open(tenant: string, provider: AddedProvider, vault: Tools['vault']): ProviderEntry {
  const { name, kind, baseUrl, allowPrivate, models, concurrency, patience, file, options } = provider
  const keys = provider.keys.map((sealed) => vault.open(sealed, sealedUnder(tenant, name)))
  const more = {
    ...(concurrency === undefined ? {} : { concurrency }),
    ...(patience === undefined ? {} : { patience }),
    ...(file === undefined ? {} : { file }),
    ...(options === undefined ? {} : { options }),
  }
  return { name, kind, baseUrl, keys, allowPrivate, models, ...more }
}
