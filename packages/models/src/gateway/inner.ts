import type { HearthError } from '@hearth/protocol'
import type { ModelFailure } from '../failure.ts'
import type { ChatCall } from '../language.ts'
import { inner, type InnerAnswer } from '../wire/inner/protocol.ts'
import type { WireCall } from '../wire/protocol.ts'
import type { Asker, Exchange } from './exchange.ts'
import type { Sink } from './sink.ts'

export interface InnerCall {
  readonly id: string
  readonly asker: Asker
  readonly requestId: string
  readonly model: string
  /** Files in it are base64. */
  readonly call: ChatCall
  readonly template?: string
  /** Aborted where nobody waits for it any more. */
  readonly signal?: AbortSignal
}

export type InnerEnd =
  | { readonly type: 'answered'; readonly answer: InnerAnswer }
  | { readonly type: 'failed'; readonly failure: ModelFailure }
  /** Nobody was asked. */
  | { readonly type: 'refused'; readonly error: HearthError }
  | { readonly type: 'faulty'; readonly error: unknown }

export interface InnerExchange {
  readonly exchange: Exchange
  /** How it ended, once the gateway has answered it. */
  ended(): InnerEnd
}

/** A call that Hearth makes itself, and waits for the whole answer of. */
export function innerExchange({ id, asker, requestId, model, call, template, signal }: InnerCall): InnerExchange {
  const asked: WireCall = { model, stream: false, call, form: {} }
  let end: InnerEnd | undefined
  const { abortSignal: _, ...said } = call
  const exchange: Exchange = {
    id,
    asker,
    requestId,
    protocol: inner.name,
    wire: inner,
    body: Buffer.from(JSON.stringify(said)),
    json: {
      // All that tells one call from another is in here.
      call: said,
      model,
      max_tokens: call.maxOutputTokens,
      tools: call.tools,
      response_format: call.responseFormat?.type === 'json' ? { type: 'json_schema' } : undefined,
    },
    dialect: {},
    asked: () => asked,
    model,
    stream: false,
    sink: new WholeSink(signal, (status, text) => {
      end ??=
        status === 200
          ? { type: 'answered', answer: JSON.parse(text) as InnerAnswer }
          : { type: 'failed', failure: JSON.parse(text) as ModelFailure }
    }),
    refuse: (error) => void (end ??= { type: 'refused', error }),
    failed: (error) => void (end ??= { type: 'faulty', error }),
    ...(template === undefined ? {} : { template }),
  }
  return { exchange, ended: () => end ?? { type: 'failed', failure: stopped } }
}

const stopped: ModelFailure = { type: 'stopped', detail: 'nobody waits for it any more' }

/** Keeps what comes until its end. */
class WholeSink implements Sink {
  readonly #signal: AbortSignal | undefined
  readonly #whole: (status: number, text: string) => void
  readonly #chunks: Uint8Array[] = []
  #status = 0
  #isOver = false

  constructor(signal: AbortSignal | undefined, whole: (status: number, text: string) => void) {
    this.#signal = signal
    this.#whole = whole
  }

  get isGone(): boolean {
    return !this.#isOver && this.#signal?.aborted === true
  }

  head(status: number): void {
    this.#status = status
  }

  write(chunk: string | Uint8Array): boolean {
    this.#chunks.push(typeof chunk === 'string' ? Buffer.from(chunk) : chunk)
    return true
  }

  drained(then: () => void): void {
    then()
  }

  end(chunk?: string | Uint8Array): void {
    if (chunk !== undefined) this.write(chunk)
    this.#isOver = true
    this.#whole(this.#status, Buffer.concat(this.#chunks).toString('utf8'))
  }

  onGone(then: () => void): void {
    const left = (): void => {
      if (!this.#isOver) then()
    }
    if (this.#signal?.aborted === true) left()
    else this.#signal?.addEventListener('abort', left, { once: true })
  }
}
