import { isObject } from '../failures/chain.ts'
import type { RankingForm } from './ranking.ts'

/**
 * Forms of `/rerank`. `results`: Jina’s, which vLLM, llama.cpp and others took over. `cohere`: the same with searches for its usage. `data`:
 * Voyage’s. `texts`: that of Text Embeddings Inference, which serves one model and answers with a bare list of scores.
 */
export type RerankDialect = 'cohere' | 'results' | 'data' | 'texts'

export function rerankForm(baseUrl: string, model: string, dialect: RerankDialect): RankingForm {
  return {
    url: `${baseUrl}/rerank`,
    body: ({ query, documents, top, tokensOfDocument }) => {
      if (dialect === 'texts') return { query, texts: documents, truncate: true }
      const most = top === undefined ? {} : dialect === 'data' ? { top_k: top } : { top_n: top }
      if (dialect === 'cohere')
        return { model, query, documents, ...most, ...(tokensOfDocument && { max_tokens_per_doc: tokensOfDocument }) }
      return { model, query, documents, ...most, return_documents: false }
    },
    list: ({ results, data }) => (dialect === 'data' ? data : results),
    result: ({ index, relevance_score: relevance, score }) => ({
      index,
      score: dialect === 'texts' ? score : relevance,
    }),
    counts: ({ usage, meta }) => ({
      tokens: isObject(usage) ? usage['total_tokens'] : tokensIn(meta),
      searches: isObject(meta) && isObject(meta['billed_units']) ? meta['billed_units']['search_units'] : undefined,
    }),
  }
}

const tokensIn = (meta: unknown): unknown =>
  isObject(meta) && isObject(meta['tokens']) ? meta['tokens']['input_tokens'] : undefined
