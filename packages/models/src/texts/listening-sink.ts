import type { Sink } from '../gateway/sink.ts'
import type { ProtocolName } from '../provider.ts'
import { createSseReader, type SseReader } from '../wire/sse/reader.ts'
import { hear } from './answers/hearing.ts'
import { Said, type SaidPart } from './answers/said.ts'

/** What was heard of an answer: what was put together as it came, or the bytes of one that came whole. */
export type Heard =
  | { readonly type: 'parts'; readonly parts: readonly SaidPart[] }
  | { readonly type: 'whole'; readonly protocol: ProtocolName; readonly body: string }
  | { readonly type: 'too-long'; readonly bytes: number }

/** An answer of text is never so long. */
const mostWhole = 2_000_000

/** Passes an answer on, and hears what it says. */
export class ListeningSink implements Sink {
  readonly #sink: Sink
  readonly #protocol: ProtocolName
  readonly #said = new Said()
  #reader: SseReader | null = null
  #isAnswer = false
  #chunks: Uint8Array[] = []
  #length = 0

  constructor(sink: Sink, protocol: ProtocolName) {
    this.#sink = sink
    this.#protocol = protocol
  }

  get isGone(): boolean {
    return this.#sink.isGone
  }

  /** Null where nothing was said. What was broken off is as much as was said by then. */
  get heard(): Heard | null {
    if (!this.#isAnswer) return null
    if (this.#reader !== null) return this.#said.isEmpty ? null : { type: 'parts', parts: this.#said.parts() }
    if (this.#length > mostWhole) return { type: 'too-long', bytes: this.#length }
    const body = Buffer.concat(this.#chunks).toString('utf8')
    return body === '' ? null : { type: 'whole', protocol: this.#protocol, body }
  }

  head(status: number, headers: Readonly<Record<string, string>>): void {
    this.#isAnswer = status === 200
    if (this.#isAnswer && (headers['content-type'] ?? '').includes('text/event-stream'))
      this.#reader = createSseReader((_event, data) => hear(this.#said, this.#protocol, data))
    this.#sink.head(status, headers)
  }

  write(chunk: string | Uint8Array): boolean {
    const goesOn = this.#sink.write(chunk)
    this.#hear(chunk)
    return goesOn
  }

  drained(then: () => void): void {
    this.#sink.drained(then)
  }

  end(chunk?: string | Uint8Array, trailers?: Readonly<Record<string, string>>): void {
    this.#sink.end(chunk, trailers)
    if (chunk !== undefined) this.#hear(chunk)
  }

  onGone(then: () => void): void {
    this.#sink.onGone(then)
  }

  /** After it has gone out: nobody waits for it, and nothing that goes wrong here is anybody's business. */
  #hear(chunk: string | Uint8Array): void {
    if (!this.#isAnswer) return
    const bytes = typeof chunk === 'string' ? Buffer.from(chunk) : chunk
    if (this.#reader !== null) return this.#read(this.#reader, bytes)
    this.#length += bytes.length
    if (this.#length <= mostWhole) this.#chunks.push(bytes)
    else this.#chunks = []
  }

  #read(reader: SseReader, bytes: Uint8Array): void {
    try {
      reader.push(bytes)
    } catch {
      this.#isAnswer = false
    }
  }
}
