import { fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { runLoad } from './load.ts'
import type { LoadPlan, LoadResult } from './load.ts'

/** Runs the load in a process of its own, so that its work delays nobody's event loop but its own. */
export async function runLoadApart(plan: LoadPlan): Promise<LoadResult> {
  const child = fork(fileURLToPath(import.meta.url), [], {
    serialization: 'advanced',
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  })
  const exited = once(child, 'exit').then(([code]): never => {
    throw new Error(`The load generator ended with ${String(code)} before its result.`)
  })
  try {
    child.send(plan)
    const [result] = (await Promise.race([once(child, 'message'), exited])) as [LoadResult]
    return result
  } finally {
    exited.catch(() => undefined)
    child.kill()
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url) && process.send !== undefined) {
  process.once('message', (plan: LoadPlan) => {
    void runLoad(plan).then((result) => process.send?.(result))
  })
  process.on('disconnect', () => process.exit(0))
}
