/**
 * What is known of a model. A fact that nobody has stated is absent: absent is neither yes nor no, neither free nor unlimited.
 */
export interface ModelFacts {
  /** The kind of provider that serves it, as in a manifest. */
  readonly provider: string
  /** The name that the provider knows it by. */
  readonly id: string
  readonly type?: 'chat' | 'embedding' | 'rerank'
  /** Whether the catalog knows the model, or only its name and what somebody declared of it. */
  readonly known: boolean
  /** The model whose facts these are, where the catalog has none of this very snapshot. */
  readonly family?: string
  /** The tenant's own name for it, and which version of its own it is. */
  readonly own?: { readonly name: string; readonly version: string }
  readonly aliases?: readonly string[]
  /** Tokens of prompt and answer together. */
  readonly context?: number
  /** Most tokens of a prompt, where there is a bound beside the context. */
  readonly input?: number
  /** Most tokens of an answer. */
  readonly output?: number
  /** What its answers may hold; text alone where nobody said. */
  readonly gives?: readonly Modality[]
  readonly can?: Abilities
  readonly prices?: Prices
  readonly embedding?: EmbeddingFacts
  readonly regions?: readonly string[]
  readonly dataPolicy?: DataPolicy
  /** How good its answers were found to be. */
  readonly quality?: readonly Quality[]
  /** The day, `YYYY-MM-DD`, after which the provider does not serve it. */
  readonly until?: string
  /** Where the facts come from. */
  readonly source?: string
}

export type Modality = 'text' | 'image' | 'audio' | 'video'

export interface Abilities {
  readonly tools?: boolean
  readonly parallelTools?: boolean
  /** `schema`: it keeps to a JSON schema. `json`: it gives JSON, of whatever shape. */
  readonly structured?: 'schema' | 'json' | 'none'
  readonly streaming?: boolean
  readonly images?: boolean
  readonly audio?: boolean
  readonly pdf?: boolean
  readonly video?: boolean
  readonly reasoning?: boolean
  readonly logprobs?: boolean
  /** Whether the provider caches prompts. */
  readonly caching?: boolean
}

/**
 * Micro-dollars for a million tokens, which is picodollars (10⁻¹² USD) for one. Providers quote dollars a million with up to six
 * decimals, so every price is a whole number, and so is every product of a price and a count of tokens: nothing is ever rounded.
 */
export interface Prices extends Tariff {
  /** The same, of a call that is handed in to be answered within a day. */
  readonly batch?: Tariff
}

export interface Tariff extends Rates {
  /** What the whole call costs once its prompt has more tokens than that; ascending. A rate that is absent stays what it was. */
  readonly long?: readonly LongRates[]
}

export interface LongRates extends Rates {
  readonly above: number
}

/** What is read costs `input` and what is written `output`; the other rates are the exceptions to it. */
export interface Rates {
  readonly input?: number
  /** Read from the provider's cache of prompts. */
  readonly cacheRead?: number
  /** Written into it. */
  readonly cacheWrite?: number
  /** Written into it to be kept for an hour; where absent, as `cacheWrite`. */
  readonly cacheWriteHour?: number
  readonly audioInput?: number
  readonly output?: number
  /** Of what is thought and not said. */
  readonly reasoning?: number
  readonly audioOutput?: number
  /** Of what is paid by searches, and not by tokens: picodollars for one. */
  readonly search?: number
}

export interface EmbeddingFacts {
  readonly dimensions?: number
  /** Most texts of a call. */
  readonly inputs?: number
}

/**
 * What becomes of what a model is told, from the least to the most careful. `own`: it does not leave what the tenant runs.
 * Absent: nobody knows, or everything may be done with it.
 */
export type DataPolicy = (typeof dataPolicies)[number]

export const dataPolicies = ['no-training', 'zero-retention', 'own'] as const

export interface Quality {
  /** The class of tasks that was measured; `any`: all of them together. */
  readonly task: string
  /** From 0 to 1. */
  readonly score: number
  readonly source: string
}
