/** What a process may ask of an account. */
export interface AccountLink {
  /** Grants at least `atLeast`, or nothing; `needed` where there is so much, and up to `wanted` where there is plenty. */
  lease(atLeast: number, needed: number, wanted: number): Promise<{ readonly granted: number }>
  /** Brings back what will not be spent; the same number again counts once. Rejects where that is not known. */
  giveBack(nano: number, number: number): Promise<void>
}

/** What is set aside for one call. */
export interface Reservation {
  readonly nano: number
}

/** So many calls of the size of the present one are asked for at once: the account is asked once for all of them. */
const callsAtOnce = 16
/** An account that had nothing left is not asked again for each call that comes. */
const refusedForMs = 250
const againMs = 500

/**
 * The part of an account that this process holds. What a call may cost is taken from it in memory, before it is made; only where it is
 * not enough is the account asked.
 */
export class Purse {
  readonly #link: AccountLink
  /** Leased, and neither reserved nor spent. Below zero where calls cost more than was set aside for them. */
  #free = 0
  /** The account is asked one thing at a time: what is brought back must not meet what is leased. */
  #asking: Promise<unknown> | null = null
  #usedAt = 0
  #number = 0
  #isClosed = false
  /** What all those want that are being served. */
  #wanted = 0
  #refused: { readonly nano: number; readonly until: number } = { nano: Infinity, until: 0 }

  constructor(link: AccountLink) {
    this.#link = link
  }

  /** Sets aside `wanted` where there is so much, else what there is from `least` on. Undefined where there is less. */
  async reserve(least: number, wanted: number, now: number): Promise<Reservation | undefined> {
    this.#usedAt = now
    this.#wanted += wanted
    try {
      while (this.#free < wanted) {
        const short = wanted - this.#free
        if (this.#asking !== null) {
          await this.#asking
          continue
        }
        if (short >= this.#refused.nano && now < this.#refused.until) break
        // A thousand that come at once would else wait for one lease after the other.
        const all = this.#isClosed ? short : Math.max(wanted * callsAtOnce, 2 * this.#wanted)
        const granted = await this.#one(this.#ask(Math.max(least - this.#free, 1), short, all, now))
        // Whoever was given less is not given more by asking again, and would ask in turns with others.
        if (granted < short) break
      }
      // At once: what is free now another may take in the next turn.
      if (this.#free < least) return undefined
      const nano = Math.min(this.#free, wanted)
      this.#free -= nano
      return { nano }
    } finally {
      this.#wanted -= wanted
    }
  }

  /** The call is over. What it cost is settled with its record, by somebody else. */
  release({ nano }: Reservation, cost: number): void {
    this.#free += nano - cost
    if (this.#isClosed) void this.rest(this.#usedAt, 0)
  }

  /** Keeps nothing from now on: this process ends. */
  async close(): Promise<void> {
    this.#isClosed = true
    await this.rest(this.#usedAt, 0)
  }

  /** Brings back what nobody has used for so long. Until that is known nothing else is asked. */
  async rest(now: number, idleMs: number): Promise<void> {
    if (this.#free <= 0 || now - this.#usedAt < idleMs || this.#asking !== null) return
    const back = this.#free
    this.#free = 0
    await this.#one(this.#bringBack(back))
  }

  async #one<T>(asking: Promise<T>): Promise<T> {
    this.#asking = asking
    try {
      return await asking
    } finally {
      this.#asking = null
    }
  }

  async #ask(least: number, short: number, wanted: number, now: number): Promise<number> {
    const { granted } = await this.#link.lease(least, short, wanted)
    this.#free += granted
    if (granted < short) this.#refused = { nano: short - granted, until: now + refusedForMs }
    return granted
  }

  async #bringBack(nano: number): Promise<void> {
    const number = (this.#number += 1)
    for (;;) {
      try {
        return await this.#link.giveBack(nano, number)
      } catch {
        await new Promise((resolve) => setTimeout(resolve, againMs).unref())
      }
    }
  }
}
