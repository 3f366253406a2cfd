import { createAmazonBedrock } from '@ai-sdk/amazon-bedrock'
import type { EmbeddingModel } from '../../language.ts'
import type { Fetch, OpenProvider, ProviderSetting } from '../../provider.ts'
import { chatOver } from '../asking/chat.ts'
import { embeddingOver } from '../asking/embedding.ts'
import { rankingOver } from '../asking/ranking.ts'
import { boundedTo } from './bound.ts'
import { endingAs } from './ending.ts'
import { checkedFrames, type Ending } from './frames.ts'
import { listModels } from './listing.ts'
import { rankingForm } from './ranking.ts'
import { identityOf } from './signing.ts'
import { answerInOurs, inWordsOfBedrock, partsInOurs } from './words.ts'

export const open: OpenProvider = (setting) => {
  const identified = identityOf(setting)
  return {
    // A signature is of one request alone.
    headers: {},
    chat: (model) =>
      chatOver({
        setting,
        model,
        make: (fetch, streams, call) => {
          const ending: Ending = {}
          const checked = streams ? checkedFrames(identified(fetch), ending) : identified(fetch)
          const made = bedrock(setting, boundedTo(checked, call?.maxOutputTokens)).languageModel(model)
          return streams ? endingAs(made, ending) : made
        },
        prepare: (call) => inWordsOfBedrock(call, model),
        answered: answerInOurs,
        adapting: partsInOurs,
        holdsCalls: true,
      }),
    embed: (model) =>
      embeddingOver({
        setting,
        model,
        make: (fetch) => sized(bedrock(setting, identified(fetch)).embeddingModel(model)),
      }),
    rerank: (model) => rankingOver({ setting, headers: {}, form: rankingForm(setting, model), over: identified }),
    list: (signal) => listModels(setting, identified, signal),
  }
}

// All that the package would look for in the environment is given: its key is put in the place of by `identityOf`.
const bedrock = ({ baseUrl }: ProviderSetting, fetch: Fetch) =>
  createAmazonBedrock({ baseURL: baseUrl, region: 'none', apiKey: 'none', fetch })

/** Each family of models has its own word for how long a vector is to be. */
const sized = (model: EmbeddingModel): EmbeddingModel => ({
  specificationVersion: 'v4',
  provider: model.provider,
  modelId: model.modelId,
  maxEmbeddingsPerCall: model.maxEmbeddingsPerCall,
  supportsParallelCalls: model.supportsParallelCalls,
  doEmbed: (call) =>
    model.doEmbed(call.dimensions === undefined ? call : withSize(model.modelId, call, call.dimensions)),
})

function withSize(model: string, call: Parameters<EmbeddingModel['doEmbed']>[0], dimensions: number) {
  const isNova = model.includes('amazon.nova')
  const name = isNova ? 'embeddingDimension' : model.includes('cohere.') ? 'outputDimension' : 'dimensions'
  const amazonBedrock = { [name]: dimensions }
  return { ...call, providerOptions: { ...call.providerOptions, amazonBedrock } }
}
