import { fork } from 'node:child_process'
import { once } from 'node:events'
import { Agent, request } from 'node:http'
import { fileURLToPath } from 'node:url'
import { WebSocket } from 'ws'
import { makeHistogram, record, type Histogram } from '../load/histogram.ts'

export interface CrowdPlan {
  readonly port: number
  readonly headers: Readonly<Record<string, string>>
  readonly watchers: number
  /** Watchers share them in turn. */
  readonly homes: number
  /** The reminder of each home that is changed. */
  readonly reminders: readonly string[]
}

export interface CrowdLoad {
  readonly changesPerSecond: number
  readonly seconds: number
}

export interface CrowdResult {
  /** From the moment a change ought to have been sent to its arrival at a watcher. */
  readonly delivery: Histogram
  /** From its acknowledgement, where that came first; 0 where it came after. */
  readonly afterAnswer: Histogram
  readonly changes: number
  readonly failed: number
  readonly delivered: number
  /** Watchers that hold something else than the last acknowledged text of their home when all is quiet. */
  readonly wrong: number
  readonly resets: number
  readonly closed: number
}

const connecting = 200
const quietMs = 2000
const mostQuietMs = 30_000

interface Watcher {
  readonly home: number
  text: string
}

/** Everybody who watches, and whoever changes, in a process of their own. */
class Crowd {
  readonly #plan: CrowdPlan
  readonly #watchers: Watcher[] = []
  readonly #sockets: WebSocket[] = []
  readonly #answeredAt = new Map<string, number>()
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 64 })
  #load = { delivery: makeHistogram(), afterAnswer: makeHistogram(), delivered: 0 }
  #resets = 0
  #closed = 0
  #lastArrival = 0

  constructor(plan: CrowdPlan) {
    this.#plan = plan
  }

  async gather(): Promise<void> {
    const { watchers } = this.#plan
    for (let from = 0; from < watchers; from += connecting)
      await Promise.all(
        Array.from({ length: Math.min(connecting, watchers - from) }, (_, step) => this.#join(from + step)),
      )
  }

  async run({ changesPerSecond, seconds }: CrowdLoad): Promise<CrowdResult> {
    const { homes } = this.#plan
    this.#load = { delivery: makeHistogram(), afterAnswer: makeHistogram(), delivered: 0 }
    const last = new Map<number, string>()
    const all = changesPerSecond * seconds
    const running = new Set<Promise<void>>()
    let failed = 0
    const begin = performance.now() + 100
    for (let index = 0; index < all; index += 1) {
      const due = begin + (index * 1000) / changesPerSecond
      const wait = due - performance.now()
      if (wait > 1) await new Promise((resolve) => setTimeout(resolve, wait))
      // Homes change in turn, so that none changes while its change before is on its way.
      const home = index % homes
      const text = `at ${due.toFixed(3)} ${index}`
      const changing: Promise<void> = this.#change(home, text)
        .then(() => void last.set(home, text))
        .catch(() => void (failed += 1))
        .finally(() => running.delete(changing))
      running.add(changing)
    }
    await Promise.all(running)
    const quietFrom = performance.now()
    while (
      performance.now() - Math.max(this.#lastArrival, quietFrom) < quietMs &&
      performance.now() - quietFrom < mostQuietMs
    )
      await new Promise((resolve) => setTimeout(resolve, 50))
    const wrong = this.#watchers.filter(({ home, text }) => last.has(home) && last.get(home) !== text).length
    return { ...this.#load, changes: all - failed, failed, wrong, resets: this.#resets, closed: this.#closed }
  }

  leave(): void {
    for (const socket of this.#sockets) socket.terminate()
    this.#agent.destroy()
  }

  #join(index: number): Promise<void> {
    const { port, headers, homes } = this.#plan
    const watcher: Watcher = { home: index % homes, text: '' }
    this.#watchers.push(watcher)
    const socket = new WebSocket(`ws://127.0.0.1:${port}/api/v1/live`, { headers, perMessageDeflate: false })
    this.#sockets.push(socket)
    socket.on('close', () => (this.#closed += 1))
    return new Promise((resolve, reject) => {
      socket.once('error', reject)
      socket.once('open', () =>
        socket.send(JSON.stringify({ id: 1, watch: 'reminders.list', input: { home: `w${watcher.home}` } })),
      )
      socket.on('message', (data: Buffer) => {
        const frame = data.toString('latin1')
        if (frame.includes('"error"')) reject(new Error(frame))
        if (frame.includes('"reset"')) this.#resets += 1
        this.#take(watcher, frame)
        resolve()
      })
    })
  }

  #take(watcher: Watcher, frame: string): void {
    // One frame may hold several changes; the last of them is what the watcher has then.
    for (const [text, due] of frame.matchAll(/at (\d+\.\d{3}) \d+/g)) {
      watcher.text = text
      const now = performance.now()
      this.#lastArrival = now
      this.#load.delivered += 1
      record(this.#load.delivery, Math.max(0, now - Number(due)))
      record(this.#load.afterAnswer, Math.max(0, now - (this.#answeredAt.get(text) ?? now)))
    }
  }

  #change(home: number, text: string): Promise<void> {
    const { port, headers, reminders } = this.#plan
    const body = JSON.stringify({ id: reminders[home], home: `w${home}`, text })
    return new Promise((resolve, reject) => {
      const sending = request(
        { host: '127.0.0.1', port, agent: this.#agent, method: 'POST', path: '/api/v1/call/reminders.change', headers },
        (response) => {
          if (response.statusCode !== 200) reject(new Error(String(response.statusCode)))
          this.#answeredAt.set(text, performance.now())
          response.resume()
          response.on('end', resolve)
        },
      )
      sending.on('error', reject)
      sending.end(body)
    })
  }
}

export interface GatheredCrowd extends AsyncDisposable {
  run(load: CrowdLoad): Promise<CrowdResult>
}

export async function gatherApart(plan: CrowdPlan): Promise<GatheredCrowd> {
  const child = fork(fileURLToPath(import.meta.url), [], {
    serialization: 'advanced',
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  })
  const exited = once(child, 'exit').then(([code]): never => {
    throw new Error(`The crowd ended with ${String(code)}.`)
  })
  exited.catch(() => undefined)
  const ask = async (message: object): Promise<unknown> => {
    child.send(message)
    const [answer] = (await Promise.race([once(child, 'message'), exited])) as [unknown]
    return answer
  }
  await ask({ gather: plan })
  return {
    run: async (load) => (await ask({ run: load })) as CrowdResult,
    [Symbol.asyncDispose]: async () => {
      child.kill()
      await once(child, 'exit').catch(() => undefined)
    },
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url) && process.send !== undefined) {
  let crowd: Crowd | undefined
  process.on('message', (message: { readonly gather?: CrowdPlan; readonly run?: CrowdLoad }) => {
    const work = async (): Promise<unknown> => {
      if (message.gather !== undefined) {
        crowd = new Crowd(message.gather)
        await crowd.gather()
        return 'gathered'
      }
      return await crowd?.run(message.run as CrowdLoad)
    }
    void work().then((answer) => process.send?.(answer))
  })
  process.on('disconnect', () => process.exit(0))
}
