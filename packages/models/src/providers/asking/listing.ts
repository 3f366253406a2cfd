import { failureOfAnswer } from '../../failure-of.ts'
import { ModelError } from '../../failure.ts'
import type { Fetch, ListedModel, ProviderSetting } from '../../provider.ts'
import { isObject } from '../failures/chain.ts'
import { asked } from './asked.ts'

const mostModels = 20_000
const longestId = 300

export interface Listing {
  readonly setting: ProviderSetting
  readonly headers: Readonly<Record<string, string>>
  readonly signal: AbortSignal
  /** What lies between this and the network. */
  readonly over?: (fetch: Fetch) => Fetch
  readonly url: string
  /** The list in an answer, and where it goes on. */
  readonly page: (body: unknown) => { readonly entries: unknown; readonly next?: string | undefined }
  readonly model: (entry: Readonly<Record<string, unknown>>) => ListedModel | null
}

/** Reads the pages of a list to their end. Throws `ModelError`. */
export async function listed(listing: Listing): Promise<readonly ListedModel[]> {
  const { setting, headers, signal, url, page, model, over = (fetch) => fetch } = listing
  const { guard, failed } = asked(setting, signal, undefined, false)
  const fetch = over(guard.fetch)
  const models = new Map<string, ListedModel>()
  const seen = new Set<string>()
  try {
    for (let next: string | undefined = url; next !== undefined;) {
      if (seen.has(next)) throw garbage('its list of models has no end')
      seen.add(next)
      const { entries, next: following } = page(await bodyOf(setting, headers, fetch, next))
      if (!Array.isArray(entries)) throw garbage('its list of models is not what the protocol says')
      for (const found of entries.flatMap((entry) => read(entry, model))) models.set(found.id, found)
      if (models.size > mostModels) throw garbage('its list of models has no end')
      next = following
    }
    return [...models.values()]
  } catch (error) {
    throw failed(error)
  }
}

const garbage = (detail: string): ModelError => new ModelError({ type: 'garbage', detail })

async function bodyOf(
  { key }: ProviderSetting,
  headers: Readonly<Record<string, string>>,
  fetch: ProviderSetting['fetch'],
  url: string,
): Promise<unknown> {
  const response = await fetch(url, { method: 'GET', headers: { accept: 'application/json', ...headers } })
  const body = await response.text()
  const { status } = response
  if (!response.ok)
    throw new ModelError(failureOfAnswer({ status, headers: Object.fromEntries(response.headers), body, key }))
  try {
    return JSON.parse(body)
  } catch {
    throw garbage('its list of models is not JSON')
  }
}

function read(entry: unknown, model: Listing['model']): readonly ListedModel[] {
  const found = isObject(entry) ? model(entry) : null
  return found === null || found.id === '' || found.id.length > longestId ? [] : [found]
}

/** A model from its name and from the first of the fields that tells how much fits into it. */
export function modelWith(id: unknown, ...lengths: readonly unknown[]): ListedModel | null {
  if (typeof id !== 'string') return null
  const context = lengths.find((length) => typeof length === 'number' && Number.isSafeInteger(length) && length > 0)
  return typeof context === 'number' ? { id, context } : { id }
}
