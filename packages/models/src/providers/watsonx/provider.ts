import { OpenAIChatLanguageModel } from '@ai-sdk/openai/internal'
import type { FinishReason } from '../../language.ts'
import type { Fetch, OpenProvider, ProviderSetting } from '../../provider.ts'
import { chatOver } from '../asking/chat.ts'
import { embeddingOver } from '../asking/embedding.ts'
import { listed, modelWith } from '../asking/listing.ts'
import type { Adapt } from '../asking/parts.ts'
import { rankingOver, type RankingForm } from '../asking/ranking.ts'
import { isObject } from '../failures/chain.ts'
import { fetchInDialect } from '../openai-compatible/dialect.ts'
import { loosely, nobodys } from '../openai-compatible/provider.ts'
import { thoughtApart, withThoughts } from '../openai-compatible/thoughts.ts'
import { embeddingModel } from './embedding.ts'
import { identityOf } from './identity.ts'
import { addressOf, fitting, payerOf } from './request.ts'

/** Its chats are OpenAI’s but for names and addresses, and are read as those of other servers of that protocol are. */
export const open: OpenProvider = (setting) => {
  const identified = identityOf(setting)
  return {
    // A token is good for an hour.
    headers: {},
    chat: (model) =>
      chatOver({
        setting,
        model,
        make: (fetch, streams) => chatModel(setting, model, identified(fetch), streams),
        prepare: loosely,
        answered: (answer) => withThoughts({ ...answer, finishReason: finishOf(answer.finishReason) }),
        adapting,
        readsRaw: true,
        holdsCalls: true,
      }),
    embed: (model) =>
      embeddingOver({ setting, model, make: (fetch) => embeddingModel(setting, model, identified(fetch)) }),
    rerank: (model) => rankingOver({ setting, headers: {}, form: rankingForm(setting, model), over: identified }),
    list: (signal) =>
      listed({
        setting,
        headers: {},
        signal,
        over: identified,
        url: addressOf(setting, 'foundation_model_specs?limit=200'),
        page: (body) => ({ entries: isObject(body) ? body['resources'] : undefined }),
        model: ({ model_id: id, model_limits: limits }) =>
          modelWith(id, isObject(limits) ? limits['max_sequence_length'] : undefined),
      }),
  }
}

function chatModel(setting: ProviderSetting, model: string, fetch: Fetch, streams: boolean): OpenAIChatLanguageModel {
  return new OpenAIChatLanguageModel(nobodys, {
    provider: 'openai.chat',
    requestModelId: model,
    headers: {},
    fetch: fetchInDialect(fitting(fetch, setting), streams),
    url: () => addressOf(setting, streams ? 'text/chat_stream' : 'text/chat'),
  })
}

/** It may be told to end after a time, or be stopped there. */
const reasons: Readonly<Record<string, FinishReason['unified']>> = { time_limit: 'length', cancelled: 'error' }

const finishOf = (reason: FinishReason): FinishReason => ({
  ...reason,
  unified: reasons[reason.raw ?? ''] ?? reason.unified,
})

function adapting(): Adapt {
  const apart = thoughtApart()
  return (part) => apart(part.type === 'finish' ? { ...part, finishReason: finishOf(part.finishReason) } : part)
}

const rankingForm = (setting: ProviderSetting, model: string): RankingForm => ({
  url: addressOf(setting, 'text/rerank'),
  body: ({ query, documents, top, tokensOfDocument }) => ({
    model_id: model,
    query,
    inputs: documents.map((text) => ({ text })),
    ...payerOf(setting),
    parameters: {
      return_options: { inputs: false, query: false, ...(top === undefined ? {} : { top_n: top }) },
      ...(tokensOfDocument === undefined ? {} : { truncate_input_tokens: tokensOfDocument }),
    },
  }),
  list: ({ results }) => results,
  result: ({ index, score }) => ({ index, score }),
  counts: ({ input_token_count: tokens }) => ({ tokens }),
})
