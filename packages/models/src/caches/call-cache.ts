import type { Calling } from '../gateway/calling.ts'
import type { Exchange } from '../gateway/exchange.ts'
import type { Place } from '../gateway/places.ts'
import type { Cost } from '../gateway/trying.ts'
import type { Caches } from './caches.ts'
import type { Embedding } from '../vector.ts'
import type { SharedEntry } from './shared-entry.ts'

export interface CachingPorts {
  readonly caches: Caches
  /** Of length 1, by the model that is named, or else made here. */
  readonly embed: (
    exchange: Exchange,
    question: { readonly model: string | undefined; readonly text: string },
    signal: AbortSignal,
  ) => Promise<Embedding>
  /** What was kept is told to other processes. */
  readonly share: (entries: readonly SharedEntry[]) => void
  /** In ms since 1970. */
  readonly clock: () => number
}

/** What the caches have to do with one call. */
export interface CallCache {
  /**
   * Answers from what is kept, or from what is asked at this moment for somebody else; false where that is nothing. `places`: those that
   * whoever asks may ask now.
   */
  answers(call: Calling, places: readonly Place[], signal: AbortSignal): Promise<boolean>
  /** What is to be asked then, whose answer is remembered while it goes out. */
  readonly recorded: Exchange
  /** What came is kept where it is worth it. Never rejects. */
  keep(call: Calling, cost: Cost, signal: AbortSignal): Promise<void>
  /** Whatever came: nobody waits for it any more. */
  over(): void
}
