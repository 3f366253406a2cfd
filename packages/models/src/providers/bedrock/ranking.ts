import { mostSearches } from '../../catalog/searches.ts'
import type { ProviderSetting } from '../../provider.ts'
import type { RankingForm } from '../asking/ranking.ts'
import { addressOf, regionOf } from './credentials.ts'

/** The other service of Bedrock’s at which documents are ranked. It tells of no usage, so that searches are counted here: one for each hundred documents, of which a long one counts as several. */
export const rankingForm = (setting: ProviderSetting, model: string): RankingForm => ({
  url: `${addressOf(setting.baseUrl, 'bedrock-agent-runtime')}/rerank`,
  body: ({ query, documents, top }) => ({
    queries: [{ type: 'TEXT', textQuery: { text: query } }],
    sources: documents.map((text) => ({
      type: 'INLINE',
      inlineDocumentSource: { type: 'TEXT', textDocument: { text } },
    })),
    rerankingConfiguration: {
      type: 'BEDROCK_RERANKING_MODEL',
      bedrockRerankingConfiguration: {
        modelConfiguration: { modelArn: arnOf(setting, model) },
        numberOfResults: Math.min(top ?? documents.length, documents.length),
      },
    },
  }),
  list: ({ results }) => results,
  result: ({ index, relevanceScore: score }) => ({ index, score }),
  counts: (_answer, call) => ({ searches: mostSearches(call) }),
})

/** China and the government of the United States have partitions of their own. */
function arnOf(setting: ProviderSetting, model: string): string {
  if (model.startsWith('arn:')) return model
  const region = regionOf(setting)
  const partition = region.startsWith('cn-') ? 'aws-cn' : region.startsWith('us-gov-') ? 'aws-us-gov' : 'aws'
  return `arn:${partition}:bedrock:${region}::foundation-model/${model}`
}
