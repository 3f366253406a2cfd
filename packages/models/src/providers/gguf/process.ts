import { fork, type ChildProcess } from 'node:child_process'
import { join } from 'node:path'
import { ModelError, type ModelFailure } from '../../failure.ts'
import type { Ask, FromChild, Said, ToChild } from './words.ts'

export interface ProcessOptions {
  readonly library: string
  readonly file: string
  readonly context: number
  /** Questions that it answers at once; others wait. */
  readonly atOnce: number
  readonly threads: number
}

/** Where what is said of one question goes. Nothing comes behind `ended` or `failed`. */
export type Hear = (said: Said) => void

/** One process that runs one model, from its start to its end. */
export class ModelProcess {
  readonly #child: ChildProcess
  readonly #hearing = new Map<number, Hear>()
  readonly ended: Promise<void>
  /** Rejects with a `ModelError` where the model cannot be loaded. */
  readonly ready: Promise<void>
  readonly #loading = Promise.withResolvers<void>()
  #isReady = false
  #isOver = false
  #isEnding = false
  #failure: ModelFailure | null = null
  #asked = 0

  constructor(options: ProcessOptions) {
    const { atOnce: sequences, library, file, context, threads } = options
    // It is told nothing that it does not need: no key of the server is in its environment.
    this.#child = fork(join(import.meta.dirname, 'child/main.ts'), [], {
      env: {},
      execArgv: ['--disable-warning=ExperimentalWarning'],
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    })
    this.#child.on('message', (message: FromChild) => this.#hear(message))
    // What it has said before it ended may come behind its end.
    const silent = new Promise((resolve) => this.#child.once('disconnect', resolve))
    const exited = new Promise((resolve) => this.#child.once('exit', resolve))
    const notStarted = new Promise((resolve) => this.#child.once('error', resolve))
    this.ended = Promise.race([Promise.all([silent, exited]), notStarted]).then(() => this.#over())
    this.#send({ type: 'open', library, file, context, sequences, threads })
    this.ready = this.#loading.promise
    // Whoever asks is told as well.
    this.ready.catch(() => undefined)
    alive.add(this.#child)
    void this.ended.then(() => alive.delete(this.#child))
  }

  get pid(): number | undefined {
    return this.#child.pid
  }

  get isOver(): boolean {
    return this.#isOver || this.#isEnding
  }

  /** Gives what stops it. */
  ask(ask: Ask, hear: Hear): () => void {
    const id = (this.#asked += 1)
    if (this.isOver) {
      hear({ type: 'failed', failure: this.#failure ?? crashed(this.#isReady) })
      return () => undefined
    }
    this.#hearing.set(id, hear)
    this.#hold(true)
    this.#send({ type: 'ask', id, ask })
    return () => this.#stop(id)
  }

  /** Where it does not let go of what nobody waits for, it hangs. */
  #stop(id: number): void {
    if (!this.#hearing.has(id)) return
    this.#send({ type: 'stop', id })
    setTimeout(() => this.#hearing.has(id) && this.end(), stopsWithinMs).unref()
  }

  end(): void {
    this.#isEnding = true
    this.#child.ref()
    this.#child.kill('SIGKILL')
  }

  /** A model that nobody asks anything keeps no process from its end. */
  #hold(isAsked: boolean): void {
    if (isAsked) {
      this.#child.ref()
      this.#child.channel?.ref()
    } else {
      this.#child.unref()
      this.#child.channel?.unref()
    }
  }

  #send(message: ToChild): void {
    // What does not arrive is told by its end.
    if (this.#child.connected) this.#child.send(message, () => undefined)
  }

  #hear(message: FromChild): void {
    if (message.type === 'ready') {
      this.#isReady = true
      this.#loading.resolve()
      this.#hold(this.#hearing.size > 0)
    } else if (message.type === 'unusable') {
      this.#failure = message.failure
      this.end()
    } else {
      const hear = this.#hearing.get(message.id)
      if (message.said.type === 'ended' || message.said.type === 'failed') this.#hearing.delete(message.id)
      this.#hold(this.#hearing.size > 0)
      hear?.(message.said)
    }
  }

  #over(): void {
    this.#isOver = true
    const failure = this.#failure ?? crashed(this.#isReady)
    this.#loading.reject(new ModelError(failure))
    const all = [...this.#hearing.values()]
    this.#hearing.clear()
    for (const hear of all) hear({ type: 'failed', failure })
  }
}

/** A part of a prompt takes a large model so long. */
const stopsWithinMs = 120_000

const crashed = (wasReady: boolean): ModelFailure =>
  wasReady
    ? { type: 'away', detail: 'the process that runs this model broke off' }
    : { type: 'unknown-model', detail: 'its file cannot be loaded' }

const alive = new Set<ChildProcess>()
process.on('exit', () => {
  for (const child of alive) child.kill('SIGKILL')
})
