import type { ListedModel } from '../provider.ts'
import type { Entry } from './catalog.ts'
import type { ModelFacts, Quality } from './facts.ts'

/**
 * What a person says of a model: it counts before what the catalog says. Prices replace all of its prices, since they belong
 * together.
 */
export type DeclaredFacts = Omit<ModelFacts, 'provider' | 'id' | 'known' | 'family' | 'own'>

/** One of the tenant's providers, by its name, or a kind of provider by itself, in both places: then it is about all of that kind. */
interface At {
  readonly provider: string
  readonly kind: string
}

export interface Override extends At {
  readonly id: string
  readonly facts: DeclaredFacts
}

/** A model of the tenant's own: an endpoint, a file, a model that was tuned. */
export interface OwnModel extends At {
  /** What it is asked for by; `name@version` asks for one of its versions. */
  readonly name: string
  /** Of those that are promoted, the last one is what the name alone means. */
  readonly versions: readonly OwnVersion[]
}

export interface OwnVersion {
  readonly version: string
  /** The name that the provider knows it by; the model's own when absent. */
  readonly id?: string
  readonly state: 'trial' | 'promoted' | 'retired'
  readonly facts: DeclaredFacts
}

/** What a provider answered to the question for its models. */
export interface Listing extends At {
  readonly models: readonly ListedModel[]
}

/** Later ones over earlier ones. */
export interface Layers {
  readonly listings?: readonly Listing[]
  readonly overrides?: readonly Override[]
  readonly own?: readonly OwnModel[]
}

/** A provider may list whatever it likes. */
const mostListed = 5000
const longestId = 200

type Beneath = (kind: string, id: string) => ModelFacts

/** The models that the layers speak of, each composed of all that is said of it. */
export function layeredOver(beneath: Beneath, { listings = [], overrides = [], own = [] }: Layers): readonly Entry[] {
  const composed = new Map<string, Entry>()
  const factsAt = ({ provider, kind }: At, id: string): ModelFacts =>
    (composed.get(`${provider}/${id}`) ?? composed.get(`${kind}/${id}`))?.facts ?? beneath(kind, id)
  const put = (at: At, name: string, facts: ModelFacts): void => {
    composed.set(`${at.provider}/${name}`, { provider: at.provider, name, facts })
  }
  for (const listing of listings)
    for (const model of listedWithin(listing)) put(listing, model.id, withListed(factsAt(listing, model.id), model))
  // What is said of a whole kind comes first, so that what is said of one provider is over it.
  const ofKinds = overrides.filter(({ provider, kind }) => provider === kind)
  const ofProviders = overrides.filter(({ provider, kind }) => provider !== kind)
  for (const one of [...ofKinds, ...ofProviders]) put(one, one.id, withDeclared(factsAt(one, one.id), one.facts))
  for (const model of own)
    for (const { name, facts } of versionsOf(model, (id) => factsAt(model, id))) put(model, name, facts)
  return [...composed.values()]
}

const listedWithin = ({ models }: Listing): readonly ListedModel[] =>
  models.slice(0, mostListed).filter(({ id }) => id.length > 0 && id.length <= longestId)

/** What an endpoint says of its own model is truer than what is known of models of that name. */
const withListed = (facts: ModelFacts, { context }: ListedModel): ModelFacts =>
  context !== undefined && Number.isSafeInteger(context) && context > 0 ? { ...facts, context } : facts

function withDeclared(facts: ModelFacts, declared: DeclaredFacts): ModelFacts {
  const can = { ...facts.can, ...declared.can }
  const quality = qualityOf(facts.quality, declared.quality)
  return {
    ...facts,
    ...declared,
    ...(Object.keys(can).length === 0 ? {} : { can }),
    ...(quality === undefined ? {} : { quality }),
  }
}

function qualityOf(
  known: readonly Quality[] | undefined,
  declared: readonly Quality[] | undefined,
): readonly Quality[] | undefined {
  if (known === undefined || declared === undefined) return declared ?? known
  return [...declared, ...known.filter(({ task }) => !declared.some((one) => one.task === task))]
}

/** Each under its own name, and the current one under that of the model. */
function versionsOf(
  { name, versions }: OwnModel,
  beneath: (id: string) => ModelFacts,
): readonly { readonly name: string; readonly facts: ModelFacts }[] {
  const current = versions.findLast(({ state }) => state === 'promoted')
  return versions.flatMap((one) => {
    if (one.state === 'retired') return []
    const { version, id = name } = one
    const { aliases, ...facts } = { ...withDeclared(beneath(id), one.facts), id, own: { name, version } }
    const exact = { name: `${name}@${version}`, facts }
    if (one !== current) return [exact]
    return [exact, { name, facts: aliases === undefined ? facts : { ...facts, aliases } }]
  })
}
