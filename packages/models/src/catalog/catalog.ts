import type { ModelFacts } from './facts.ts'
import { layeredOver, type Layers } from './layers.ts'
import { familiesOf, isSnapshotOf } from './names.ts'

export interface CatalogData {
  /** The day of which the facts are. */
  readonly date: string
  readonly source: string
  readonly models: readonly ModelFacts[]
}

export interface Catalog {
  readonly date: string
  /**
   * What is known of a model of a provider: its kind, and its name among the tenant's where it has one. A snapshot that the catalog
   * does not have has the facts of its family. There is always an answer; of a model that nobody knows it holds no more than its
   * name.
   */
  facts(kind: string, id: string, provider?: string): ModelFacts
  /** All that go by this name: `provider/model`, a model alone, which several may have, or an alias. */
  find(name: string): readonly ModelFacts[]
  list(): readonly ModelFacts[]
}

/** A model, where it is had, and by what it is asked for there. */
export interface Entry {
  readonly provider: string
  readonly name: string
  readonly facts: ModelFacts
}

/** What of it is the same for every tenant is indexed once. */
export function createCatalog(base: CatalogData, layers: Layers = {}): Catalog {
  const shipped = indexed(base)
  const above = indexOf(layeredOver((kind, id) => factsIn([shipped], kind, id, kind), layers))
  const indexes = [above, shipped]
  return {
    date: base.date,
    facts: (kind, id, provider = kind) => factsIn(indexes, kind, id, provider),
    find: (name) => {
      const exact = above.at.get(name) ?? shipped.at.get(name)
      if (exact !== undefined) return [exact]
      const keys = new Set(indexes.flatMap(({ keysOf }) => keysOf.get(name) ?? []))
      return [...keys].flatMap((key) => above.at.get(key) ?? shipped.at.get(key) ?? [])
    },
    list: () => [...new Map([...shipped.at, ...above.at]).values()],
  }
}

interface Index {
  /** By `provider/name`. */
  readonly at: ReadonlyMap<string, ModelFacts>
  /** By `provider/alias`. */
  readonly byAlias: ReadonlyMap<string, ModelFacts>
  /** The keys of those that go by a name, wherever they are. */
  readonly keysOf: ReadonlyMap<string, readonly string[]>
}

const shippedIndexes = new WeakMap<CatalogData, Index>()

function indexed(base: CatalogData): Index {
  const index =
    shippedIndexes.get(base) ??
    indexOf(base.models.map((facts) => ({ provider: facts.provider, name: facts.id, facts })))
  shippedIndexes.set(base, index)
  return index
}

function indexOf(entries: readonly Entry[]): Index {
  const at = new Map<string, ModelFacts>()
  const byAlias = new Map<string, ModelFacts>()
  const keysOf = new Map<string, string[]>()
  for (const { provider, name, facts } of entries) {
    const key = `${provider}/${name}`
    at.set(key, facts)
    for (const alias of facts.aliases ?? []) byAlias.set(`${provider}/${alias}`, facts)
    for (const called of [name, ...(facts.aliases ?? [])]) {
      const keys = keysOf.get(called)
      if (keys === undefined) keysOf.set(called, [key])
      else keys.push(key)
    }
  }
  return { at, byAlias, keysOf }
}

function factsIn(indexes: readonly Index[], kind: string, id: string, provider: string): ModelFacts {
  const exact = exactlyIn(indexes, kind, id, provider)
  if (exact !== undefined) return exact
  for (const family of familiesOf(id)) {
    const found = exactlyIn(indexes, kind, family.id, provider)
    if (found === undefined) continue
    const { prices, ...rest } = found
    return { ...rest, ...(family.samePrice && prices !== undefined ? { prices } : {}), id, family: found.id }
  }
  const dated = latestSnapshot(indexes, kind, id)
  return dated === undefined ? { provider: kind, id, known: false } : { ...dated, id, family: dated.id }
}

function exactlyIn(indexes: readonly Index[], kind: string, id: string, provider: string): ModelFacts | undefined {
  const keys = provider === kind ? [`${kind}/${id}`] : [`${provider}/${id}`, `${kind}/${id}`]
  for (const key of keys)
    for (const { at, byAlias } of indexes) {
      const found = at.get(key) ?? byAlias.get(key)
      if (found !== undefined) return found
    }
  return undefined
}

function latestSnapshot(indexes: readonly Index[], kind: string, family: string): ModelFacts | undefined {
  let latest: ModelFacts | undefined
  for (const { at } of indexes)
    for (const facts of at.values())
      if (facts.provider === kind && isSnapshotOf(family, facts.id) && facts.id > (latest?.id ?? '')) latest = facts
  return latest
}
