import type { Sink } from '../gateway/sink.ts'
import { hasLeft, type Member } from './members.ts'

/** Takes the answer to all of them. Somebody waits for it for as long as one of them does. */
export class GatheringSink implements Sink {
  readonly #members: readonly Member[]
  readonly #chunks: Buffer[] = []
  #status = 0

  constructor(members: readonly Member[]) {
    this.#members = members
  }

  get isGone(): boolean {
    return this.#members.every(hasLeft)
  }

  /** Null where it is none. */
  get answer(): Buffer | null {
    return this.#status === 200 ? Buffer.concat(this.#chunks) : null
  }

  head(status: number): void {
    this.#status = status
  }

  write(chunk: string | Uint8Array): boolean {
    this.#chunks.push(Buffer.from(chunk))
    return true
  }

  drained(then: () => void): void {
    then()
  }

  end(chunk?: string | Uint8Array): void {
    if (chunk !== undefined) this.write(chunk)
  }

  onGone(then: () => void): void {
    const left = (): void => {
      if (this.isGone) then()
    }
    for (const { trying } of this.#members) {
      trying.exchange.sink.onGone(left)
      trying.signal.addEventListener('abort', left, { once: true })
    }
  }
}
