import { FairQueue } from './fair-queue.ts'
import type { Asker } from './exchange.ts'
import type { ProviderEntry } from './setting.ts'

/** A place among the calls that a provider takes at once. Whoever has one gives it back, once. */
export interface Permit {
  readonly provider: string
  leave(): void
}

export interface Gates {
  /** Null where all are taken. */
  enter(tenant: string, entry: ProviderEntry): Permit | null
  /** A place at any of these, when it is one's turn. Null where that takes too long, where too many wait, or nobody waits for it any more. */
  wait(waiting: Waiting): Promise<Permit | null>
  /** How many wait. */
  readonly waiting: number
}

export interface Waiting {
  readonly asker: Asker
  readonly entries: readonly ProviderEntry[]
  /** The others come first, but for one turn in eight. */
  readonly background: boolean
  /** Calls back when nobody waits any more, at once where nobody does. */
  onGone(then: () => void): void
  readonly signal: AbortSignal
}

export interface GatesOptions {
  /** Processes that share what a provider takes. */
  readonly processes: () => number
  readonly longestMs?: number
  readonly mostWaiting?: number
}

/** Of those whose turn it is, one in so many is of the background where others wait too. */
const background = 8

const open: Permit = { provider: '', leave: () => undefined }

/** How many calls a provider is asked at once, and whose turn it is where more come. */
export function createGates({ processes, longestMs = 60_000, mostWaiting = 2000 }: GatesOptions): Gates {
  const gates = new Map<string, Gate>()
  let waiting = 0
  const gateOf = (tenant: string, { name }: ProviderEntry): Gate => {
    const id = `${tenant}/${name}`
    const known = gates.get(id)
    if (known !== undefined) return known
    const gate = new Gate(name, () => void gates.delete(id))
    gates.set(id, gate)
    return gate
  }
  const shareOf = ({ concurrency }: ProviderEntry): number =>
    concurrency === undefined ? Infinity : Math.max(1, Math.floor(concurrency / Math.max(1, processes())))

  return {
    get waiting() {
      return waiting
    },
    enter: (tenant, entry) => {
      if (entry.concurrency === undefined) return open
      return gateOf(tenant, entry).enter(shareOf(entry))
    },
    wait: ({ asker, entries, background: isBackground, onGone, signal }) => {
      if (waiting >= mostWaiting) return Promise.resolve(null)
      waiting += 1
      const asked = entries.map((entry) => [gateOf(asker.tenant, entry), shareOf(entry)] as const)
      const line = asker.home
      return new Promise((resolve) => {
        const giveUp = (): void => turn.take(null)
        const timer = setTimeout(giveUp, longestMs).unref()
        const turn: Turn = {
          isOver: false,
          background: isBackground,
          take: (permit) => {
            if (turn.isOver) return
            turn.isOver = true
            waiting -= 1
            clearTimeout(timer)
            signal.removeEventListener('abort', giveUp)
            for (const [gate] of asked) gate.forget(line, turn)
            resolve(permit)
          },
        }
        for (const [gate, share] of asked) gate.wait(line, turn, share)
        signal.addEventListener('abort', giveUp, { once: true })
        if (signal.aborted) giveUp()
        onGone(giveUp)
      })
    },
  }
}

interface Turn {
  isOver: boolean
  readonly background: boolean
  take(permit: Permit | null): void
}

class Gate {
  readonly #provider: string
  readonly #unused: () => void
  readonly #usual = new FairQueue<Turn>()
  readonly #background = new FairQueue<Turn>()
  #taken = 0
  #limit = Infinity
  #turns = 0

  constructor(provider: string, unused: () => void) {
    this.#provider = provider
    this.#unused = unused
  }

  enter(limit: number): Permit | null {
    this.#limit = limit
    // Those that wait come first, also where a place is free this moment.
    if (this.#taken >= limit || this.#usual.size > 0) return null
    return this.#permit()
  }

  wait(line: string, turn: Turn, limit: number): void {
    this.#limit = limit
    // Another that it waits at has let it in.
    if (turn.isOver) return
    const queue = turn.background ? this.#background : this.#usual
    queue.add(line, turn)
    this.#next()
  }

  forget(line: string, turn: Turn): void {
    const queue = turn.background ? this.#background : this.#usual
    queue.remove(line, turn)
    this.#rest()
  }

  #permit(): Permit {
    this.#taken += 1
    let isLeft = false
    return {
      provider: this.#provider,
      leave: () => {
        if (isLeft) return
        isLeft = true
        this.#taken -= 1
        this.#next()
        this.#rest()
      },
    }
  }

  #next(): void {
    while (this.#taken < this.#limit) {
      const turn = this.#take()
      if (turn === undefined) return
      if (!turn.isOver) turn.take(this.#permit())
    }
  }

  #take(): Turn | undefined {
    this.#turns += 1
    const [first, second] =
      this.#turns % background === 0 ? [this.#background, this.#usual] : [this.#usual, this.#background]
    return first.take() ?? second.take()
  }

  #rest(): void {
    if (this.#taken === 0 && this.#usual.size === 0 && this.#background.size === 0) this.#unused()
  }
}
