import { endianness } from 'node:os'
import type { EmbeddingModel } from '../../language.ts'
import type { EmbeddingsAsked } from './read.ts'

type Result = Awaited<ReturnType<EmbeddingModel['doEmbed']>>

interface Written {
  readonly object: 'list'
  readonly data: readonly object[]
  readonly model: string
  readonly usage: { readonly prompt_tokens: number; readonly total_tokens: number }
}

/** The body of an answer of `/v1/embeddings`. */
export function writeEmbeddings(
  { encoding }: Pick<EmbeddingsAsked, 'encoding'>,
  { embeddings, usage }: Pick<Result, 'embeddings' | 'usage'>,
  model: string,
): Written {
  const tokens = usage?.tokens ?? 0
  return {
    object: 'list',
    data: embeddings.map((embedding, index) => writeEmbedding({ encoding }, embedding, index)),
    model,
    usage: { prompt_tokens: tokens, total_tokens: tokens },
  }
}

export const writeEmbedding = (
  { encoding }: Pick<EmbeddingsAsked, 'encoding'>,
  embedding: readonly number[],
  index: number,
): object => ({ object: 'embedding', index, embedding: encoding === 'base64' ? base64Of(embedding) : embedding })

/** 32-bit floats, the least byte first. */
function base64Of(embedding: readonly number[]): string {
  const bytes = Buffer.from(Float32Array.from(embedding).buffer)
  return (endianness() === 'LE' ? bytes : bytes.swap32()).toString('base64')
}
