import { ModelError } from '../../failure.ts'
import type { EmbeddingModel } from '../../language.ts'
import type { Fetch, ProviderSetting } from '../../provider.ts'
import { isObject } from '../failures/chain.ts'
import { asked } from './asked.ts'

type Embedded = Awaited<ReturnType<EmbeddingModel['doEmbed']>>

export interface Embedding {
  readonly setting: ProviderSetting
  readonly model: string
  readonly make: (fetch: Fetch) => EmbeddingModel
}

/** A model of a provider’s package with its failures as `ModelError`, and as many vectors as values, in their order. */
export function embeddingOver({ setting, model, make }: Embedding): EmbeddingModel {
  const { maxEmbeddingsPerCall, supportsParallelCalls } = make(setting.fetch)
  return {
    specificationVersion: 'v4',
    provider: setting.name,
    modelId: model,
    maxEmbeddingsPerCall,
    supportsParallelCalls,
    doEmbed: async (call) => {
      const { guard, failed } = asked(setting, call.abortSignal, call.values, false)
      try {
        const answer = await make(guard.fetch).doEmbed({ ...call, abortSignal: guard.signal })
        return checked(answer, call.values.length)
      } catch (error) {
        throw failed(error)
      }
    },
  }
}

function checked({ response, embeddings, ...answer }: Embedded, count: number): Embedded {
  const ordered = inOrder(embeddings, response?.body)
  const length = ordered[0]?.length ?? 0
  if (ordered.length !== count || (count > 0 && length === 0) || ordered.some((vector) => vector.length !== length))
    throw new ModelError({ type: 'garbage', detail: 'its vectors are not one for each text' })
  const { body: _body, ...rest } = response ?? {}
  const { usage, ...said } = answer
  // What a package could not read it tells as no number.
  const counted = usage !== undefined && Number.isFinite(usage.tokens) ? { usage } : {}
  return { ...said, ...counted, embeddings: ordered, response: rest }
}

/** OpenAI’s protocol numbers its vectors, and the package takes them as they come. */
function inOrder(embeddings: Embedded['embeddings'], body: unknown): Embedded['embeddings'] {
  const data = isObject(body) ? body['data'] : undefined
  if (!Array.isArray(data)) return embeddings
  const indexes = (data as readonly unknown[]).map((one) => (isObject(one) ? one['index'] : undefined))
  const places = new Map(indexes.map((index, place) => [index, place]))
  const isNumbered = places.size === embeddings.length && embeddings.every((_, index) => places.has(index))
  return isNumbered ? embeddings.map((_, index) => embeddings[places.get(index) ?? 0] ?? []) : embeddings
}
