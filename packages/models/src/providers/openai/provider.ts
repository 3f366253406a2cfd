// The classes and not `createOpenAI`, which reads the environment when it is loaded, and fails to load where OPENAI_BASE_URL is empty.
import { OpenAIChatLanguageModel, OpenAIEmbeddingModel, OpenAIResponsesLanguageModel } from '@ai-sdk/openai/internal'
import type { ChatCall } from '../../language.ts'
import type { Fetch, OpenProvider, ProviderSetting } from '../../provider.ts'
import { chatOver } from '../asking/chat.ts'
import { embeddingOver } from '../asking/embedding.ts'
import { withoutEmptyText } from '../asking/empty-text.ts'
import { listed, modelWith } from '../asking/listing.ts'
import { isObject } from '../failures/chain.ts'
import { protocolOf } from './manifest.ts'

export const open: OpenProvider = (setting) => {
  const headers = { authorization: `Bearer ${setting.key ?? ''}` }
  return {
    headers,
    chat: (model) => {
      const { protocol, model: name } = protocolOf(model)
      return protocol === 'chat' ? chat(setting, headers, model, name) : responses(setting, headers, model, name)
    },
    embed: (model) =>
      embeddingOver({
        setting,
        model,
        make: (fetch) => new OpenAIEmbeddingModel(model, config('openai.embedding', setting, headers, fetch)),
      }),
    list: (signal) =>
      listed({
        setting,
        headers,
        signal,
        url: `${setting.baseUrl}/models`,
        page: (body) => ({ entries: isObject(body) ? body['data'] : undefined }),
        model: ({ id }) => modelWith(id),
      }),
  }
}

function config(provider: string, { baseUrl }: ProviderSetting, headers: Record<string, string>, fetch: Fetch) {
  return { provider, headers, fetch, url: ({ path }: { readonly path: string }) => `${baseUrl}${path}` }
}

function chat(setting: ProviderSetting, headers: Record<string, string>, model: string, name: string) {
  return chatOver({
    setting,
    model,
    make: (fetch) => new OpenAIChatLanguageModel(name, config('openai.chat', setting, headers, fetch)),
    adapting: withoutEmptyText,
    // The package tells of calls when the stream ends, also of those whose arguments were still coming.
    holdsCalls: true,
  })
}

function responses(setting: ProviderSetting, headers: Record<string, string>, model: string, name: string) {
  return chatOver({
    setting,
    model,
    make: (fetch) => new OpenAIResponsesLanguageModel(name, config('openai.responses', setting, headers, fetch)),
    prepare: withoutStore,
  })
}

/** What is stored at one account cannot be gone on with by the key of another, and nobody asked for it to be kept. */
function withoutStore(call: ChatCall): ChatCall {
  const { providerOptions } = call
  return { ...call, providerOptions: { ...providerOptions, openai: { store: false, ...providerOptions?.['openai'] } } }
}
