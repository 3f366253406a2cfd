import { fork } from 'node:child_process'
import { once } from 'node:events'
import { Agent, request } from 'node:http'
import { fileURLToPath } from 'node:url'
import { makeHistogram, record, type Histogram } from '../load/histogram.ts'

export interface UsersPlan {
  readonly port: number
  readonly headers: Readonly<Record<string, string>>
  /** Homes with the ids of their reminders: those that are listed and changed. */
  readonly homes: readonly { readonly home: string; readonly reminders: readonly string[] }[]
  readonly listsPerSecond: number
  readonly changesPerSecond: number
  readonly seconds: number
}

export interface UsersResult {
  /** From the moment a call ought to have been sent. */
  readonly list: Histogram
  readonly change: Histogram
  readonly listed: number
  readonly changed: number
  readonly failed: number
}

const ahead = 1.1

/** People who look at their reminders and change them, in a process of their own. */
async function live(plan: UsersPlan): Promise<UsersResult> {
  const { port, headers, homes, seconds } = plan
  const agent = new Agent({ keepAlive: true, maxSockets: 64 })
  const result = { list: makeHistogram(), change: makeHistogram(), listed: 0, changed: 0, failed: 0 }
  const call = (operation: string, input: object): Promise<void> =>
    new Promise((resolve, reject) => {
      const sending = request(
        { host: '127.0.0.1', port, agent, method: 'POST', path: `/api/v1/call/${operation}`, headers },
        (response) => {
          response.resume()
          response.on('end', () =>
            response.statusCode === 200 ? resolve() : reject(new Error(String(response.statusCode))),
          )
        },
      )
      sending.on('error', reject)
      sending.end(JSON.stringify(input))
    })
  let turn = 0
  const next = () => homes[(turn = (turn + 7919) % homes.length)] as UsersPlan['homes'][number]
  const paced = async (
    perSecond: number,
    histogram: Histogram,
    each: (index: number) => Promise<void>,
  ): Promise<number> => {
    const begin = performance.now() + 100
    const running = new Set<Promise<void>>()
    let done = 0
    for (let index = 0; index < perSecond * seconds; index += 1) {
      const due = begin + (index * 1000) / perSecond
      const wait = due - performance.now()
      if (wait > ahead) await new Promise((resolve) => setTimeout(resolve, wait))
      const calling: Promise<void> = each(index)
        .then(() => {
          done += 1
          record(histogram, Math.max(0, performance.now() - due))
        })
        .catch(() => void (result.failed += 1))
        .finally(() => running.delete(calling))
      running.add(calling)
    }
    await Promise.all(running)
    return done
  }
  const [listed, changed] = await Promise.all([
    paced(plan.listsPerSecond, result.list, () => call('reminders.list', { home: next().home })),
    paced(plan.changesPerSecond, result.change, (index) => {
      const { home, reminders } = next()
      const start = `2090-01-01T0${index % 10}:00:00Z`
      return call('reminders.change', {
        id: reminders[index % reminders.length],
        home,
        text: `changed ${index}`,
        at: start,
      })
    }),
  ])
  agent.destroy()
  return { ...result, listed, changed }
}

export async function liveApart(plan: UsersPlan): Promise<UsersResult> {
  const child = fork(fileURLToPath(import.meta.url), [], {
    serialization: 'advanced',
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  })
  const exited = once(child, 'exit').then(([code]): never => {
    throw new Error(`The users ended with ${String(code)} before their result.`)
  })
  exited.catch(() => undefined)
  try {
    child.send(plan)
    const [result] = (await Promise.race([once(child, 'message'), exited])) as [UsersResult]
    return result
  } finally {
    child.kill()
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url) && process.send !== undefined) {
  process.once('message', (plan: UsersPlan) => void live(plan).then((result) => process.send?.(result)))
  process.on('disconnect', () => process.exit(0))
}
