import type { Asker } from './exchange.ts'

/** What a try may cost at most, in billionths of a dollar. */
export interface WorstCost {
  /** Of the prompt. */
  readonly input: number
  /** Of one token of the answer. */
  readonly token: number
  /** Tokens of the answer that the caller, or else the model, allows. */
  readonly most: number
}

/** Set aside for one try. */
export interface Held {
  /** Tokens of the answer that are paid for: not more than the caller or the model allows. */
  readonly most: number
  /** Whose money it is. */
  readonly accounts: readonly string[]
  /** All that was set aside. */
  readonly nano: number
  /** Of it for each token of the answer. */
  readonly token: number
  /** The try is over, and cost so much. */
  release(nano: number): void
}

/** Where money is set aside before a model is asked. */
export interface Budget {
  /**
   * Null where nobody has set a limit for whoever asks; else `cost` is asked for, which is undefined where the price of the model is not
   * known. Rejects with `budgets.exhausted` or `models.price-unknown`.
   */
  reserve(asker: Asker, cost: () => WorstCost | undefined): Promise<Held> | null
  /** Whether anybody has set a limit. */
  limits(asker: Asker): boolean
}

export const noBudget: Budget = { reserve: () => null, limits: () => false }
