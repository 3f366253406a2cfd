import type { Deciding } from './ground.ts'
import type { Waiting } from './inbox.ts'
import type { LaneWait } from './outage.ts'

/** What the kernel tells about itself. Called often: an implementation only counts. */
export interface Meter {
  committed(commands: number, seconds: number): void
  /** After the commit, where there was something to commit. Results come without anybody who waits. */
  decided(deciding: Deciding, batch: readonly Pick<Waiting, 'envelope' | 'since'>[]): void
  /** Given where it is followed what led to what: `deciding.trace` is then there. */
  readonly traceClock?: () => number
  lateness(seconds: number): void
  refusedByStore(reason: string): void
  storeFailed(error: unknown): void
  /** A lane, by its number, begins to wait for the store, waits for another reason, or (null) goes on. */
  waits(lane: number, wait: LaneWait | null): void
}

export const silentMeter: Meter = {
  committed: () => undefined,
  decided: () => undefined,
  lateness: () => undefined,
  refusedByStore: () => undefined,
  storeFailed: () => undefined,
  waits: () => undefined,
}
