import { createGoogle } from '@ai-sdk/google'
import { ModelError } from '../../failure.ts'
import type { ChatAnswer, ChatPart, FinishReason } from '../../language.ts'
import type { Fetch, OpenProvider, ProviderSetting } from '../../provider.ts'
import { chatOver } from '../asking/chat.ts'
import { embeddingOver } from '../asking/embedding.ts'
import { listed, modelWith } from '../asking/listing.ts'
import { isObject } from '../failures/chain.ts'

export const open: OpenProvider = (setting) => {
  const headers = { 'x-goog-api-key': setting.key ?? '' }
  return {
    headers,
    chat: (model) =>
      chatOver({
        setting,
        model,
        make: (fetch) => google(setting, fetch).languageModel(pathOf(model)),
        answered: (answer) => ({ ...answer, finishReason: finishOf(answer.finishReason) }) satisfies ChatAnswer,
        adapting: () => (part) => [adapted(part)],
      }),
    embed: (model) =>
      embeddingOver({
        setting,
        model,
        make: (fetch) => google(setting, fetch).embeddingModel(pathOf(model).replace(/^models\//, '')),
      }),
    list: (signal) =>
      listed({
        setting,
        headers,
        signal,
        url: `${setting.baseUrl}/models?pageSize=1000`,
        page: (body) => {
          const { models, nextPageToken: token } = isObject(body) ? body : {}
          const goesOn = typeof token === 'string' && token !== ''
          const next = goesOn
            ? `${setting.baseUrl}/models?pageSize=1000&pageToken=${encodeURIComponent(token)}`
            : undefined
          return { entries: models, next }
        },
        model: ({ name, inputTokenLimit: most }) =>
          modelWith(typeof name === 'string' ? name.replace(/^models\//, '') : undefined, most),
      }),
  }
}

// A key and an address are always given, so that none is taken from the environment.
const google = ({ baseUrl, key = '' }: ProviderSetting, fetch: Fetch) =>
  createGoogle({ baseURL: baseUrl, apiKey: key, fetch })

/** A model’s name is a part of the address here, and must not lead to another. */
function pathOf(model: string): string {
  if (/^(?:(?:models|tunedModels)\/)?[\w][\w.-]*$/.test(model)) return model
  throw new ModelError({ type: 'unknown-model', detail: 'no model of Google’s has such a name' })
}

/** Reasons of Google’s that the package does not know. */
const filtered: ReadonlySet<string> = new Set(['IMAGE_PROHIBITED_CONTENT', 'IMAGE_RECITATION'])

const finishOf = (reason: FinishReason): FinishReason =>
  reason.raw !== undefined && filtered.has(reason.raw) ? { ...reason, unified: 'content-filter' } : reason

const adapted = (part: ChatPart): ChatPart =>
  part.type === 'finish' ? { ...part, finishReason: finishOf(part.finishReason) } : part
