import { ModelError } from '../../failure.ts'

/** One of those that have a process, as far as it may have to go. */
export interface Resident {
  readonly isOver: boolean
  readonly isBusy: boolean
  readonly usedAt: number
  end(): Promise<void>
}

/** Each takes as much memory as its weights, and more for what it reads. */
const usualMost = 4

/** The models that run at the same time. Where one more would be too many, the one that was asked longest ago goes. */
export class Running {
  readonly #most: number
  readonly #residents = new Set<Resident>()

  constructor(most = usualMost) {
    this.#most = most
  }

  /** Rejects with a `ModelError` where all others are busy. */
  async admit(resident: Resident): Promise<void> {
    const others = [...this.#residents].filter((one) => one !== resident)
    for (const one of others) if (one.isOver) this.#residents.delete(one)
    this.#residents.delete(resident)
    if (this.#residents.size >= this.#most) {
      const [oldest] = [...this.#residents].filter((one) => !one.isBusy).sort((one, other) => one.usedAt - other.usedAt)
      if (oldest === undefined) throw new ModelError(allBusy)
      this.#residents.delete(oldest)
      this.#residents.add(resident)
      await oldest.end()
    }
    this.#residents.add(resident)
  }
}

const allBusy = { type: 'rate', detail: 'too many other models are at work here', afterMs: 5000 } as const
