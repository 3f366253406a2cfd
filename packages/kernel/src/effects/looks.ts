import { firstLookMs } from './judge.ts'

/** How often effects that may have reached the other side were looked for, and since when nobody has. */
export class Looks {
  readonly #elapsed: () => number
  readonly #held = new Map<string, { readonly count: number; readonly since: number }>()

  constructor(elapsed: () => number) {
    this.#elapsed = elapsed
  }

  has(name: string): boolean {
    return this.#held.has(name)
  }

  count(name: string): number {
    return this.#held.get(name)?.count ?? 0
  }

  /** It is waited for before it is looked for, the next time or the first. */
  wait(name: string, count: number): void {
    this.#held.set(name, { count, since: this.#elapsed() })
  }

  forget(name: string): void {
    this.#held.delete(name)
  }

  /** How long a look comes too early: a clock that was set forward makes it due before anything on its way has arrived. */
  earlyMs(name: string): number {
    const held = this.#held.get(name)
    return held === undefined ? 0 : Math.max(0, Math.ceil(held.since + firstLookMs - this.#elapsed()))
  }
}
