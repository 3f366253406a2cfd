import { fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { family } from '../../../packages/testing/src/soak/processes.ts'
import type { ProcessSight } from '../../../packages/testing/src/soak/processes.ts'

export interface PeerProcess extends AsyncDisposable {
  readonly port: number
  readonly family: () => readonly ProcessSight[]
  /** The 99th percentile since it was last asked. */
  readonly loopDelayMs: () => Promise<number>
}

/** Starts a module that calls `serve`, in a process of its own. Standard output is kept for the result. */
export async function startProcess(module: URL, plan: object): Promise<PeerProcess> {
  const child = fork(fileURLToPath(module), { stdio: ['ignore', 2, 'inherit', 'ipc'] })
  const exited = once(child, 'exit')
  const died = exited.then(([code]): never => {
    throw new Error(`Its server ended with ${String(code)}.`)
  })
  died.catch(() => undefined)
  const end = async (): Promise<void> => {
    if (child.connected) child.disconnect()
    await exited
  }
  const asked = async (question: object): Promise<Record<string, unknown>> => {
    const answer = once(child, 'message')
    child.send(question)
    const [answered] = (await Promise.race([answer, died])) as [Record<string, unknown>]
    return answered
  }
  try {
    const { port } = await asked(plan)
    return {
      port: Number(port),
      family: () => (child.pid === undefined ? [] : family(child.pid)),
      loopDelayMs: async () => Number((await asked({ type: 'loop-delay' }))['loopDelayMs']),
      [Symbol.asyncDispose]: end,
    }
  } catch (error) {
    await end()
    throw error
  }
}
