const [tab, lineFeed, carriageReturn, space, colon] = [9, 10, 13, 32, 58]

/** Whether this holds comments and empty lines alone: by these a server keeps a connection open while it has nothing to say. */
export function isBreath(chunk: Uint8Array): boolean {
  for (let at = 0; at < chunk.length; at += 1) {
    const byte = chunk[at]
    if (byte === colon) {
      at = chunk.indexOf(lineFeed, at)
      if (at === -1) return true
    } else if (byte !== lineFeed && byte !== carriageReturn && byte !== space && byte !== tab) return false
  }
  return true
}

/** How long a server may hold on to a connection without a word, in ms. */
export interface Quiet {
  /** Before its answer begins. */
  readonly headMs: number
  /** Within it. */
  readonly idleMs: number
}

/** Where nobody says otherwise: what waits in a queue of a provider's is told so for ten minutes at most. */
export const longestQuietMs = 600_000

/** Follows the chunks of one answer, and gives whether nothing but breaths has come for too long. */
export class Breaths {
  readonly #headMs: number
  readonly #idleMs: number
  readonly #now: () => number
  #since: number | null
  #hasSpoken = false

  constructor({ headMs, idleMs }: Quiet, now: () => number) {
    this.#headMs = headMs
    this.#idleMs = idleMs
    this.#now = now
    this.#since = now()
  }

  isTooLong(chunk: Uint8Array): boolean {
    if (!isBreath(chunk)) {
      this.#hasSpoken = true
      this.#since = null
      return false
    }
    const at = this.#now()
    this.#since ??= at
    return at - this.#since > (this.#hasSpoken ? this.#idleMs : this.#headMs)
  }
}
