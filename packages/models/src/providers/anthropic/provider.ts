// The class and not `createAnthropic`, which reads the environment when it is loaded, and takes a key from there where it is given none.
import { AnthropicLanguageModel } from '@ai-sdk/anthropic/internal'
import type { OpenProvider } from '../../provider.ts'
import { chatOver } from '../asking/chat.ts'
import { listed, modelWith } from '../asking/listing.ts'
import { isObject } from '../failures/chain.ts'
import { boundedTo } from './bound.ts'

const version = '2023-06-01'
const byAddress = { 'image/*': [/^https?:\/\/.*$/], 'application/pdf': [/^https?:\/\/.*$/] }

export const open: OpenProvider = (setting) => {
  const headers = { 'x-api-key': setting.key ?? '', 'anthropic-version': version }
  return {
    headers,
    chat: (model) =>
      chatOver({
        setting,
        model,
        make: (fetch, _streams, call) =>
          new AnthropicLanguageModel(model, {
            provider: 'anthropic.messages',
            baseURL: setting.baseUrl,
            headers,
            fetch: boundedTo(fetch, call?.maxOutputTokens),
            supportedUrls: () => byAddress,
          }),
      }),
    list: (signal) =>
      listed({
        setting,
        headers,
        signal,
        url: `${setting.baseUrl}/models?limit=1000`,
        page: (body) => {
          const { data, has_more: hasMore, last_id: last } = isObject(body) ? body : {}
          const goesOn = hasMore === true && typeof last === 'string'
          const next = goesOn ? `${setting.baseUrl}/models?limit=1000&after_id=${encodeURIComponent(last)}` : undefined
          return { entries: data, next }
        },
        model: ({ id, max_input_tokens: most }) => modelWith(id, most),
      }),
  }
}
