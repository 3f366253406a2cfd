import {
  builtIn,
  costOf,
  createCatalog,
  shippedCatalog,
  type Catalog,
  type Deployment,
  type ModelFacts,
  type Money,
  type Usage,
} from '@hearth/models'

/** What is known of models and what they cost, once it has been read. */
export interface Prices {
  readonly catalog: Catalog
  /** Whether a kind of provider is known to have a model of this name. */
  knows(kind: string, model: string): boolean
  facts(deployment: Pick<Deployment, 'entry' | 'model'>): ModelFacts
  /** Null where no price is known. */
  cost(deployment: Deployment, usage: Usage | undefined): Money | null
  /** The names of all models that a kind of provider is known to have. */
  modelsOf(kind: string): readonly string[]
}

let reading: Promise<Prices> | undefined

export function readPrices(): Promise<Prices> {
  reading ??= shippedCatalog().then((data) => pricesOf(createCatalog(data)))
  return reading
}

function pricesOf(catalog: Catalog): Prices {
  const kinds = new Map<string, string[]>()
  for (const { provider, id } of catalog.list()) kinds.set(provider, [...(kinds.get(provider) ?? []), id])
  const facts = remembering((kind, model) => (kind === builtIn.kind ? demo(model) : catalog.facts(kind, model)))
  return {
    catalog: { ...catalog, facts },
    knows: (kind, model) => facts(kind, model).known,
    facts: ({ entry, model }) => facts(entry.kind, model),
    cost: ({ entry, model }, usage) => (usage === undefined ? null : (costOf(facts(entry.kind, model), usage) ?? null)),
    modelsOf: (kind) => kinds.get(kind) ?? [],
  }
}

/** The one that is there without a provider runs here, and costs nothing. */
const demo = (id: string): ModelFacts => ({
  provider: builtIn.kind,
  id,
  type: 'chat',
  known: true,
  can: { tools: true, structured: 'schema', streaming: true },
  prices: { input: 0, output: 0 },
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
