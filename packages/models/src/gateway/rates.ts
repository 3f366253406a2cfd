import type { Asker } from './exchange.ts'

/** A call that was let in. */
export interface Admitted {
  /** The call is over, and took so many tokens. */
  settle(tokens: number): void
}

/** How much whoever asks may ask in a span of time. */
export interface Rates {
  /** Null where nobody has set a rate for them. `tokens` is an estimate of the prompt. Rejects with `models.rate-exceeded`. */
  admit(asker: Asker, tokens: number): Promise<Admitted> | null
}

export const noRates: Rates = { admit: () => null }
