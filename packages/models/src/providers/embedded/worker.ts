import { parentPort } from 'node:worker_threads'
import { meanOf } from './mean.ts'
import { loadEncoder, mostTokens, type Encoder } from './model.ts'
import { dimensions, type Batch, type Worked } from './words.ts'

const loading = loadEncoder()

parentPort?.on('message', (batch: Batch) => {
  void loading.then(
    async (encoder) => answer(await work(encoder, batch).catch(failed)),
    (error: unknown) => answer(failed(error)),
  )
})

function answer(worked: Worked): void {
  parentPort?.postMessage(worked, worked.type === 'done' ? [worked.vectors.buffer] : [])
}

const failed = (error: unknown): Worked => ({
  type: 'failed',
  reason: error instanceof Error ? error.message : String(error),
})

/** A piece with more tokens than are read at once is the mean of its parts. */
async function work({ tokens, vectors }: Encoder, { pieces }: Batch): Promise<Worked> {
  const tokenized = pieces.map((piece) => tokens(piece))
  const parts = tokenized.map(partsOf)
  const rows = parts.flat()
  const all = await vectors(rows)
  const means = new Float32Array(pieces.length * dimensions)
  let at = 0
  for (const [piece, own] of parts.entries()) {
    const from = at
    at += own.length
    const weights = own.map((part) => part.length)
    means.set(meanOf(all.subarray(from * dimensions, at * dimensions), weights), piece * dimensions)
  }
  return { type: 'done', vectors: means, tokens: tokenized.map(({ length }) => length) }
}

function partsOf(tokens: readonly number[]): readonly (readonly number[])[] {
  const count = Math.ceil(tokens.length / mostTokens)
  // Of about the same length: a last part of one token would say little.
  const length = Math.ceil(tokens.length / count)
  return Array.from({ length: count }, (_, part) => tokens.slice(part * length, (part + 1) * length))
}
