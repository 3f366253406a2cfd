import { fork, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { family } from '../../../packages/testing/src/soak/processes.ts'
import { readServerFile } from '../../../packages/testing/src/soak/server-process.ts'
import type { Processes } from '../../src/cost.ts'

const readyWithinMs = 60_000
const stoppedWithinMs = 20_000

export interface Server extends AsyncDisposable {
  readonly port: number
  readonly headers: Readonly<Record<string, string>>
  readonly postgres: { readonly pid: number; readonly socket: string; readonly data: string }
  readonly processes: Processes
  /** What the status says of the event loop, start and warm-up included. */
  readonly loopDelayP99Ms: () => Promise<number>
  /** From here on the lateness of the event loop is counted. */
  readonly beginDelay: () => void
  readonly delayP99Ms: () => Promise<number>
  /** Throws when the server has ended by itself. */
  readonly assertRunning: () => void
  /** The end of what it wrote. */
  readonly said: () => string
}

/** Starts the server of a variant in a process of its own, with an empty data folder. */
export async function startVariant(name: string, data: string): Promise<Server> {
  const child = fork(fileURLToPath(new URL('../serve.ts', import.meta.url)), [name, data], {
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  })
  const said = keepLast(child)
  const assertRunning = (): void => {
    if (child.exitCode === null && child.signalCode === null) return
    throw new Error(`the server ended (${child.exitCode ?? child.signalCode})`)
  }
  const stop = (): Promise<void> => stopChild(child, data)
  try {
    await untilReady(child, assertRunning)
    return { ...describe(child, data), assertRunning, said, [Symbol.asyncDispose]: stop }
  } catch (error) {
    await stop()
    throw new Error(`${name} did not start:\n${said()}`, { cause: error })
  }
}

function describe(
  child: ChildProcess,
  data: string,
): Omit<Server, 'assertRunning' | 'said' | typeof Symbol.asyncDispose> {
  const file = readServerFile(data)
  if (file?.postgres == null || child.pid === undefined) throw new Error('server.json names no PostgreSQL of its own')
  const { url, postgres } = file
  const pid = child.pid
  const key = readFileSync(join(data, 'owner.key'), 'utf8').trim()
  const headers = { authorization: `Bearer ${key}`, 'content-type': 'application/json' }
  return {
    port: Number(new URL(url).port),
    headers,
    postgres,
    processes: {
      server: () => family(pid).filter((member) => member.pid === pid),
      postgres: () => family(postgres.pid),
    },
    loopDelayP99Ms: async () => {
      const response = await fetch(`${url}/api/v1/status`, { headers })
      return Number(((await response.json()) as Record<string, unknown>)['loopDelayP99Ms'])
    },
    beginDelay: () => void child.send('begin'),
    delayP99Ms: async () => {
      const answered = once(child, 'message')
      child.send('read')
      const [{ p99Ms }] = (await answered) as [{ readonly p99Ms: number }]
      return p99Ms
    },
  }
}

/** The end of what it wrote to either output. */
function keepLast(child: ChildProcess): () => string {
  let last = ''
  const keep = (chunk: Buffer): void => {
    last = (last + chunk.toString('utf8')).slice(-4000)
  }
  child.stdout?.on('data', keep)
  child.stderr?.on('data', keep)
  return () => last
}

async function untilReady(child: ChildProcess, assertRunning: () => void): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<'ready'>()
  child.stdout?.on('data', (chunk: Buffer) => {
    if (chunk.includes('Hearth is ready at')) resolve('ready')
  })
  const late = AbortSignal.timeout(readyWithinMs)
  await Promise.race([promise, once(child, 'exit'), once(late, 'abort')])
  assertRunning()
  if (late.aborted) throw new Error('the server was not ready in time')
}

async function stopChild(child: ChildProcess, data: string): Promise<void> {
  if (child.exitCode === null && child.signalCode === null) {
    const exited = once(child, 'exit')
    child.kill('SIGTERM')
    const timer = setTimeout(() => child.kill('SIGKILL'), stoppedWithinMs)
    await exited
    clearTimeout(timer)
  }
  if (existsSync(join(data, 'server.json'))) throw new Error(`the server did not end cleanly: see ${data}`)
}
