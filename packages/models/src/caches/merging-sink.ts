import type { Sink } from '../gateway/sink.ts'

/** What goes out in the place of an answer. */
export interface Merged {
  readonly status: number
  readonly body: Buffer
}

/** Holds back an answer that came to a part of the question, for the rest to be put to it. What is no answer passes. */
export class MergingSink implements Sink {
  readonly #sink: Sink
  readonly #merge: (body: Buffer) => Merged
  #headers: Readonly<Record<string, string>> | null = null
  #chunks: Buffer[] = []

  constructor(sink: Sink, merge: (body: Buffer) => Merged) {
    this.#sink = sink
    this.#merge = merge
  }

  get isGone(): boolean {
    return this.#sink.isGone
  }

  head(status: number, headers: Readonly<Record<string, string>>): void {
    if (status === 200) this.#headers = headers
    else this.#sink.head(status, headers)
  }

  write(chunk: string | Uint8Array): boolean {
    if (this.#headers === null) return this.#sink.write(chunk)
    this.#chunks.push(Buffer.from(chunk))
    return true
  }

  drained(then: () => void): void {
    this.#sink.drained(then)
  }

  end(chunk?: string | Uint8Array, trailers?: Readonly<Record<string, string>>): void {
    if (this.#headers === null) return this.#sink.end(chunk, trailers)
    if (chunk !== undefined) this.write(chunk)
    const { status, body } = this.#merge(Buffer.concat(this.#chunks))
    this.#sink.head(status, { ...this.#headers, 'content-length': String(body.length) })
    this.#sink.end(body, trailers)
  }

  onGone(then: () => void): void {
    this.#sink.onGone(then)
  }
}
