import { failureOf } from '../../failure-of.ts'
import type { ModelFailure } from '../../failure.ts'
import type { ChatPart } from '../../language.ts'
import type { AnswerFacts, WireCall, WireFailure, WireStream } from '../protocol.ts'
import { sseEvent } from '../sse/writer.ts'
import { createCallDeltas, type CallDeltas } from './call-deltas.ts'
import { writeFailure } from './errors.ts'
import { finishOf, logprobsOf } from './finish.ts'
import { writeUsage } from './usage.ts'

type Finished = Extract<ChatPart, { type: 'finish' }>

const brokeOff: ModelFailure = { type: 'lost', detail: 'The answer broke off.' }

/** Encodes one answer as `chat.completion.chunk` events. The first of them comes with the first piece of the answer, never before. */
export const writeStream = (asked: WireCall, facts: AnswerFacts): WireStream => new ChunkStream(asked, facts)

class ChunkStream implements WireStream {
  /** What is the same in every chunk, as an object that is not closed. */
  readonly #facts: string
  readonly #withUsage: boolean
  readonly #form: 'tool_calls' | 'function_call'
  readonly #calls: CallDeltas
  #hasBegun = false
  #state: 'open' | 'finished' | 'failed' = 'open'

  constructor({ form }: WireCall, { id, model, at }: AnswerFacts) {
    const facts = { id, object: 'chat.completion.chunk', created: Math.floor(at / 1000), model }
    this.#facts = JSON.stringify(facts).slice(0, -1)
    this.#withUsage = form['includeUsage'] === true
    this.#form = form['functionCall'] === true ? 'function_call' : 'tool_calls'
    this.#calls = createCallDeltas(this.#form)
  }

  push(part: ChatPart): string {
    if (this.#state !== 'open') return ''
    switch (part.type) {
      case 'text-delta':
        return part.delta === '' ? '' : this.#say([{ content: part.delta }], '')
      case 'reasoning-delta':
        return part.delta === '' ? '' : this.#say([{ reasoning_content: part.delta }], null)
      case 'tool-input-start':
        return this.#say(this.#calls.start(part), null)
      case 'tool-input-delta':
        return this.#say(this.#calls.piece(part), null)
      case 'tool-call':
        return this.#say(this.#calls.whole(part), null)
      case 'finish':
        return this.#finish(part)
      case 'error':
        return this.#fail(failureOf(part.error))
      default:
        return ''
    }
  }

  end(): string {
    return this.#state === 'finished' ? sseEvent('[DONE]') : this.#fail(brokeOff)
  }

  /** Clients raise on an event with `error`. No `[DONE]` follows: to whoever passed over the error, that would be a good end. */
  fail(failure: WireFailure): string {
    if (this.#state === 'failed') return ''
    this.#state = 'failed'
    return sseEvent(JSON.stringify(writeFailure(failure).body))
  }

  #fail(failure: ModelFailure): string {
    return this.fail({ type: 'model', failure })
  }

  /** `content` is that of the first chunk, which says who speaks. */
  #say(deltas: readonly object[], content: '' | null): string {
    if (deltas.length === 0) return ''
    const role = this.#hasBegun ? '' : this.#chunk({ role: 'assistant', content, refusal: null })
    this.#hasBegun = true
    return role + deltas.map((delta) => this.#chunk(delta)).join('')
  }

  #finish({ finishReason, usage, providerMetadata }: Finished): string {
    if (finishReason.unified === 'error' || finishReason.unified === 'interrupted') return this.#fail(brokeOff)
    this.#state = 'finished'
    const told = logprobsOf(providerMetadata)
    const logprobs = told === undefined ? 'null' : JSON.stringify({ content: told, refusal: null })
    const reason = JSON.stringify(finishOf(finishReason, this.#calls.any() ? this.#form : 'none'))
    const role = this.#hasBegun ? '' : this.#chunk({ role: 'assistant', content: '', refusal: null })
    return this.#say(this.#calls.end(), null) + role + this.#chunk({}, logprobs, reason) + this.#usage(usage)
  }

  #usage(usage: Finished['usage']): string {
    const written = this.#withUsage ? writeUsage(usage) : undefined
    return written === undefined ? '' : sseEvent(`${this.#facts},"choices":[],"usage":${JSON.stringify(written)}}`)
  }

  #chunk(delta: object, logprobs = 'null', finish = 'null'): string {
    const choice = `{"index":0,"delta":${JSON.stringify(delta)},"logprobs":${logprobs},"finish_reason":${finish}}`
    // As OpenAI does it: who asked for usage gets a null of it in every chunk before.
    return sseEvent(`${this.#facts},"choices":[${choice}]${this.#withUsage ? ',"usage":null' : ''}}`)
  }
}
