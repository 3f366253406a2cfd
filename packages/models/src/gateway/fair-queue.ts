/** Waits in lines, one for each of those that wait: who has a thousand waiting keeps nobody else from being next. */
export class FairQueue<T> {
  readonly #lines = new Map<string, T[]>()
  #size = 0

  get size(): number {
    return this.#size
  }

  add(line: string, item: T): void {
    const waiting = this.#lines.get(line)
    if (waiting === undefined) this.#lines.set(line, [item])
    else waiting.push(item)
    this.#size += 1
  }

  /** The first of the line whose turn it is; then it is that of the next line. */
  take(): T | undefined {
    for (const [line, waiting] of this.#lines) {
      this.#lines.delete(line)
      const item = waiting.shift()
      if (waiting.length > 0) this.#lines.set(line, waiting)
      this.#size -= 1
      return item
    }
    return undefined
  }

  remove(line: string, item: T): void {
    const waiting = this.#lines.get(line)
    const index = waiting?.indexOf(item) ?? -1
    if (waiting === undefined || index === -1) return
    waiting.splice(index, 1)
    this.#size -= 1
    if (waiting.length === 0) this.#lines.delete(line)
  }
}
