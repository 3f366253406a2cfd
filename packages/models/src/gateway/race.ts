import type { Sink } from './sink.ts'

/**
 * Several tries at one call at once. The first that has something to say goes out; to the others it looks as if nobody waited for them any
 * more.
 */
export class Race {
  readonly #sink: Sink
  readonly #leave = new Map<number, (() => void)[]>()
  #winner: number | null = null

  constructor(sink: Sink) {
    this.#sink = sink
  }

  get winner(): number | null {
    return this.#winner
  }

  sinkOf(number: number): Sink {
    const isGone = (): boolean => this.#sink.isGone || (this.#winner !== null && this.#winner !== number)
    const goes = (): boolean => this.#winner === number
    return {
      get isGone() {
        return isGone()
      },
      head: (status, headers) => {
        if (this.#winner === null) this.#win(number)
        if (goes()) this.#sink.head(status, headers)
      },
      write: (chunk) => (goes() ? this.#sink.write(chunk) : true),
      drained: (then) => (goes() ? this.#sink.drained(then) : then()),
      end: (chunk, trailers) => {
        if (goes()) this.#sink.end(chunk, trailers)
      },
      onGone: (then) => {
        let isCalled = false
        const once = (): void => {
          if (isCalled) return
          isCalled = true
          then()
        }
        if (isGone()) return once()
        this.#leave.set(number, [...(this.#leave.get(number) ?? []), once])
        this.#sink.onGone(once)
      },
    }
  }

  #win(number: number): void {
    this.#winner = number
    for (const [other, leave] of this.#leave) if (other !== number) for (const one of leave) one()
  }
}
