/**
 * A text's place among others. It is to be kept with the model that it came from: vectors of two models say nothing of each other,
 * even where they have as many dimensions.
 */
export interface Embedding {
  /** As `provider/model`. */
  readonly model: string
  readonly dimensions: number
  readonly vector: Float32Array
}

/** Throws where a vector is no vector: with it nothing could be compared. */
export function embeddingOf(model: string, vector: ArrayLike<number>): Embedding {
  const kept = Float32Array.from(vector)
  const length = Math.hypot(...kept)
  if (!(length > 0 && Number.isFinite(length))) throw new TypeError('a vector has a length and finite numbers')
  return { model, dimensions: kept.length, vector: kept }
}

/** Between -1 and 1; undefined where they cannot be compared. */
export function similarity(one: Embedding, other: Embedding): number | undefined {
  if (one.model !== other.model || one.dimensions !== other.dimensions) return undefined
  let product = 0
  let ofOne = 0
  let ofOther = 0
  for (let at = 0; at < one.dimensions; at += 1) {
    const [a, b] = [one.vector[at] ?? 0, other.vector[at] ?? 0]
    product += a * b
    ofOne += a * a
    ofOther += b * b
  }
  return product / Math.sqrt(ofOne * ofOther)
}
