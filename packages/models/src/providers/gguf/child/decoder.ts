import type { LlamaModel, Token } from './llama.ts'

/** No character is made of more tokens. */
const mostOfCharacter = 8
const before = 8

/** Tokens as text. A character may be made of several of them: it is told with the last. */
export class Decoder {
  readonly #model: LlamaModel
  #last: readonly Token[]
  #pending: Token[] = []

  constructor(model: LlamaModel, prompt: readonly Token[]) {
    this.#model = model
    this.#last = prompt.slice(-before)
  }

  push(token: Token): string {
    this.#pending.push(token)
    const text = this.#model.detokenize(this.#pending, false, this.#last)
    if (text.endsWith('\ufffd') && this.#pending.length < mostOfCharacter) return ''
    this.#last = [...this.#last, ...this.#pending].slice(-before)
    this.#pending = []
    return text
  }

  /** Another token, in the place that the next one would have. */
  alternative(token: Token): string {
    return this.#model.detokenize([token], false, this.#last)
  }
}
