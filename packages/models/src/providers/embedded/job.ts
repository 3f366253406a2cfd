import { ModelError, type ModelFailure } from '../../failure.ts'
import { piecesOf } from './cutting.ts'
import { meanOf } from './mean.ts'
import { dimensions } from './words.ts'

export interface Embedded {
  readonly vectors: readonly Float32Array[]
  readonly tokens: number
}

/** A piece of one of its texts. */
export interface Piece {
  readonly job: Job
  readonly text: number
  readonly letters: string
}

/** The texts of one call. */
export class Job {
  readonly length: number
  readonly ended: Promise<Embedded>
  readonly #pieces: readonly Piece[]
  readonly #vectors: number[][]
  readonly #weights: number[][]
  readonly #resolve: (embedded: Embedded) => void
  readonly #reject: (error: ModelError) => void
  #given = 0
  #missing: number
  #tokens = 0
  isOver = false

  constructor(texts: readonly string[]) {
    this.length = texts.reduce((sum, { length }) => sum + length, 0)
    this.#pieces = texts.flatMap((letters, text) =>
      piecesOf(letters).map((piece) => ({ job: this, text, letters: piece })),
    )
    this.#missing = this.#pieces.length
    this.#vectors = texts.map(() => [])
    this.#weights = texts.map(() => [])
    const { promise, resolve, reject } = Promise.withResolvers<Embedded>()
    this.ended = promise
    this.#resolve = resolve
    this.#reject = reject
  }

  get hasMore(): boolean {
    return !this.isOver && this.#given < this.#pieces.length
  }

  take(most: number): readonly Piece[] {
    const some = this.#pieces.slice(this.#given, this.#given + most)
    this.#given += some.length
    return some
  }

  worked({ text }: Piece, vector: Float32Array, tokens: number): void {
    if (this.isOver) return
    this.#vectors[text]?.push(...vector)
    this.#weights[text]?.push(tokens)
    this.#tokens += tokens
    this.#missing -= 1
    if (this.#missing > 0) return
    this.isOver = true
    this.#resolve({ vectors: this.#weights.map((_, at) => this.#vectorOf(at)), tokens: this.#tokens })
  }

  fail(failure: ModelFailure): void {
    this.isOver = true
    this.#reject(new ModelError(failure))
  }

  #vectorOf(text: number): Float32Array {
    const vectors = Float32Array.from(this.#vectors[text] ?? [])
    return vectors.length === dimensions ? vectors : meanOf(vectors, this.#weights[text] ?? [])
  }
}
