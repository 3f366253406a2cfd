import Anthropic from '@anthropic-ai/sdk'
import type { MessageCountTokensParams, MessageCreateParams } from '@anthropic-ai/sdk/resources/messages'

type Body = Record<string, unknown>

/** The body that the official client sends for a call of it. */
export const sent = (request: MessageCreateParams): Promise<Body> =>
  recorded((client) => client.messages.create({ ...request }))

export const sentToCount = (request: MessageCountTokensParams): Promise<Body> =>
  recorded((client) => client.messages.countTokens(request))

async function recorded(ask: (client: Anthropic) => PromiseLike<unknown>): Promise<Body> {
  const { promise, resolve } = Promise.withResolvers<Body>()
  const client = new Anthropic({
    apiKey: 'a key',
    baseURL: 'http://127.0.0.1:1',
    logLevel: 'off',
    fetch: (_url, init) => {
      resolve(JSON.parse(String(init?.body)) as Body)
      return Promise.resolve(Response.json({}))
    },
  })
  await ask(client)
  return promise
}
