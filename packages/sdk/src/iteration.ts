export interface Source<T> {
  /** What there is to give; undefined for nothing yet. */
  take(): T | undefined
  /** Called when the first value is asked for: what nobody iterates over costs nothing. */
  start(): void
  /** Called once, however it ends, if it was started. */
  stop(): void
  readonly signal?: AbortSignal | undefined
}

/** `now`: what was not taken yet is given up. */
type End =
  | { readonly type: 'done'; readonly now: boolean }
  | { readonly type: 'failed'; readonly error: unknown; readonly now: boolean }

/** An iteration whose values come from elsewhere. Unlike an async generator it can be left while a value is waited for. */
export class Iteration<T> implements AsyncIterableIterator<T> {
  readonly #source: Source<T>
  #started = false
  #end: End | null = null
  #wake: (() => void) | null = null
  #turn: Promise<unknown> = Promise.resolve()

  constructor(source: Source<T>) {
    this.#source = source
  }

  [Symbol.asyncIterator](): this {
    return this
  }

  next(): Promise<IteratorResult<T, undefined>> {
    const mine = this.#turn.then(() => this.#next())
    this.#turn = mine.catch(() => undefined)
    return mine
  }

  async return(): Promise<IteratorResult<T, undefined>> {
    this.done()
    return { done: true, value: undefined }
  }

  /** There is something to take. */
  wake(): void {
    this.#wake?.()
    this.#wake = null
  }

  done(): void {
    this.#finish({ type: 'done', now: true })
  }

  /** No more comes after what was not taken yet. */
  last(): void {
    this.#finish({ type: 'done', now: false })
  }

  /** What was not taken yet is given first. */
  fail(error: unknown): void {
    this.#finish({ type: 'failed', error, now: false })
  }

  readonly #aborted = (): void => this.#finish({ type: 'failed', error: this.#source.signal?.reason, now: true })

  #finish(end: End): void {
    if (this.#end !== null) return
    this.#end = end
    this.#source.signal?.removeEventListener('abort', this.#aborted)
    if (this.#started) this.#source.stop()
    this.wake()
  }

  #start(): void {
    if (this.#started || this.#end !== null) return
    const { signal } = this.#source
    if (signal?.aborted === true) return this.#aborted()
    signal?.addEventListener('abort', this.#aborted)
    this.#started = true
    try {
      this.#source.start()
    } catch (error) {
      this.fail(error)
    }
  }

  async #next(): Promise<IteratorResult<T, undefined>> {
    this.#start()
    for (;;) {
      const end = this.#end
      const value = end?.now === true ? undefined : this.#source.take()
      if (value !== undefined) return { done: false, value }
      if (end !== null) return this.#ended(end)
      await new Promise<void>((resolve) => (this.#wake = resolve))
    }
  }

  /** A failure is told once. */
  #ended(end: End): IteratorResult<T, undefined> {
    this.#end = { type: 'done', now: true }
    if (end.type === 'failed') throw end.error
    return { done: true, value: undefined }
  }
}
