import type { OpenProvider } from '../../provider.ts'
import { listed, modelWith } from '../asking/listing.ts'
import { isObject } from '../failures/chain.ts'
import { openAs } from '../openai-compatible/provider.ts'
import { identifiedFetch, usualBase } from './identity.ts'

const openChat = openAs({
  kind: 'github-copilot',
  title: 'GitHub Copilot',
  baseUrl: usualBase,
  key: 'needed',
  embeds: false,
  models: null,
})

/** Behind its tokens it is a server of OpenAI’s chat completions. */
export const open: OpenProvider = (setting) => {
  const within = { ...setting, fetch: identifiedFetch(setting) }
  return {
    ...openChat(within),
    headers: {},
    list: (signal) =>
      listed({
        setting: within,
        headers: {},
        signal,
        url: `${setting.baseUrl}/models`,
        page: (body) => ({ entries: isObject(body) ? body['data'] : undefined }),
        model: ({ id, capabilities }) => {
          const limits = isObject(capabilities) ? capabilities['limits'] : undefined
          return modelWith(id, isObject(limits) ? limits['max_context_window_tokens'] : undefined)
        },
      }),
  }
}
