import { Worker } from 'node:worker_threads'
import type { KeptTexts, TextJob } from './words.ts'

/** Makes texts ready to be kept, in a thread of its own: it may take some milliseconds, and what people wrote decides how many. */
export interface Preparer extends Disposable {
  /**
   * Null where it could not be done in time, or not at all: then nothing may be kept. Of several tenants each has its turn after the other, so
   * that patterns of one that take long hold up its own texts.
   */
  prepare(job: TextJob, tenant?: string): Promise<KeptTexts | null>
}

export type Prepared = { readonly type: 'done'; readonly kept: KeptTexts } | { readonly type: 'failed' }

const longestMs = 5_000
const idleMs = 30_000
const mostHeapMb = 128

export function createPreparer(longest = longestMs): Preparer {
  let thread: Thread | null = null
  let idle: NodeJS.Timeout | undefined
  /** By tenant; whose turn is next stands first. */
  const waiting = new Map<string, (() => Promise<void>)[]>()
  let isBusy = false

  const end = (): void => {
    clearTimeout(idle)
    thread?.end()
    thread = null
  }

  const one = async (job: TextJob): Promise<KeptTexts | null> => {
    clearTimeout(idle)
    if (thread?.isOver !== false) thread = new Thread()
    const said = await thread.work(job, longest)
    // One that was not ready in time may never be.
    if (said === null) end()
    else idle = setTimeout(end, idleMs).unref()
    return said?.type === 'done' ? said.kept : null
  }

  const goOn = async (): Promise<void> => {
    isBusy = true
    for (let [next] = waiting; next !== undefined; [next] = waiting) {
      const [tenant, own] = next
      waiting.delete(tenant)
      const work = own.shift()
      if (own.length > 0) waiting.set(tenant, own)
      await work?.()
    }
    isBusy = false
  }

  return {
    prepare: (job, tenant = '') => {
      const { promise, resolve, reject } = Promise.withResolvers<KeptTexts | null>()
      const own = waiting.get(tenant) ?? []
      own.push(() => one(job).then(resolve, reject))
      waiting.set(tenant, own)
      if (!isBusy) void goOn()
      return promise
    },
    [Symbol.dispose]: end,
  }
}

/** One job at a time. */
class Thread {
  readonly #worker = new Worker(new URL('./worker.ts', import.meta.url), {
    name: 'texts',
    env: {},
    stdout: true,
    stderr: true,
    resourceLimits: { maxOldGenerationSizeMb: mostHeapMb },
  })
  isOver = false
  #waiting: ((said: Prepared | null) => void) | null = null

  constructor() {
    this.#worker.on('message', (said: Prepared) => this.#over(said))
    this.#worker.on('error', () => this.#over(null))
    this.#worker.on('exit', () => {
      this.isOver = true
      this.#over(null)
    })
    this.#worker.unref()
  }

  work(job: TextJob, longest: number): Promise<Prepared | null> {
    return new Promise((resolve) => {
      const timer = setTimeout(() => this.#over(null), longest)
      this.#waiting = (said) => {
        clearTimeout(timer)
        this.#worker.unref()
        resolve(said)
      }
      this.#worker.ref()
      this.#worker.postMessage(job)
    })
  }

  end(): void {
    void this.#worker.terminate()
  }

  #over(said: Prepared | null): void {
    const waiting = this.#waiting
    this.#waiting = null
    waiting?.(said)
  }
}
