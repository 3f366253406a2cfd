import { stat } from 'node:fs/promises'
import { ModelError, type ModelFailure } from '../../failure.ts'
import type { LocalFile } from '../../provider.ts'
import { whyStopped } from '../asking/asked.ts'
import { ModelProcess, type Hear } from './process.ts'
import { Running } from './running.ts'
import type { Ask } from './words.ts'

export interface RunnerOptions {
  readonly file: LocalFile
  /** Rejects with a `ModelError` where it is not installed. */
  readonly library: () => Promise<string>
  readonly threads: number
  readonly atOnce?: number
  /** Of those that wait for their turn. */
  readonly mostWaiting?: number
  /** After so long without a question the process ends. */
  readonly idleMs?: number
  /** Those that run in this process of the server. */
  readonly running?: Running
}

/** What a question takes beside its words. */
interface Waiting {
  readonly ask: Ask
  readonly hear: Hear
  stop: () => void
  isStopped: boolean
}

const failed = (type: ModelFailure['type'], detail: string, more: Partial<ModelFailure> = {}): ModelFailure => ({
  type,
  detail,
  ...more,
})

/** Runs one model in a process of its own: started with the first question, once more after it broke off, ended when nobody asks. */
export class Runner implements AsyncDisposable {
  readonly #options: RunnerOptions
  readonly #atOnce: number
  readonly #mostWaiting: number
  readonly #idleMs: number
  readonly #among: Running
  readonly #waiting: Waiting[] = []
  #running = 0
  #usedAt = 0
  #process: ModelProcess | null = null
  #starting: Promise<ModelProcess> | null = null
  #idle: NodeJS.Timeout | undefined

  constructor(options: RunnerOptions) {
    this.#options = options
    const { atOnce = 2, mostWaiting = 32, idleMs = 300_000, running = new Running() } = options
    this.#atOnce = atOnce
    this.#mostWaiting = mostWaiting
    this.#idleMs = idleMs
    this.#among = running
  }

  get isOver(): boolean {
    return this.#starting === null && (this.#process === null || this.#process.isOver)
  }

  get isBusy(): boolean {
    return this.#running > 0
  }

  /** Of its process, where it has one. */
  get pid(): number | undefined {
    return this.isOver ? undefined : this.#process?.pid
  }

  /** When it was asked last. */
  get usedAt(): number {
    return this.#usedAt
  }

  /** Starts it where it is not, and waits until it can be asked. Rejects with a `ModelError`. */
  async ready(signal: AbortSignal): Promise<void> {
    const process = await this.#loaded()
    await Promise.race([process.ready, aborted(signal)])
    this.#rest()
  }

  /** Gives what stops it. Throws `ModelError` where too many wait. */
  ask(ask: Ask, hear: Hear): () => void {
    if (this.#running >= this.#atOnce && this.#waiting.length >= this.#mostWaiting)
      throw new ModelError(failed('rate', 'too many wait for this model', { afterMs: 2000 }))
    const waiting: Waiting = { ask, hear, stop: () => undefined, isStopped: false }
    this.#waiting.push(waiting)
    this.#usedAt = performance.now()
    void this.#next()
    return () => {
      waiting.isStopped = true
      const at = this.#waiting.indexOf(waiting)
      if (at !== -1) this.#waiting.splice(at, 1)
      waiting.stop()
    }
  }

  /** Ends the process; what is under way fails. */
  async end(): Promise<void> {
    clearTimeout(this.#idle)
    await this.#starting?.catch(() => undefined)
    this.#process?.end()
    await this.#process?.ended
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.end()
  }

  async #next(): Promise<void> {
    if (this.#running >= this.#atOnce) return
    const waiting = this.#waiting.shift()
    if (waiting === undefined) return
    this.#running += 1
    clearTimeout(this.#idle)
    try {
      const process = await this.#loaded()
      if (waiting.isStopped) this.#done()
      else this.#give(process, waiting)
    } catch (error) {
      this.#done()
      waiting.hear({ type: 'failed', failure: error instanceof ModelError ? error.failure : notStarted })
    }
  }

  #give(process: ModelProcess, waiting: Waiting): void {
    waiting.stop = process.ask(waiting.ask, (said) => {
      if (said.type === 'ended' || said.type === 'failed') this.#done()
      waiting.hear(said)
    })
  }

  #done(): void {
    this.#running -= 1
    void this.#next()
    this.#rest()
  }

  #rest(): void {
    clearTimeout(this.#idle)
    if (this.#running > 0) return
    this.#idle = setTimeout(() => this.#process?.end(), this.#idleMs)
    this.#idle.unref()
  }

  #loaded(): Promise<ModelProcess> {
    if (this.#process !== null && !this.#process.isOver) return Promise.resolve(this.#process)
    this.#starting ??= this.#start().finally(() => (this.#starting = null))
    return this.#starting
  }

  async #start(): Promise<ModelProcess> {
    const { file, library, threads } = this.#options
    await requireFile(file)
    const { path, context } = file
    await this.#among.admit(this)
    const options = { library: await library(), file: path, context, atOnce: this.#atOnce, threads }
    this.#process = new ModelProcess(options)
    return this.#process
  }
}

const notStarted = failed('away', 'the process that runs this model could not be started')

function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    const stop = (): void => reject(new ModelError(whyStopped(signal)))
    if (signal.aborted) stop()
    else signal.addEventListener('abort', stop, { once: true })
  })
}

/** What is said of the file was read when it was added. */
async function requireFile({ path, size }: LocalFile): Promise<void> {
  const found = await stat(path).catch(() => null)
  if (found === null || !found.isFile())
    throw new ModelError(failed('unknown-model', 'the file of this model is not there any more'))
  if (found.size !== size)
    throw new ModelError(failed('unknown-model', 'the file of this model has changed since it was added: add it again'))
}
