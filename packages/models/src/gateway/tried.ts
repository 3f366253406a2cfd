import type { ModelFailure } from '../failure.ts'
import type { Usage } from '../language.ts'
import type { Unfinished } from './continuing/unfinished.ts'

/** How one try at one deployment ended. `begun`: something of its answer has gone out, so that no other can take its place. */
export type Tried = {
  /** So many calls went out in one request. */
  readonly together?: number
} & (
  | { readonly type: 'done'; readonly usage: Usage | undefined; readonly firstMs: number | null }
  | {
      readonly type: 'failed'
      readonly failure: ModelFailure
      readonly begun: boolean
      readonly usage: Usage | undefined
      readonly firstMs: number | null
      /** Bytes of an answer that came. */
      readonly length?: number
      /** What has begun can be gone on with, and the client was told nothing yet. */
      readonly unfinished?: Unfinished
    }
)

/** What is the same for every try of a call. */
export interface TryLimits {
  /** To the head of an answer. */
  readonly headWithinMs: number
  /** Between two pieces of it. */
  readonly idleMs: number
  /** Of an answer, whole or streamed. */
  readonly mostBytes: number
}
