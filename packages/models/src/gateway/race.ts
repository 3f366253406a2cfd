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
    return new RaceSink(this, this.#sink, number)
  }

  /** Whether this one may say something: the first that wants to is the one that does. */
  says(number: number): boolean {
    if (this.#winner === null) this.#win(number)
    return this.#winner === number
  }

  lost(number: number): boolean {
    return this.#winner !== null && this.#winner !== number
  }

  /** Calls back when another has won. */
  onLost(number: number, then: () => void): void {
    this.#leave.set(number, [...(this.#leave.get(number) ?? []), then])
  }

  #win(number: number): void {
    this.#winner = number
    for (const [other, leave] of this.#leave) if (other !== number) for (const one of leave) one()
  }
}

/** The end of one try. */
class RaceSink implements Sink {
  readonly #race: Race
  readonly #sink: Sink
  readonly #number: number

  constructor(race: Race, sink: Sink, number: number) {
    this.#race = race
    this.#sink = sink
    this.#number = number
  }

  get isGone(): boolean {
    return this.#sink.isGone || this.#race.lost(this.#number)
  }

  head(status: number, headers: Readonly<Record<string, string>>): void {
    if (this.#race.says(this.#number)) this.#sink.head(status, headers)
  }

  write(chunk: string | Uint8Array): boolean {
    return this.#goes ? this.#sink.write(chunk) : true
  }

  drained(then: () => void): void {
    if (this.#goes) this.#sink.drained(then)
    else then()
  }

  end(chunk?: string | Uint8Array, trailers?: Readonly<Record<string, string>>): void {
    if (this.#goes) this.#sink.end(chunk, trailers)
  }

  onGone(then: () => void): void {
    let isCalled = false
    const once = (): void => {
      if (isCalled) return
      isCalled = true
      then()
    }
    if (this.isGone) return once()
    this.#race.onLost(this.#number, once)
    this.#sink.onGone(once)
  }

  get #goes(): boolean {
    return this.#race.winner === this.#number
  }
}
