import { OpenAIChatLanguageModel, OpenAIEmbeddingModel } from '@ai-sdk/openai/internal'
import type { ChatCall } from '../../language.ts'
import type { Fetch, OpenProvider, Provider, ProviderSetting } from '../../provider.ts'
import { chatOver } from '../asking/chat.ts'
import { embeddingOver } from '../asking/embedding.ts'
import { listed, modelWith } from '../asking/listing.ts'
import { rankingOver } from '../asking/ranking.ts'
import { rerankForm } from '../asking/rerank-form.ts'
import { isObject } from '../failures/chain.ts'
import { fetchInDialect } from './dialect.ts'
import type { Preset } from './presets.ts'
import { fitting } from './request.ts'
import { thoughtApart, withThoughts } from './thoughts.ts'

export const openAs =
  (preset: Preset): OpenProvider =>
  (setting) => {
    const headers = identity(preset, setting.key)
    const chat: Provider['chat'] = (model) =>
      chatOver({
        setting,
        model,
        make: (fetch, streams) =>
          chatModel(model, setting, headers, fetchInDialect(fitting(fetch, preset.quirks), streams)),
        prepare: loosely,
        answered: withThoughts,
        adapting: thoughtApart,
        readsRaw: true,
        holdsCalls: true,
      })
    return {
      headers,
      chat,
      ...(preset.embeds ? { embed: (model) => embedding(model, setting, headers) } : {}),
      ...(preset.reranks === true ? { rerank: ranking(setting, headers) } : {}),
      ...(preset.models === null ? {} : { list: (signal) => list(preset, setting, headers, signal) }),
    }
  }

type Headers = Readonly<Record<string, string>>

function identity({ keyHeader }: Preset, key: string | undefined): Headers {
  if (key === undefined || key === '') return {}
  return keyHeader === undefined ? { authorization: `Bearer ${key}` } : { [keyHeader]: key }
}

/**
 * The package knows OpenAI’s models by their names, and takes settings away from some of them. What somebody’s own server calls by such
 * a name is another model, so that it is not told the name, only to ask for it.
 */
export const nobodys = 'a-model-of-another-server'

function chatModel(model: string, setting: ProviderSetting, headers: Headers, fetch: Fetch): OpenAIChatLanguageModel {
  const url = ({ path }: { readonly path: string }): string => `${setting.baseUrl}${path}`
  return new OpenAIChatLanguageModel(nobodys, { provider: 'openai.chat', requestModelId: model, headers, fetch, url })
}

function embedding(model: string, setting: ProviderSetting, headers: Headers) {
  const url = ({ path }: { readonly path: string }): string => `${setting.baseUrl}${path}`
  return embeddingOver({
    setting,
    model,
    make: (fetch) => new OpenAIEmbeddingModel(model, { provider: 'openai.embedding', headers, fetch, url }),
  })
}

const ranking =
  (setting: ProviderSetting, headers: Headers): NonNullable<Provider['rerank']> =>
  (model) =>
    rankingOver({ setting, headers, form: rerankForm(setting.baseUrl, model, 'results') })

/** OpenAI’s strict schemas are a language of their own, which other servers do not read. */
export function loosely(call: ChatCall): ChatCall {
  const { providerOptions } = call
  const openai = { strictJsonSchema: false, ...providerOptions?.['openai'] }
  return { ...call, providerOptions: { ...providerOptions, openai } }
}

function list({ models = 'models' }: Preset, setting: ProviderSetting, headers: Headers, signal: AbortSignal) {
  return listed({
    setting,
    headers,
    signal,
    url: new URL(models ?? 'models', `${setting.baseUrl}/`).href,
    // Together and GitHub answer with the list itself.
    page: (body) => ({ entries: Array.isArray(body) ? body : isObject(body) ? body['data'] : undefined }),
    model: ({ id, context_length, context_window, max_model_len, max_context_length, meta, limits, parameters }) =>
      modelWith(
        id,
        context_length,
        context_window,
        max_model_len,
        max_context_length,
        // Of llama.cpp: what its server was started with counts, and not what the model was made for.
        ...(isObject(meta) ? [meta['n_ctx'], meta['n_ctx_train']] : []),
        isObject(parameters) ? parameters['max_seq_len'] : undefined,
        isObject(limits) ? limits['max_input_tokens'] : undefined,
      ),
  })
}
