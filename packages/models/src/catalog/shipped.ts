import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { CatalogData } from './catalog.ts'
import type { ModelFacts } from './facts.ts'

let loading: Promise<CatalogData> | undefined

/** What Hearth knows of models by itself, read when it is first needed. `scripts/catalog.ts` makes the file. */
export function shippedCatalog(): Promise<CatalogData> {
  loading ??= load().catch((error: unknown) => {
    loading = undefined
    throw error
  })
  return loading
}

async function load(): Promise<CatalogData> {
  const text = await readFile(join(import.meta.dirname, 'models.json'), 'utf8')
  const { date, source, models } = JSON.parse(text) as CatalogData & {
    readonly models: readonly Omit<ModelFacts, 'known'>[]
  }
  return { date, source, models: models.map((facts) => ({ ...facts, known: true })) }
}
