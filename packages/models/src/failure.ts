/**
 * How a call to a model failed. `key`: the provider does not take the key, another key of it may do. `rate`: too much was asked of this
 * key or deployment. `away`: not reached, overloaded, or broken at the moment. `lost`: the connection ended in the middle of the answer.
 * `late`: it took longer than it may. `garbage`: what came is not what the protocol says. `unknown-model`: there is none of that name.
 * `too-long`: the request does not fit into the model. `refused`: the provider does not take this request, for what it holds; any other
 * way to ask it is of no use there. `stopped`: whoever asked does not wait any more.
 */
export type FailureType =
  | 'key'
  | 'rate'
  | 'away'
  | 'lost'
  | 'late'
  | 'garbage'
  | 'unknown-model'
  | 'too-long'
  | 'refused'
  | 'stopped'

/** Expected, and so a value. Its words may be shown to whoever asked: they hold no key and nothing of the request. */
export interface ModelFailure {
  readonly type: FailureType
  /** What the provider said, where it said something, else what happened. */
  readonly detail: string
  /** The HTTP status that it answered with. */
  readonly status?: number
  /** How long the provider wants to be left alone. */
  readonly afterMs?: number
}

export class ModelError extends Error {
  readonly failure: ModelFailure

  constructor(failure: ModelFailure, cause?: unknown) {
    super(failure.detail, cause === undefined ? undefined : { cause })
    this.name = 'ModelError'
    this.failure = failure
  }
}
