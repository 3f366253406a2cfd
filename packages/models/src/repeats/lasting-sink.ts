import type { Sink } from '../gateway/sink.ts'

/** Goes on where its client has left: it comes again for the answer. What is said to nobody is heard all the same by those that keep it. */
export class LastingSink implements Sink {
  readonly #sink: Sink
  readonly isGone = false

  constructor(sink: Sink) {
    this.#sink = sink
  }

  head(status: number, headers: Readonly<Record<string, string>>): void {
    this.#sink.head(status, headers)
  }

  write(chunk: string | Uint8Array): boolean {
    return this.#sink.write(chunk) || this.#sink.isGone
  }

  drained(then: () => void): void {
    if (this.#sink.isGone) then()
    else this.#sink.drained(then)
  }

  end(chunk?: string | Uint8Array, trailers?: Readonly<Record<string, string>>): void {
    this.#sink.end(chunk, trailers)
  }

  onGone(): void {
    // As far as the call goes nobody ever leaves.
  }
}
