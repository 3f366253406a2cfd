import type { ModelFailure } from '../../failure.ts'

// What the server and the process that runs a model say to each other.

/** One message as the template of the model is given it. */
export interface Turn {
  readonly role: 'system' | 'user' | 'model'
  readonly text: string
}

/** One question to a model. */
export interface Ask {
  readonly turns: readonly Turn[]
  readonly most: number | undefined
  readonly temperature: number
  readonly topK: number
  readonly topP: number
  readonly seed: number | undefined
  readonly frequencyPenalty: number
  readonly presencePenalty: number
  readonly stops: readonly string[]
  /** What the whole answer has to be, in the notation of llama.cpp’s grammars. */
  readonly grammar: string | undefined
  readonly calls: CallRules | undefined
  /** Undefined: not asked for. How many others are told beside each token. */
  readonly logprobs: number | undefined
}

export interface CallRules {
  /** From the first call on, the answer is this. */
  readonly grammar: string
  /** Whether it has to be a call. */
  readonly forced: boolean
}

export type ToChild =
  | {
      readonly type: 'open'
      readonly library: string
      readonly file: string
      readonly context: number
      readonly sequences: number
      readonly threads: number
    }
  | { readonly type: 'ask'; readonly id: number; readonly ask: Ask }
  | { readonly type: 'stop'; readonly id: number }

/** What is said of one question; the last is `ended` or `failed`. */
export type Said =
  | { readonly type: 'text'; readonly text: string }
  | { readonly type: 'call'; readonly name: string }
  | { readonly type: 'input'; readonly text: string }
  | { readonly type: 'called' }
  | {
      readonly type: 'ended'
      readonly why: 'stop' | 'length' | 'stop-sequence' | 'calls'
      readonly input: number
      readonly output: number
      readonly logprobs?: readonly LogProbability[]
    }
  | { readonly type: 'failed'; readonly failure: ModelFailure }

export interface LogProbability extends Alternative {
  readonly top_logprobs: readonly Alternative[]
}

export interface Alternative {
  readonly token: string
  readonly logprob: number
}

export type FromChild =
  | { readonly type: 'ready' }
  | { readonly type: 'unusable'; readonly failure: ModelFailure }
  | { readonly type: 'said'; readonly id: number; readonly said: Said }

/** How a model begins and ends a call, as several families of them have learnt it. */
export const callMarks = { begin: '<tool_call>', end: '</tool_call>' } as const
