import cluster, { type Worker } from 'node:cluster'
import { fileURLToPath } from 'node:url'
import type { Logs } from '../platform/logs.ts'
import type { Ownership } from '../store/ownership.ts'
import { createChannel, type Channel, type Handlers } from './channel.ts'
import type { Beginning, SupervisorWords, WorkerWords } from './words.ts'

/** A worker as its supervisor sees it. */
export interface WorkerHandle {
  readonly id: string
  readonly pid: number
  /** Where other workers reach it. */
  readonly port: number
  readonly ask: Channel<WorkerWords>['ask']
  readonly exited: Promise<void>
  isAlive(): boolean
  kill(): void
}

export const beatMs = 250
/** A worker that leaves so many beats without an answer is ended: it hangs, and so do its homes. */
const mostBeats = 40
const beginWithinMs = 60_000

const program = fileURLToPath(new URL('main.ts', import.meta.url))

export interface Starting {
  readonly beginning: Beginning
  readonly handlers: Handlers<SupervisorWords>
  readonly logs: Logs
  readonly silence: Ownership['silence']
}

/** Resolves when the worker has begun: it holds nothing and takes no calls yet. Throws what kept it from that. */
export async function startWorker({ beginning, handlers, logs, silence }: Starting): Promise<WorkerHandle> {
  const { id } = beginning
  // Each accepts for itself: a connection on its way from here to one that dies would be held open for ever, and answered by nobody.
  cluster.schedulingPolicy = cluster.SCHED_NONE
  // Advanced: keys go to it as bytes.
  cluster.setupPrimary({ exec: program, args: [], silent: true, serialization: 'advanced' })
  const worker = cluster.fork()
  const exited = Promise.withResolvers<void>()
  let isAlive = true
  const channel = createChannel<WorkerWords, SupervisorWords>(
    {
      send: (message) => {
        if (worker.isConnected()) worker.send(message as object, () => undefined)
      },
      listen: (receive) => worker.on('message', receive),
    },
    handlers,
  )
  relay(worker, logs)
  worker.on('error', (error) => logs.log.warn({ err: error, worker: id }, 'a worker could not be told something'))
  worker.once('exit', (code, signal) => {
    isAlive = false
    logs.log.info({ worker: id, code, signal }, 'the process of a worker has ended')
    channel.end()
    exited.resolve()
  })
  const kill = (): void => void worker.process.kill('SIGKILL')
  const late = setTimeout(kill, beginWithinMs)
  let port: number
  try {
    port = await channel.ask('begin', beginning)
  } catch (error) {
    kill()
    await exited.promise
    throw error
  } finally {
    clearTimeout(late)
  }
  let unanswered = 0
  const beats = setInterval(() => {
    if (unanswered >= mostBeats) {
      logs.log.error({ worker: id }, 'a worker hangs: it is ended')
      return kill()
    }
    unanswered += 1
    channel.ask('pulse', silence()).then(
      () => (unanswered = 0),
      () => undefined,
    )
  }, beatMs)
  void exited.promise.then(() => clearInterval(beats))
  return {
    id,
    pid: worker.process.pid ?? 0,
    port,
    ask: channel.ask,
    exited: exited.promise,
    isAlive: () => isAlive,
    kill,
  }
}

/** What it writes goes into the one log of the server, a line at a time. */
function relay(worker: Worker, logs: Logs): void {
  for (const stream of [worker.process.stderr, worker.process.stdout]) {
    let rest = ''
    stream?.setEncoding('utf8').on('data', (text: string) => {
      const lines = (rest + text).split('\n')
      rest = lines.pop() ?? ''
      for (const line of lines) logs.write(`${line}\n`)
    })
  }
}
