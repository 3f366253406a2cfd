import { fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { family } from '../../../packages/testing/src/soak/processes.ts'
import type { ProcessSight } from '../../../packages/testing/src/soak/processes.ts'

/** How a stream is told: so many tokens, one each so many milliseconds, with the instant of each in its text or not. */
export interface Speech {
  readonly tokens: number
  readonly everyMs: number
  readonly stamped: boolean
}

/** `refuses`: no connection is taken, and those that were there are gone. */
export type Behaviour = 'well' | 'errors' | 'hangs' | 'refuses'

export type UpstreamQuestion =
  | { readonly type: 'listen'; readonly port: number }
  | { readonly type: 'speak'; readonly speech: Speech }
  | { readonly type: 'behave'; readonly behaviour: Behaviour }
  | { readonly type: 'answered' }

export interface UpstreamAnswer {
  readonly port?: number
  readonly answered?: number
}

/** A provider of the fastest sort, in a process of its own. */
export interface Upstream extends AsyncDisposable {
  readonly port: number
  /** What all of its paths begin with. */
  readonly url: string
  readonly family: () => readonly ProcessSight[]
  readonly speak: (speech: Speech) => Promise<void>
  readonly behave: (behaviour: Behaviour) => Promise<void>
  /** How many it has answered in full. */
  readonly answered: () => Promise<number>
  /** Ends it at once, whatever it is at. */
  readonly kill: () => Promise<void>
}

export async function startUpstream(port = 0): Promise<Upstream> {
  const child = fork(fileURLToPath(new URL('./server.ts', import.meta.url)), { stdio: ['ignore', 2, 'inherit', 'ipc'] })
  const exited = once(child, 'exit')
  const died = exited.then(([code]): never => {
    throw new Error(`The upstream ended with ${String(code)}.`)
  })
  died.catch(() => undefined)
  const ask = async (question: UpstreamQuestion): Promise<UpstreamAnswer> => {
    const answer = once(child, 'message')
    child.send(question)
    const [told] = (await Promise.race([answer, died])) as [UpstreamAnswer]
    return told
  }
  const kill = async (): Promise<void> => {
    child.kill('SIGKILL')
    await exited
  }
  const listening = (await ask({ type: 'listen', port })).port ?? 0
  return {
    port: listening,
    url: `http://127.0.0.1:${listening}/v1`,
    family: () => (child.pid === undefined ? [] : family(child.pid)),
    speak: async (speech) => void (await ask({ type: 'speak', speech })),
    behave: async (behaviour) => void (await ask({ type: 'behave', behaviour })),
    answered: async () => (await ask({ type: 'answered' })).answered ?? NaN,
    kill,
    [Symbol.asyncDispose]: kill,
  }
}
