import { ModelError } from '../../failure.ts'
import type { EmbeddingModel } from '../../language.ts'
import type { OpenProvider } from '../../provider.ts'
import { createEmbedder, type Embedder } from './embedder.ts'
import { dimensions } from './words.ts'

/**
 * Its vectors are kept with this name. Whatever changes them, be it other weights or another way of cutting long texts, is another model
 * and needs another name.
 */
const name = 'use-lite'

/** As a vector of its is kept with. */
export const embedderName = `embedded/${name}`

/** Of a call with more, the vectors are taken over some at a time. */
const mostAtOnce = 128

/** One for the process: it is the worker that costs. */
export const embedder = createEmbedder()

export const open: OpenProvider = () => ({
  headers: {},
  embed: (model) => embeddedModel(model, embedder),
  list: async () => [{ id: name }],
})

export function embeddedModel(model: string, embedder: Pick<Embedder, 'embed'>): EmbeddingModel {
  return {
    specificationVersion: 'v4',
    provider: 'embedded',
    modelId: model,
    maxEmbeddingsPerCall: mostAtOnce,
    supportsParallelCalls: true,
    doEmbed: async ({ values, dimensions: wanted = dimensions, abortSignal }) => {
      if (model !== name) throw new ModelError({ type: 'unknown-model', detail: `the embedder has ${name} alone` })
      if (wanted !== dimensions)
        throw new ModelError({ type: 'refused', detail: `${name} gives ${dimensions} dimensions, and no other number` })
      const { vectors, tokens } = await embedder.embed(values, abortSignal)
      return { embeddings: vectors.map((vector) => [...vector]), usage: { tokens }, warnings: [] }
    },
  }
}
