import { callMarks, type Ask, type Said } from '../words.ts'
import { CallText } from './call-text.ts'
import { Decoder } from './decoder.ts'
import type { Sampled, Sampling, Token } from './llama.ts'
import type { OpenModel } from './open-model.ts'
import { Probabilities } from './probabilities.ts'
import type { Prompt } from './prompt.ts'
import { Speech } from './speech.ts'

export type End = Extract<Said, { readonly type: 'ended' | 'failed' }>

interface Step {
  readonly said: readonly Said[]
  readonly end?: End
  /** What the model goes on from, in the place of the token that it chose. */
  readonly replacement?: Token[]
}

/** How far back what was said makes its repetition less probable. */
const punished = 64

/** Makes what is said of the tokens that a model chooses, and says when it is enough. */
export class Speaking {
  readonly #open: OpenModel
  readonly #ask: Ask
  readonly #prompt: Prompt
  readonly #most: number
  readonly #decoder: Decoder
  readonly #speech: Speech
  readonly #probabilities: Probabilities | null
  readonly #calls: CallText | null
  readonly #tokens: Token[] = []
  #isCalling: boolean
  /** Where the grammar that binds the next token stands. */
  #grammar: object | undefined
  #ofCalls: object | undefined
  /** Letters of the text that was told. */
  #length = 0

  constructor(open: OpenModel, ask: Ask, prompt: Prompt, most: number) {
    this.#open = open
    this.#ask = ask
    this.#prompt = prompt
    this.#most = most
    this.#decoder = new Decoder(open.model, prompt.tokens)
    const begin = ask.calls === undefined ? [] : [callMarks.begin]
    this.#speech = new Speech([...ask.stops, ...prompt.ends.texts, ...begin])
    this.#probabilities = ask.logprobs === undefined ? null : new Probabilities(ask.logprobs)
    this.#calls = ask.calls === undefined ? null : new CallText()
    this.#isCalling = ask.calls?.forced === true
  }

  get sampling(): Sampling {
    const { temperature, topK, topP, seed, frequencyPenalty, presencePenalty } = this.#ask
    const punishTokens = (): Token[] => this.#tokens.slice(-punished)
    return {
      temperature,
      topK,
      topP,
      ...(seed === undefined ? {} : { seed }),
      grammarEvaluationState: () => this.#grammar,
      ...(frequencyPenalty === 0 && presencePenalty === 0
        ? {}
        : { repeatPenalty: { punishTokens, penalty: 1, frequencyPenalty, presencePenalty } }),
    }
  }

  /** Rejects where llama.cpp does not take a grammar. */
  async begin(): Promise<void> {
    this.#ofCalls = await this.#stateOf(this.#ask.calls?.grammar)
    this.#grammar = this.#isCalling ? this.#ofCalls : await this.#stateOf(this.#ask.grammar)
  }

  take(sampled: Sampled): Step {
    this.#tokens.push(sampled.token)
    if (this.#endsTurn()) return this.ends()
    this.#probabilities?.sampled(sampled, this.#decoder)
    const piece = this.#decoder.push(sampled.token)
    const step = this.#isCalling ? this.#call(piece) : this.#speak(piece)
    if (step.end !== undefined || this.#tokens.length < this.#most) return step
    return { said: [...step.said, ...this.#rest()], end: this.#end('length') }
  }

  /** The model has nothing more to say. */
  ends(): Step {
    const said = this.#rest()
    return { said, end: this.#end(this.#calls?.begun === true ? 'calls' : 'stop') }
  }

  #call(piece: string): Step {
    const said = this.#calls?.push(piece) ?? []
    const isEnough = this.#ask.calls?.forced === true && (this.#calls?.whole ?? 0) > 0
    return isEnough ? { said, end: this.#end('calls') } : { said }
  }

  #speak(piece: string): Step {
    const { text, met } = this.#speech.push(piece)
    this.#probabilities?.told(piece)
    const said = this.#told(text)
    if (met === undefined) return { said }
    if (met.mark !== callMarks.begin || this.#calls === null) {
      const isTurn = this.#prompt.ends.texts.includes(met.mark)
      return { said, end: this.#end(isTurn ? 'stop' : 'stop-sequence') }
    }
    this.#isCalling = true
    // The grammar of a whole answer knows calls.
    if (this.#ask.grammar !== undefined) return { said: [...said, ...this.#calls.push(met.rest)] }
    this.#grammar = this.#ofCalls
    if (met.rest === '') return { said }
    // What stands behind the mark was not bound yet, and is to be said again.
    const replacement = this.#open.model.tokenize(piece.slice(0, piece.length - met.rest.length))
    return { said, replacement }
  }

  #rest(): readonly Said[] {
    return this.#isCalling ? [] : this.#told(this.#speech.end())
  }

  #told(text: string): readonly Said[] {
    this.#length += text.length
    return text === '' ? [] : [{ type: 'text', text }]
  }

  #end(why: Extract<End, { type: 'ended' }>['why']): End {
    return {
      type: 'ended',
      why,
      input: this.#prompt.tokens.length,
      output: this.#tokens.length,
      ...(this.#probabilities === null ? {} : { logprobs: this.#probabilities.within(this.#length) }),
    }
  }

  async #stateOf(text: string | undefined): Promise<object | undefined> {
    if (text === undefined) return undefined
    const { llama, library, model } = this.#open
    const grammar = await llama.createGrammar({ grammar: text })
    return new library.LlamaGrammarEvaluationState({ model, grammar })
  }

  #endsTurn(): boolean {
    return this.#prompt.ends.tokens.some(
      (end) =>
        end.length <= this.#tokens.length && end.every((token, at) => this.#tokens.at(at - end.length) === token),
    )
  }
}
