import type { Deciding } from './ground.ts'

/** What the kernel tells about itself. Called often: an implementation only counts. */
export interface Meter {
  committed(commands: number, seconds: number): void
  decided(deciding: Deciding): void
  lateness(seconds: number): void
  refusedByStore(reason: string): void
  storeFailed(error: unknown): void
}

export const silentMeter: Meter = {
  committed: () => undefined,
  decided: () => undefined,
  lateness: () => undefined,
  refusedByStore: () => undefined,
  storeFailed: () => undefined,
}
