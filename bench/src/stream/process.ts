import { fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { runCrowd } from './crowd.ts'
import type { CrowdPlan, CrowdResult } from './crowd.ts'

/** Whoever listens, in a process of its own. */
export async function runCrowdApart(plan: CrowdPlan): Promise<CrowdResult> {
  const child = fork(fileURLToPath(import.meta.url), [], {
    serialization: 'advanced',
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  })
  const exited = once(child, 'exit').then(([code]): never => {
    throw new Error(`Those who listen ended with ${String(code)} before their result.`)
  })
  try {
    child.send(plan)
    const [result] = (await Promise.race([once(child, 'message'), exited])) as [CrowdResult]
    return result
  } finally {
    exited.catch(() => undefined)
    child.kill()
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url) && process.send !== undefined) {
  process.once('message', (plan: CrowdPlan) => {
    void runCrowd(plan).then((result) => process.send?.(result))
  })
  process.on('disconnect', () => process.exit(0))
}
