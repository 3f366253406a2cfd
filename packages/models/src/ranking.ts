/** A model that says how well documents answer a question. */
export interface RankingModel {
  /** Throws `ModelError`. */
  rank(call: RankingCall): Promise<Ranked>
}

export interface RankingCall {
  readonly query: string
  readonly documents: readonly string[]
  /** Only so many of the best; all where absent. */
  readonly top?: number
  /** Of a document no more tokens are read. */
  readonly tokensOfDocument?: number
  readonly signal?: AbortSignal
}

export interface Ranked {
  /** The best first. Each document at most once. */
  readonly ranking: readonly RankedDocument[]
  /** As far as the provider tells. */
  readonly tokens?: number
  /** Where it counts searches, and not tokens. */
  readonly searches?: number
}

export interface RankedDocument {
  /** Its place among the documents of the call. */
  readonly index: number
  readonly score: number
}
