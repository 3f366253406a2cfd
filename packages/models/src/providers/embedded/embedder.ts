import { ModelError, type ModelFailure } from '../../failure.ts'
import { whyStopped } from '../asking/asked.ts'
import { Job, type Embedded, type Piece } from './job.ts'
import { startThread, type StartThread, type Thread } from './thread.ts'
import { dimensions, type Worked } from './words.ts'

export interface EmbedderOptions {
  readonly start?: StartThread
  /** After so long without work its worker ends, and what it held is free. */
  readonly idleMs?: number
  /** A batch that takes longer never ends. */
  readonly batchMs?: number
}

export interface Embedder {
  /** Rejects with `ModelError`. */
  embed(texts: readonly string[], signal?: AbortSignal): Promise<Embedded>
  readonly isRunning: boolean
}

/** About thirty pages. Each piece of it takes its time. */
export const mostLettersOfText = 100_000
const mostLettersOfCall = 2_000_000
const mostLettersWaiting = 8_000_000
const mostWaiting = 1_000
const mostPieces = 16
/** Of one call, where others wait too: none of them has to wait for all of another. */
const mostOfTurn = 4

/** Makes vectors in a worker that is there only while it is used. Calls take turns, and share batches. */
export function createEmbedder(options: EmbedderOptions = {}): Embedder {
  return new Embedding({ start: startThread, idleMs: 60_000, batchMs: 60_000, ...options })
}

class Embedding implements Embedder {
  readonly #options: Required<EmbedderOptions>
  readonly #jobs: Job[] = []
  #letters = 0
  #waiting = 0
  #thread: Thread | null = null
  #batch: readonly Piece[] | null = null
  #timer: NodeJS.Timeout | undefined

  constructor(options: Required<EmbedderOptions>) {
    this.#options = options
  }

  get isRunning(): boolean {
    return this.#thread !== null
  }

  async embed(texts: readonly string[], signal?: AbortSignal): Promise<Embedded> {
    if (signal?.aborted === true) throw new ModelError(whyStopped(signal))
    if (texts.length === 0) return { vectors: [], tokens: 0 }
    const job = this.#accepted(texts)
    const stop = (): void => {
      if (signal !== undefined) job.fail(whyStopped(signal))
    }
    signal?.addEventListener('abort', stop, { once: true })
    this.#jobs.push(job)
    this.#waiting += 1
    this.#letters += job.length
    try {
      this.#next()
      return await job.ended
    } finally {
      signal?.removeEventListener('abort', stop)
      this.#waiting -= 1
      this.#letters -= job.length
    }
  }

  #accepted(texts: readonly string[]): Job {
    const letters = texts.reduce((sum, { length }) => sum + length, 0)
    if (letters > mostLettersOfCall || texts.some(({ length }) => length > mostLettersOfText)) throw tooLong()
    if (this.#waiting >= mostWaiting || this.#letters + letters > mostLettersWaiting) throw tooMuch()
    return new Job(texts)
  }

  /** One batch at a time: whatever becomes of the worker, it is known whose pieces it had. */
  #next(): void {
    if (this.#batch !== null) return
    const batch = this.#gather()
    clearTimeout(this.#timer)
    if (batch.length === 0) return this.#idle()
    this.#batch = batch
    this.#timer = setTimeout(
      () => this.#broken({ type: 'late', detail: 'its vectors took too long' }),
      this.#options.batchMs,
    )
    try {
      this.#thread ??= this.#started()
      this.#thread.work({ pieces: batch.map(({ letters }) => letters) })
    } catch (error) {
      this.#broken({ type: 'away', detail: `its worker does not start: ${String(error)}` })
    }
  }

  #gather(): readonly Piece[] {
    const batch: Piece[] = []
    while (batch.length < mostPieces) {
      const job = this.#jobs.shift()
      if (job === undefined) break
      if (!job.hasMore) continue
      const room = mostPieces - batch.length
      batch.push(...job.take(this.#jobs.length === 0 ? room : Math.min(room, mostOfTurn)))
      if (job.hasMore) this.#jobs.push(job)
    }
    return batch
  }

  #started(): Thread {
    return this.#options.start({
      worked: (worked) => this.#worked(worked),
      died: (reason) => this.#died(reason),
    })
  }

  #worked(worked: Worked): void {
    const batch = this.#batch ?? []
    // Its tensors may be in disorder: a new one begins anew.
    if (worked.type === 'failed') return this.#broken({ type: 'away', detail: worked.reason })
    this.#batch = null
    for (const [at, piece] of batch.entries()) {
      const vector = worked.vectors.subarray(at * dimensions, (at + 1) * dimensions)
      piece.job.worked(piece, vector, worked.tokens[at] ?? 0)
    }
    this.#next()
  }

  /** Those whose pieces it had have failed, and the others go on with another. */
  #broken(failure: ModelFailure): void {
    const batch = this.#batch ?? []
    this.#batch = null
    this.#thread?.end()
    this.#thread = null
    for (const job of new Set(batch.map((piece) => piece.job))) job.fail(failure)
    this.#next()
  }

  #died(reason: string): void {
    if (this.#batch !== null) return this.#broken({ type: 'away', detail: `its worker ended: ${reason}` })
    this.#thread = null
    clearTimeout(this.#timer)
  }

  #idle(): void {
    if (this.#thread === null) return
    this.#timer = setTimeout(() => {
      this.#thread?.end()
      this.#thread = null
    }, this.#options.idleMs).unref()
  }
}

const tooLong = (): ModelError =>
  new ModelError({
    type: 'too-long',
    detail: `the embedder takes ${mostLettersOfText} letters of a text, and ${mostLettersOfCall} of all`,
  })

const tooMuch = (): ModelError =>
  new ModelError({ type: 'rate', detail: 'too many texts wait to be embedded', afterMs: 1000 })
