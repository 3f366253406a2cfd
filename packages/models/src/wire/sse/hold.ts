const empty = Buffer.alloc(0)

/** Bytes of a line that has not come to its end, in one buffer that doubles: a list of chunks would cost a hundred times its bytes where they come one by one. */
export class Hold {
  #buffer = empty
  #length = 0

  get length(): number {
    return this.#length
  }

  keep(bytes: Uint8Array): void {
    const needed = this.#length + bytes.length
    if (needed > this.#buffer.length) {
      const most = Math.min(this.#buffer.length * 2, needed + 1_048_576)
      const larger = Buffer.allocUnsafeSlow(Math.max(1024, needed, most))
      this.#buffer.copy(larger, 0, 0, this.#length)
      this.#buffer = larger
    }
    this.#buffer.set(bytes, this.#length)
    this.#length = needed
  }

  /** What was kept, and `more` behind it. Nothing is kept any more; the result is good until the next `keep`. */
  take(more: Buffer): Buffer {
    if (this.#length === 0) return more
    this.keep(more)
    const taken = this.#buffer.subarray(0, this.#length)
    this.#length = 0
    // What one long line needed is not kept for the short ones behind it.
    if (this.#buffer.length > 65_536) this.#buffer = empty
    return taken
  }

  /** Keeps this one byte in place of what was kept. */
  replace(byte: number): void {
    this.#buffer = Buffer.of(byte)
    this.#length = 1
  }
}
