import { HearthError } from '@hearth/protocol'
import type { ProviderManifest } from '../provider.ts'
import { isDeclaredAt, namesAt } from './declared.ts'
import type { Deployment, ProviderEntry, Settings } from './setting.ts'

export type Manifests = ReadonlyMap<string, ProviderManifest>

/** Whether a kind of provider is known to have a model of this name. */
export type Knows = (kind: string, model: string) => boolean

const ofOurs = { baseUrl: null, keys: [], allowPrivate: false } as const
const demo: ProviderEntry = { ...ofOurs, name: 'demo', kind: 'demo', models: ['demo'] }
export const embedded: ProviderEntry = { ...ofOurs, name: 'embedded', kind: 'embedded', models: ['use-lite'] }

/** What a tenant may call without having added anything. */
export const builtIn: readonly ProviderEntry[] = [demo, embedded]

/**
 * Where a model can be had. A name is `provider/model`, or a model alone: then it is at every provider that says it has it, or whose
 * kind is known to have it; where none is, at the only one that there is. Throws `models.unknown`.
 */
export function deploymentsOf(
  { providers }: Settings,
  manifests: Manifests,
  knows: Knows,
  asked: string,
): readonly Deployment[] {
  const entries = [...providers, ...builtIn]
  const named = entries.flatMap((entry) =>
    asked.startsWith(`${entry.name}/`) ? deploymentAt(entry, asked.slice(entry.name.length + 1), manifests) : [],
  )
  if (named.length > 0) return named
  const having = entries.filter((entry) => hasModel(entry, asked, knows))
  const [only, ...more] = providers
  const found = having.length > 0 ? having : only !== undefined && more.length === 0 ? [only] : []
  const deployments = found.flatMap((entry) => deploymentAt(entry, asked, manifests))
  if (deployments.length > 0) return deployments
  const detail =
    providers.length === 0
      ? `No provider has been added, so that there are no models but "demo" and "use-lite". providers.add adds one.`
      : 'No provider is known to have this model. Name it as provider/model, or add a provider that has it: models.list shows what there is.'
  throw new HearthError('models.unknown', detail)
}

const hasModel = (entry: ProviderEntry, model: string, knows: Knows): boolean =>
  (entry.models === null ? knows(entry.kind, model) : entry.models.includes(model)) || isDeclaredAt(entry, model)

function deploymentAt(entry: ProviderEntry, model: string, manifests: Manifests): readonly Deployment[] {
  const manifest = manifests.get(entry.kind)
  return manifest === undefined || model === '' ? [] : [{ entry, manifest, model }]
}

/** The names of the models that a kind of provider is known to have. */
export type ModelsOf = (kind: string) => readonly string[]

export type Wanted = 'answer' | 'vectors' | 'ranking'

/** All that a tenant can be known to have, but for the demo where there is anything else; the embedder where vectors are wanted. */
export function everyDeployment(
  { providers }: Settings,
  manifests: Manifests,
  modelsOf: ModelsOf,
  wanted: Wanted = 'answer',
): readonly Deployment[] {
  const ofNone = wanted === 'answer' && providers.length === 0 ? [demo] : []
  const ours = wanted === 'vectors' ? [embedded] : ofNone
  const entries = [...providers, ...ours]
  return entries.flatMap((entry) => namesAt(entry, modelsOf).flatMap((model) => deploymentAt(entry, model, manifests)))
}
