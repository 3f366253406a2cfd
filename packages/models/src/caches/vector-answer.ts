import { Buffer } from 'node:buffer'
import { fieldsIn, isFields, type Fields } from '../fields.ts'

/** An answer of `/v1/embeddings` as it was read: its vectors in the order of the texts. */
export interface VectorAnswer {
  readonly answer: Fields
  readonly vectors: readonly Float32Array[]
  readonly tokens: number
}

/** Null where it is not one vector for each text. */
export function readVectors(body: Buffer, texts: number): VectorAnswer | null {
  const answer = fieldsIn(body)
  const data = answer?.['data']
  if (answer === null || !Array.isArray(data) || data.length !== texts) return null
  const vectors: Float32Array[] = []
  for (const [at, one] of data.entries()) {
    if (!isFields(one)) return null
    const { index = at, embedding } = one
    const vector = vectorOf(embedding)
    if (typeof index !== 'number' || vector === null || vectors[index] !== undefined) return null
    vectors[index] = vector
  }
  if (vectors.length !== texts || vectors.includes(undefined as never)) return null
  const usage = answer['usage']
  const told = isFields(usage) ? usage['prompt_tokens'] : undefined
  return { answer, vectors, tokens: typeof told === 'number' ? told : 0 }
}

/** 32-bit floats, as base64 or as numbers. */
function vectorOf(embedding: unknown): Float32Array | null {
  if (typeof embedding === 'string') {
    const bytes = Uint8Array.from(Buffer.from(embedding, 'base64'))
    return bytes.length === 0 || bytes.length % 4 !== 0 ? null : new Float32Array(bytes.buffer)
  }
  if (!Array.isArray(embedding) || embedding.length === 0) return null
  return embedding.every((one) => typeof one === 'number') ? Float32Array.from(embedding) : null
}
