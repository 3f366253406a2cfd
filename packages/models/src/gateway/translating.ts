import type { ModelFailure } from '../failure.ts'
import { failureOf } from '../failure-of.ts'
import type { ChatAnswer, ChatCall, ChatModel, ChatPart, Usage } from '../language.ts'
import type { AnswerFacts, WireCall, WireProtocol, WireStream } from '../wire/protocol.ts'
import type { Telling } from './continuing/telling.ts'
import { isLoss, type Unfinished } from './continuing/unfinished.ts'
import { createIdle } from './idle.ts'
import type { Sink } from './sink.ts'
import type { Tried } from './tried.ts'
import { whyAborted } from './why-aborted.ts'

export interface Translate {
  readonly model: ChatModel
  readonly asked: WireCall
  readonly wire: WireProtocol
  readonly sink: Sink
  readonly facts: AnswerFacts
  readonly mostBytes: number
  readonly signal: AbortSignal
  readonly headers: () => Readonly<Record<string, string>>
  readonly trailers: (usage: Usage | undefined) => Readonly<Record<string, string>>
  /** When the model was asked, by `now`. */
  readonly began: number
  readonly heard: (headers: Readonly<Record<string, string>>) => void
  readonly first: () => void
  readonly now: () => number
  /** So long for the next part of it; undefined: as long as the network waits. */
  readonly idleMs: number | undefined
  /** Where others may go on with the answer, or this goes on with another’s. */
  readonly telling: Told | null
}

export interface Told extends Pick<Unfinished, 'exchange' | 'deployment'> {
  readonly telling: Telling
  /** What has gone out was encoded by it. */
  readonly stream: WireStream | undefined
  /** How many tokens are asked with, about. */
  readonly prompt: number
}

/** Asks a model through the package of its provider, and answers in the client's protocol. Never rejects. */
export async function translate(how: Translate): Promise<Tried> {
  const { asked, model, signal } = how
  const call: ChatCall = { ...asked.call, abortSignal: signal }
  try {
    if (!asked.stream) return whole(how, await model.doGenerate(call))
    const { stream, response } = await model.doStream(call)
    if (response?.headers !== undefined) how.heard(response.headers)
    return await streamed(how, stream)
  } catch (error) {
    const failure: ModelFailure = signal.aborted ? whyAborted(signal) : failureOf(error)
    return { type: 'failed', failure, begun: false, usage: undefined, firstMs: null }
  }
}

const fellSilent: ModelFailure = { type: 'late', detail: 'it fell silent in the middle of its answer' }
const endedBadly = 'the model ended with an error'

function whole({ wire, asked, sink, facts, headers, trailers, heard }: Translate, answer: ChatAnswer): Tried {
  if (answer.response?.headers !== undefined) heard(answer.response.headers)
  const { unified } = answer.finishReason
  if (unified === 'error' || unified === 'interrupted') {
    const failure = { type: 'garbage', detail: endedBadly } as const
    return { type: 'failed', failure, begun: false, usage: answer.usage, firstMs: null }
  }
  const body = Buffer.from(JSON.stringify(wire.whole(asked, answer, facts)))
  const all = { ...headers(), ...trailers(answer.usage), 'content-type': 'application/json' }
  sink.head(200, { ...all, 'content-length': String(body.length) })
  sink.end(body)
  return { type: 'done', usage: answer.usage, firstMs: null }
}

/** Parts of an answer that somebody waits for. */
const tokens: ReadonlySet<ChatPart['type']> = new Set([
  'text-delta',
  'reasoning-delta',
  'tool-input-start',
  'tool-call',
  'file',
  'source',
  'finish',
])

async function streamed(how: Translate, stream: ReadableStream<ChatPart>): Promise<Tried> {
  const writing = new Writing(how)
  const reader = stream.getReader()
  let isLate = false
  const hush = (): void => {
    isLate = true
    reader.cancel().catch(() => undefined)
  }
  const idle = how.idleMs === undefined ? null : createIdle(how.idleMs, hush)
  try {
    for (;;) {
      const { done, value } = await reader.read()
      if (done) break
      idle?.heard()
      const failure = writing.take(value)
      if (failure !== null) return writing.broken(failure)
      if (!writing.isFull) continue
      idle?.hold()
      await writing.drained()
      idle?.heard()
    }
    return isLate ? writing.broken(fellSilent) : writing.ended()
  } catch (error) {
    return writing.broken(how.signal.aborted ? whyAborted(how.signal) : failureOf(error))
  } finally {
    idle?.end()
    reader.cancel().catch(() => undefined)
  }
}

class Writing {
  readonly #how: Translate
  readonly #stream: WireStream
  #held = ''
  #bytes = 0
  #firstMs: number | null = null
  #usage: Usage | undefined
  #finished = false
  isFull = false

  constructor(how: Translate) {
    this.#how = how
    this.#stream = how.telling?.stream ?? how.wire.streaming(how.asked, how.facts)
  }

  /** Null while it goes well. */
  take(part: ChatPart): ModelFailure | null {
    if (part.type === 'error') return failureOf(part.error)
    if (part.type === 'finish') {
      this.#usage = part.usage
      if (part.finishReason.unified === 'error') return { type: 'garbage', detail: endedBadly }
      this.#finished = true
    }
    const { telling } = this.#how
    const text = telling === null ? this.#stream.push(part) : this.#encoded(telling.telling.take(part))
    this.#bytes += text.length
    if (this.#bytes > this.#how.mostBytes)
      return { type: 'garbage', detail: 'its answer goes on beyond all that was asked for' }
    if (this.#firstMs !== null) this.#write(text)
    else this.#hold(text, part)
    return null
  }

  drained(): Promise<void> {
    return new Promise((resolve) => {
      this.#how.sink.drained(() => {
        this.isFull = false
        resolve()
      })
    })
  }

  ended(): Tried {
    if (!this.#finished) return this.broken({ type: 'lost', detail: 'the answer broke off' })
    this.#how.sink.end(this.#stream.end(), this.#how.trailers(this.#usage))
    return { type: 'done', usage: this.#usage, firstMs: this.#firstMs }
  }

  broken(failure: ModelFailure): Tried {
    const { sink, telling, signal } = this.#how
    const begun = this.#firstMs !== null
    const [usage, firstMs, length] = [this.#usage, this.#firstMs, this.#bytes]
    const tried = { type: 'failed', failure, begun, usage, firstMs, length } as const
    if (!begun || sink.isGone) return tried
    const isLost = telling !== null && isLoss.has(failure.type) && !signal.aborted
    const instead = isLost ? this.#lost(telling, tried) : null
    if (instead !== null) return instead
    sink.end(this.#stream.fail({ type: 'model', failure }))
    return tried
  }

  /** An answer that was complete is ended, and one that another model can go on with is left as it is. */
  #lost(told: Told, tried: Extract<Tried, { readonly type: 'failed' }>): Tried | null {
    const { telling, exchange, deployment, prompt } = told
    const rest = telling.complete(prompt)
    if (rest !== null) {
      this.#how.sink.end(this.#encoded(rest) + this.#stream.end(), this.#how.trailers(undefined))
      return { type: 'done', usage: undefined, firstMs: this.#firstMs }
    }
    // Thoughts of OpenAI’s chats are only shown; those of the others have to be whole to be handed back.
    if (!telling.canGoOn(this.#how.wire.name === 'openai-chat')) return null
    return { ...tried, unfinished: { telling, stream: this.#stream, exchange, deployment } }
  }

  #encoded(parts: readonly ChatPart[]): string {
    return parts.map((part) => this.#stream.push(part)).join('')
  }

  /** Nothing goes out before the first token: until then another deployment can take over unseen. */
  #hold(text: string, part: ChatPart): void {
    this.#held += text
    if (!tokens.has(part.type)) return
    this.#firstMs = this.#how.now() - this.#how.began
    this.#how.first()
    if (this.#how.telling?.stream === undefined) this.#begin()
    this.#write(this.#held)
    this.#held = ''
  }

  #begin(): void {
    this.#how.sink.head(200, { ...this.#how.headers(), 'content-type': 'text/event-stream; charset=utf-8' })
  }

  #write(text: string): void {
    if (text !== '' && !this.#how.sink.write(text)) this.isFull = true
  }
}
