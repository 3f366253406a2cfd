/** What the embedder and its worker say to each other. */
export interface Batch {
  readonly pieces: readonly string[]
}

export type Worked =
  | {
      readonly type: 'done'
      /** One after the other, each of `dimensions` numbers and of length 1. */
      readonly vectors: Float32Array<ArrayBuffer>
      /** Of each piece. */
      readonly tokens: readonly number[]
    }
  | { readonly type: 'failed'; readonly reason: string }

export const dimensions = 512
