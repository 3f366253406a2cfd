import { randomUUID } from 'node:crypto'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import Fastify from 'fastify'

/** What runs inside the process of a peer: its HTTP front, and what it tells the process that measures. */

export interface Message {
  readonly stream: string
  readonly events: number
  /** The caller's idempotency key, or one made for this request. */
  readonly key: string
}

const body = {
  type: 'object',
  properties: { stream: { type: 'string', maxLength: 200 }, events: { type: 'integer', minimum: 1, maximum: 100 } },
  required: ['stream', 'events'],
  additionalProperties: false,
}

/** Listens on a port of its own; a request is answered when `take` says that its message is durable. */
export async function listen(take: (message: Message) => Promise<void>): Promise<number> {
  const app = Fastify()
  app.post<{ Body: { stream: string; events: number } }>('/record', { schema: { body } }, async (request) => {
    const { stream, events } = request.body
    const given = request.headers['idempotency-key']
    await take({ stream, events, key: typeof given === 'string' ? given : randomUUID() })
    return { events }
  })
  await app.listen({ host: '127.0.0.1', port: 0 })
  const address = app.server.address()
  if (address === null || typeof address === 'string') throw new Error('The system gave no port.')
  return address.port
}

const resolutionMs = 20

/** Starts on the plan that the parent sends, answers with its port, and ends with the parent. */
export function serve<Plan>(start: (plan: Plan) => Promise<number>): void {
  const delay = monitorEventLoopDelay({ resolution: resolutionMs })
  process.once('message', (plan: Plan) => {
    void start(plan).then((port) => {
      delay.enable()
      process.send?.({ port })
      process.on('message', () => {
        // A sample is the time between two ticks, the wait for the tick included.
        process.send?.({ loopDelayMs: Math.max(0, delay.percentile(99) / 1e6 - resolutionMs) })
        delay.reset()
      })
    })
  })
  process.on('disconnect', () => process.exit(0))
}
