import type { Usage } from '../language.ts'
import { estimateTextTokens } from './text-tokens.ts'

/** Usage of what is not paid by tokens alone. */
export const searchUsage = (tokens: number, searches: number | undefined): Usage => ({
  inputTokens: { total: tokens, noCache: tokens, cacheRead: 0, cacheWrite: 0 },
  outputTokens: { total: 0, text: 0, reasoning: 0 },
  ...(searches === undefined ? {} : { raw: { searches } }),
})

/** Undefined where nobody told how many there were. */
export function searchesIn({ raw }: Usage): number | undefined {
  const searches = raw?.['searches']
  return typeof searches === 'number' && Number.isSafeInteger(searches) && searches >= 0 ? searches : undefined
}

const tokensOfChunk = 500
const chunksOfSearch = 100
/** However long a query is: it is cut before nothing is left of a document. */
const leastOfChunk = tokensOfChunk / 10

/** How many searches a request is at most: one for each hundred documents, of which a long one counts as several. The query stands in each of them. */
export function mostSearches({ query, documents }: { readonly query?: unknown; readonly documents?: unknown }): number {
  if (!Array.isArray(documents)) return 1
  const room = Math.max(leastOfChunk, tokensOfChunk - (typeof query === 'string' ? estimateTextTokens(query) : 0))
  let chunks = 0
  for (const document of documents as readonly unknown[]) {
    const text = typeof document === 'string' ? document : JSON.stringify(document ?? '')
    chunks += Math.max(1, Math.ceil(estimateTextTokens(text) / room))
  }
  return Math.max(1, Math.ceil(chunks / chunksOfSearch))
}
