import { dimensions } from './words.ts'

/** Of vectors that stand one after the other, by their weights, of length 1. */
export function meanOf(vectors: Float32Array, weights: readonly number[]): Float32Array<ArrayBuffer> {
  const mean = new Float32Array(dimensions)
  for (const [row, weight] of weights.entries())
    for (let at = 0; at < dimensions; at += 1)
      mean[at] = (mean[at] ?? 0) + weight * (vectors[row * dimensions + at] ?? 0)
  const length = Math.hypot(...mean)
  // Vectors that point away from each other can come to nothing: then the first stands for all.
  if (length === 0) return vectors.slice(0, dimensions) as Float32Array<ArrayBuffer>
  return mean.map((value) => value / length)
}
