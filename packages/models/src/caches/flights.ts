import type { Exchange } from '../gateway/exchange.ts'

/** Somebody asks a model what others want to know too. */
export interface Flight {
  /** Never rejects: what came of it is for those that waited to look for. */
  readonly ended: Promise<void>
  /** Of what is asked, where the key alone does not say it. */
  readonly print: string | undefined
  end(): void
}

/** What is being asked at this moment, by what it would be kept by. */
export class Flights {
  readonly #flights = new Map<string, Flight>()

  of(key: string): Flight | undefined {
    return this.#flights.get(key)
  }

  /** Null where somebody asks already. Whoever begins has to end it, whatever comes. */
  begin(key: string, print?: string): Flight | null {
    if (this.#flights.has(key)) return null
    const { promise, resolve } = Promise.withResolvers<void>()
    const flight: Flight = {
      ended: promise,
      print,
      end: () => {
        if (this.#flights.get(key) === flight) this.#flights.delete(key)
        resolve()
      },
    }
    this.#flights.set(key, flight)
    return flight
  }
}

/** So often a call waits for others: where nothing came of them, it asks for itself. */
export const mostWaits = 2

/** Resolves when all of them have ended, or nobody waits for this call any more. */
export function outcomeOf(flights: readonly Flight[], { sink }: Pick<Exchange, 'sink'>, signal: AbortSignal) {
  return new Promise<void>((resolve) => {
    const done = (): void => {
      signal.removeEventListener('abort', done)
      resolve()
    }
    if (signal.aborted) return done()
    signal.addEventListener('abort', done, { once: true })
    sink.onGone(done)
    void Promise.all(flights.map(({ ended }) => ended)).then(done)
  })
}
