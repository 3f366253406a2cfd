import type { Layers } from '../catalog/layers.ts'
import type { ModelsOf } from './deployments.ts'
import type { Deployment, ProviderEntry } from './setting.ts'

/** A model of the tenant's own: what the provider knows it by, and which version of it that is. */
export interface Called {
  readonly id: string
  readonly version: string
}

interface Declared {
  readonly listed: readonly string[] | null
  /** Those that somebody spoke of and that can be called. Of a model of one's own its name; its versions are not chosen by themselves. */
  readonly spokenOf: readonly string[]
  readonly own: ReadonlyMap<string, Called>
  readonly listedNames: ReadonlySet<string>
  /** By which any of those spoken of can be called. */
  readonly all: ReadonlySet<string>
}

const kept = new WeakMap<Layers, Declared>()

function declaredIn(layers: Layers): Declared {
  const known = kept.get(layers)
  if (known !== undefined) return known
  const { listings = [], overrides = [], own = [] } = layers
  const called = new Map<string, Called>()
  for (const { name, versions } of own) {
    const usable = versions.filter(({ state }) => state !== 'retired')
    for (const { version, id = name } of usable) called.set(`${name}@${version}`, { id, version })
    const current = usable.findLast(({ state }) => state === 'promoted')
    if (current !== undefined) called.set(name, { id: current.id ?? name, version: current.version })
  }
  const names = own.map(({ name }) => name).filter((name) => called.has(name))
  const aliases = [
    ...overrides.map(({ facts }) => facts),
    ...own.flatMap(({ versions }) => versions.map(({ facts }) => facts)),
  ]
  const spokenOf = [...new Set([...overrides.map(({ id }) => id), ...names])]
  const listed = listings.length === 0 ? null : listings.flatMap(({ models }) => models.map(({ id }) => id))
  const declared = {
    listed,
    spokenOf,
    own: withAliases(called, own),
    listedNames: new Set(listed ?? []),
    all: new Set([...spokenOf, ...called.keys(), ...aliases.flatMap((facts) => facts.aliases ?? [])]),
  }
  kept.set(layers, declared)
  return declared
}

/** The current version of a model goes by its aliases too. */
function withAliases(
  called: ReadonlyMap<string, Called>,
  own: NonNullable<Layers['own']>,
): ReadonlyMap<string, Called> {
  const more = own.flatMap(({ name, versions }) => {
    const current = called.get(name)
    const facts = versions.find(({ version }) => version === current?.version)?.facts
    return current === undefined ? [] : (facts?.aliases ?? []).map((alias) => [alias, current] as const)
  })
  return new Map([...more, ...called])
}

/** Whether a model of this name was spoken of there, or listed where nobody had said which there are. */
export function isDeclaredAt({ layers, models }: ProviderEntry, model: string): boolean {
  if (layers === undefined) return false
  const { all, listedNames } = declaredIn(layers)
  return all.has(model) || (models === null && listedNames.has(model))
}

/** The names of all that a provider is known to have: what was said when it was added, else what it listed, else what its kind has. */
export function namesAt(
  { models, kind, layers }: Pick<ProviderEntry, 'models' | 'kind' | 'layers'>,
  modelsOf: ModelsOf,
) {
  if (layers === undefined) return models ?? modelsOf(kind)
  const { listed, spokenOf } = declaredIn(layers)
  return [...new Set([...(models ?? listed ?? modelsOf(kind)), ...spokenOf])]
}

/** Of a model of the tenant's own. */
export const ownAt = ({ entry: { layers }, model }: Pick<Deployment, 'entry' | 'model'>): Called | undefined =>
  layers === undefined ? undefined : declaredIn(layers).own.get(model)

/** What the provider knows a model by. */
export const calledAt = (deployment: Pick<Deployment, 'entry' | 'model'>): string =>
  ownAt(deployment)?.id ?? deployment.model
