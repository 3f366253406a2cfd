import { Worker } from 'node:worker_threads'
import type { Batch, Worked } from './words.ts'

/** A worker that makes vectors, one batch after the other. */
export interface Thread {
  work(batch: Batch): void
  end(): void
}

export interface ThreadEvents {
  readonly worked: (worked: Worked) => void
  /** It ended by itself, and nothing more comes from it. */
  readonly died: (reason: string) => void
}

export type StartThread = (events: ThreadEvents) => Thread

/** What it holds beside its tensors, which the size of a batch bounds. */
const usualHeapMb = 256

export const startThread: StartThread = (events) => threadWithin(usualHeapMb, events)

export function threadWithin(mostHeapMb: number, { worked, died }: ThreadEvents): Thread {
  const worker = new Worker(new URL('./worker.ts', import.meta.url), {
    name: 'embedder',
    env: {},
    // What it prints is no answer of the server's. It is not read either: a stream that is read keeps the process alive.
    stdout: true,
    resourceLimits: { maxOldGenerationSizeMb: mostHeapMb },
  })
  let isOver = false
  const over = (reason: string): void => {
    if (isOver) return
    isOver = true
    died(reason)
  }
  worker.on('message', (message: Worked) => {
    worker.unref()
    if (!isOver) worked(message)
  })
  worker.on('error', (error: unknown) => over(error instanceof Error ? error.message : String(error)))
  worker.on('messageerror', () => over('it said what could not be read'))
  worker.on('exit', () => over('it ended'))
  // Alone it keeps no process alive; while somebody waits for it, it does.
  worker.unref()
  return {
    work: (batch) => {
      worker.ref()
      worker.postMessage(batch)
    },
    end: () => {
      isOver = true
      void worker.terminate()
    },
  }
}
