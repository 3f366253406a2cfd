import { parentPort } from 'node:worker_threads'
import type { Prepared } from './preparer.ts'
import { createPreparing } from './preparing.ts'
import type { TextJob } from './words.ts'

const prepare = createPreparing()

const prepared = (job: TextJob): Prepared => {
  try {
    return { type: 'done', kept: prepare(job) }
  } catch {
    // Nothing of why: it may hold what was said.
    return { type: 'failed' }
  }
}

parentPort?.on('message', (job: TextJob) => parentPort?.postMessage(prepared(job)))
