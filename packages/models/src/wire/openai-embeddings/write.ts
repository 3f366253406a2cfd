import { endianness } from 'node:os'
import type { EmbeddingModel } from '../../language.ts'
import type { EmbeddingsAsked } from './read.ts'

type Result = Awaited<ReturnType<EmbeddingModel['doEmbed']>>

/** The body of an answer of `/v1/embeddings`. */
export function writeEmbeddings(
  { encoding }: Pick<EmbeddingsAsked, 'encoding'>,
  { embeddings, usage }: Pick<Result, 'embeddings' | 'usage'>,
  model: string,
): object {
  const tokens = usage?.tokens ?? 0
  return {
    object: 'list',
    data: embeddings.map((embedding, index) => ({
      object: 'embedding',
      index,
      embedding: encoding === 'base64' ? base64Of(embedding) : embedding,
    })),
    model,
    usage: { prompt_tokens: tokens, total_tokens: tokens },
  }
}

/** 32-bit floats, the least byte first. */
function base64Of(embedding: readonly number[]): string {
  const bytes = Buffer.from(Float32Array.from(embedding).buffer)
  return (endianness() === 'LE' ? bytes : bytes.swap32()).toString('base64')
}
