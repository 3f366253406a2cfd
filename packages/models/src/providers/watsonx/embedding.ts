import { failureOfAnswer } from '../../failure-of.ts'
import { ModelError } from '../../failure.ts'
import type { EmbeddingModel } from '../../language.ts'
import type { Fetch, ProviderSetting } from '../../provider.ts'
import { isObject } from '../failures/chain.ts'
import { addressOf, payerOf } from './request.ts'

/** As many texts as the service takes at once. */
const mostAtOnce = 1000

export const embeddingModel = (setting: ProviderSetting, model: string, fetch: Fetch): EmbeddingModel => ({
  specificationVersion: 'v4',
  provider: setting.name,
  modelId: model,
  maxEmbeddingsPerCall: mostAtOnce,
  supportsParallelCalls: true,
  doEmbed: async ({ values, dimensions, abortSignal }) => {
    if (dimensions !== undefined)
      throw new ModelError({ type: 'refused', detail: 'vectors of its models have one length each' })
    const response = await fetch(addressOf(setting, 'text/embeddings'), {
      method: 'POST',
      headers: { 'content-type': 'application/json', accept: 'application/json' },
      body: JSON.stringify({ model_id: model, inputs: values, ...payerOf(setting) }),
      ...(abortSignal === undefined ? {} : { signal: abortSignal }),
    })
    const body = await response.text()
    const { status } = response
    if (!response.ok) {
      const headers = Object.fromEntries(response.headers)
      throw new ModelError(failureOfAnswer({ status, headers, body, key: setting.key, request: values }))
    }
    return vectorsIn(body)
  },
})

function vectorsIn(body: string): Awaited<ReturnType<EmbeddingModel['doEmbed']>> {
  const answer: unknown = jsonIn(body)
  const { results, input_token_count: tokens } = isObject(answer) ? answer : {}
  if (!Array.isArray(results)) throw garbage()
  const embeddings = (results as readonly unknown[]).map((one) => {
    const vector = isObject(one) ? one['embedding'] : undefined
    if (!Array.isArray(vector) || vector.some((number) => typeof number !== 'number')) throw garbage()
    return vector as number[]
  })
  return { embeddings, warnings: [], ...(typeof tokens === 'number' ? { usage: { tokens } } : {}) }
}

function jsonIn(body: string): unknown {
  try {
    return JSON.parse(body)
  } catch {
    throw garbage()
  }
}

const garbage = (): ModelError =>
  new ModelError({ type: 'garbage', detail: 'its answer is not what the protocol says' })
