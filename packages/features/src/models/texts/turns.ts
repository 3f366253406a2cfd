/** Lets so many do something at once; the others wait for their turn, first come, first served. */
export class Turns {
  #left: number
  readonly #waiting: (() => void)[] = []

  constructor(most: number) {
    this.#left = most
  }

  async take<T>(doing: () => Promise<T>): Promise<T> {
    if (this.#left > 0) this.#left -= 1
    else await new Promise<void>((resolve) => void this.#waiting.push(resolve))
    try {
      return await doing()
    } finally {
      const next = this.#waiting.shift()
      if (next === undefined) this.#left += 1
      else next()
    }
  }
}
