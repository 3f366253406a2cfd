import type { Alternative, LogProbability } from '../words.ts'
import type { Decoder } from './decoder.ts'
import type { Sampled } from './llama.ts'

/** JSON has no infinity. */
const least = -9999

const logOf = (probability: number): number => (probability > 0 ? Math.log(probability) : least)

/** How probable the tokens of an answer were, as it was sampled: after temperature, bounds and grammar. */
export class Probabilities {
  readonly #others: number
  readonly #all: LogProbability[] = []
  #log = 0
  #top: readonly Alternative[] = []

  constructor(others: number) {
    this.#others = others
  }

  /** Before the token is decoded: what else could have stood there is decoded in its place. */
  sampled({ confidence = 0, probabilities }: Sampled, decoder: Decoder): void {
    this.#log += logOf(confidence)
    this.#top = [...(probabilities ?? [])]
      .slice(0, this.#others)
      .map(([token, probability]) => ({ token: decoder.alternative(token), logprob: logOf(probability) }))
  }

  /** The text of the tokens since the last one: a character may be made of several. */
  told(text: string): void {
    if (text === '') return
    this.#all.push({ token: text, logprob: this.#log, top_logprobs: this.#top })
    this.#log = 0
  }

  /** Of the answer alone: what was kept back behind a stop sequence is no part of it. */
  within(length: number): readonly LogProbability[] {
    let end = 0
    return this.#all.filter(({ token }) => (end += token.length) <= length)
  }
}
