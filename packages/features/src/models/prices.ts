import {
  costOf,
  createCatalog,
  shippedCatalog,
  type Catalog,
  type CatalogData,
  type Deployment,
  type Layers,
  type ModelFacts,
  type Money,
  type Usage,
} from '@hearth/models'
import { manifests } from './manifests.ts'

/** As much of a deployment as is needed to know its model. */
export interface Described {
  readonly entry: Pick<Deployment['entry'], 'name' | 'kind' | 'models' | 'layers' | 'file'>
  readonly model: string
}

/** What a kind of provider does with a model of a type; anything where nobody knows. */
const verbs = { chat: 'chat', embedding: 'embed', rerank: 'rerank' } as const

function serves(kind: string, type: ModelFacts['type']): boolean {
  const does = manifests.get(kind)?.does
  return type === undefined || does === undefined || does.includes(verbs[type])
}

/** What is known of models and what they cost, once it has been read. */
export interface Prices {
  readonly catalog: Catalog
  /** Whether a kind of provider is known to have a model of this name. */
  knows(kind: string, model: string): boolean
  facts(deployment: Described): ModelFacts
  /** Null where no price is known. */
  cost(deployment: Described, usage: Usage | undefined): Money | null
  /** The names of all models that a kind of provider is known to have. */
  modelsOf(kind: string): readonly string[]
}

let reading: Promise<Prices> | undefined

export function readPrices(): Promise<Prices> {
  reading ??= shippedCatalog().then((data) => pricesOf(createCatalog(data), data))
  return reading
}

function pricesOf(catalog: Catalog, data: CatalogData): Prices {
  const kinds = new Map<string, string[]>()
  for (const { provider, id, type } of catalog.list())
    if (serves(provider, type) && manifests.get(provider)?.differs !== true)
      kinds.set(provider, [...(kinds.get(provider) ?? []), id])
  const facts = remembering((kind, model) => ours(kind, model) ?? catalog.facts(kind, model))
  const layered = new WeakMap<Layers, typeof facts>()
  const factsOf: Prices['facts'] = ({ entry, model }) => {
    const { kind, layers, file } = entry
    if (layers === undefined) return file === undefined ? facts(kind, model) : local(kind, model, file.context)
    // What a tenant says counts before what is known otherwise.
    const over = layered.get(layers) ?? remembering(overKnown(data, entry, layers))
    layered.set(layers, over)
    return over(kind, model)
  }
  return {
    catalog: { ...catalog, facts },
    knows: (kind, model) => {
      const { known, type } = facts(kind, model)
      return known && serves(kind, type)
    },
    facts: factsOf,
    cost: (deployment, usage) => (usage === undefined ? null : (costOf(factsOf(deployment), usage) ?? null)),
    modelsOf: (kind) => kinds.get(kind) ?? [],
  }
}

function overKnown(
  data: CatalogData,
  { name, kind, models, file }: Described['entry'],
  layers: Layers,
): Catalog['facts'] {
  const base =
    file === undefined ? data : { ...data, models: (models ?? []).map((id) => local(kind, id, file.context)) }
  const catalog = createCatalog(base, layers)
  return (_kind, model) => catalog.facts(kind, model, name)
}

/** What is there without a provider runs here, and costs nothing. */
function ours(kind: string, id: string): ModelFacts | undefined {
  const prices = { input: 0, output: 0 }
  const about = { provider: kind, id, known: true, dataPolicy: 'own', prices } as const
  if (kind === 'demo') {
    const can = { tools: true, structured: 'schema', streaming: true } as const
    return { ...about, type: 'chat', can }
  }
  return kind === 'embedded' ? { ...about, type: 'embedding', embedding: { dimensions: 512 } } : undefined
}

/** What runs here costs nothing, and tells nobody anything. */
const local = (kind: string, id: string, context: number): ModelFacts => ({
  provider: kind,
  id,
  type: 'chat',
  known: true,
  context,
  can: { tools: true, parallelTools: true, structured: 'schema', streaming: true, logprobs: true },
  prices: { input: 0, output: 0 },
  dataPolicy: 'own',
})

/** Names that callers make up are not kept for ever. */
const mostRemembered = 2_000

/** Looking for the family of a name takes longer than all the rest of choosing. */
function remembering(look: Catalog['facts']): (kind: string, model: string) => ReturnType<Catalog['facts']> {
  const kinds = new Map<string, Map<string, ReturnType<Catalog['facts']>>>()
  return (kind, model) => {
    const models = kinds.get(kind) ?? new Map<string, ReturnType<Catalog['facts']>>()
    kinds.set(kind, models)
    const known = models.get(model)
    if (known !== undefined) return known
    const found = look(kind, model)
    if (models.size >= mostRemembered) models.clear()
    models.set(model, found)
    return found
  }
}
