import { fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import type { ReceiverAnswer, ReceiverQuestion } from './receiver.ts'

export interface Receiver extends AsyncDisposable {
  readonly pid: number
  readonly url: string
  readonly useSecret: (secret: string) => void
  /** `accepted` counts distinct ids that got a whole 2xx answer. */
  readonly count: () => Promise<{ readonly received: number; readonly accepted: number }>
}

export async function startReceiver(ledgerPath: string, seed: string): Promise<Receiver> {
  const program = fileURLToPath(new URL('./receiver.ts', import.meta.url))
  const child = fork(program, [ledgerPath, seed], { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] })
  const exited = once(child, 'exit')
  const died = exited.then((): never => {
    throw new Error('The receiver of webhooks died.')
  })
  died.catch(() => undefined)
  const ask = (question: ReceiverQuestion): boolean => child.send(question)
  const hear = async <T extends ReceiverAnswer['type']>(type: T): Promise<Extract<ReceiverAnswer, { type: T }>> => {
    for (;;) {
      const [answer] = (await Promise.race([once(child, 'message'), died])) as [ReceiverAnswer]
      if (answer.type === type) return answer as Extract<ReceiverAnswer, { type: T }>
    }
  }
  const { port } = await hear('listening')
  if (child.pid === undefined) throw new Error('The receiver of webhooks did not start.')
  return {
    pid: child.pid,
    url: `http://127.0.0.1:${port}/hearth`,
    useSecret: (secret) => void ask({ type: 'secret', secret }),
    count: async () => {
      const heard = hear('counted')
      ask({ type: 'count' })
      return await heard
    },
    [Symbol.asyncDispose]: async () => {
      if (child.connected) child.disconnect()
      await exited
    },
  }
}
