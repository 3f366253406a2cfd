import type { Sink } from '../gateway/sink.ts'

/** An answer that has gone out whole. */
export interface Recorded {
  readonly status: number
  readonly contentType: string
  readonly body: Buffer
}

/**
 * Passes an answer on, and remembers it as long as it is short enough to be kept. As long it does not wait for whoever reads it slowly:
 * others may wait for its end.
 */
export class RecordingSink implements Sink {
  readonly #sink: Sink
  readonly #mostBytes: number
  readonly #tooLong: () => void
  #status = 0
  #contentType = ''
  #chunks: Buffer[] | null = []
  #length = 0
  #isEnded = false

  constructor(sink: Sink, mostBytes: number, tooLong: () => void = () => undefined) {
    this.#tooLong = tooLong
    this.#sink = sink
    this.#mostBytes = mostBytes
  }

  get isGone(): boolean {
    return this.#sink.isGone
  }

  /** Null where it did not come to its end, nobody waited for that, or it was too long. */
  get recorded(): Recorded | null {
    if (!this.#isEnded || this.#chunks === null) return null
    return { status: this.#status, contentType: this.#contentType, body: Buffer.concat(this.#chunks) }
  }

  head(status: number, headers: Readonly<Record<string, string>>): void {
    this.#status = status
    this.#contentType = headers['content-type'] ?? ''
    this.#sink.head(status, headers)
  }

  write(chunk: string | Uint8Array): boolean {
    this.#remember(chunk)
    return this.#sink.write(chunk) || this.#chunks !== null
  }

  drained(then: () => void): void {
    this.#sink.drained(then)
  }

  end(chunk?: string | Uint8Array, trailers?: Readonly<Record<string, string>>): void {
    if (chunk !== undefined) this.#remember(chunk)
    this.#isEnded = !this.#sink.isGone
    this.#sink.end(chunk, trailers)
  }

  onGone(then: () => void): void {
    this.#sink.onGone(then)
  }

  #remember(chunk: string | Uint8Array): void {
    this.#length += chunk.length
    if (this.#chunks === null) return
    // A copy: the bytes are somebody else's, and may be part of a far larger piece.
    if (this.#length <= this.#mostBytes) this.#chunks.push(Buffer.from(chunk))
    else {
      this.#chunks = null
      this.#tooLong()
    }
  }
}
