import type { Ranked } from '../../ranking.ts'
import type { RerankAsked } from './read.ts'

/** The body of an answer: the fields of Cohere’s and of those that count tokens, so that clients of each find theirs. */
export function writeRerank(
  { documents, returnsDocuments }: Pick<RerankAsked, 'documents' | 'returnsDocuments'>,
  { ranking, tokens, searches }: Ranked,
  { id, model }: { readonly id: string; readonly model: string },
): object {
  return {
    id,
    model,
    results: ranking.map(({ index, score }) => ({
      index,
      relevance_score: score,
      ...(returnsDocuments ? { document: { text: documents[index] ?? '' } } : {}),
    })),
    ...(tokens === undefined ? {} : { usage: { prompt_tokens: tokens, total_tokens: tokens } }),
    meta: {
      api_version: { version: '2' },
      ...(searches === undefined ? {} : { billed_units: { search_units: searches } }),
      ...(tokens === undefined ? {} : { tokens: { input_tokens: tokens } }),
    },
  }
}
