import type { Clock } from './ports/clock.ts'

/** What a lane waits for when it has nothing to do, or not yet enough. */
export class Stirring {
  readonly #clock: Clock
  #onStir: (() => void) | null = null

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** Something came. */
  stir(): void {
    this.#onStir?.()
  }

  /** Until something comes, for so long at most. */
  async idle(milliseconds: number): Promise<void> {
    if (milliseconds <= 0) return
    await new Promise<void>((resolve) => {
      const cancel = this.#clock.after(milliseconds, resolve)
      this.#onStir = () => {
        cancel()
        resolve()
      }
    })
    this.#onStir = null
  }

  /**
   * One turn of the event loop gathers what arrived together; without it the first of a burst is committed alone. Under a flood of
   * requests a turn may last for seconds, so it is waited for no longer than until there is enough.
   */
  async gather(isEnough: () => boolean): Promise<void> {
    if (isEnough()) return
    await new Promise<void>((resolve) => {
      this.#onStir = () => {
        if (isEnough()) resolve()
      }
      this.#clock.turn(resolve)
    })
    this.#onStir = null
  }
}
