import { Worker } from 'bullmq'
import { Redis } from 'ioredis'
import { serve } from '../front.ts'
import { eventsOf, queueName, viewRows } from './queue.ts'

export interface WorkerPlan {
  readonly socket: string
  readonly concurrency: number
}

interface Job {
  readonly data: { readonly stream: string; readonly events: number }
}

/** Writes the events and the view row of a job in one MULTI; that the job completes settles its effect. */
async function start({ socket, concurrency }: WorkerPlan): Promise<number> {
  const redis = new Redis({ path: socket })
  const record = async ({ data: { stream, events } }: Job): Promise<void> => {
    const at = new Date().toISOString()
    const written = Array.from({ length: events }, (_, index) =>
      JSON.stringify({ type: 'probe.recorded', at, number: index + 1 }),
    )
    const results = await redis
      .multi()
      .rpush(eventsOf(stream), ...written)
      .hincrby(viewRows, stream, events)
      .exec()
    for (const [error] of results ?? []) if (error !== null) throw error
  }
  // Without null a blocking command that is cut would fail for good.
  const connection = { path: socket, maxRetriesPerRequest: null }
  const worker = new Worker(queueName, record, { connection, concurrency })
  worker.on('error', (error) => console.error(error))
  await worker.waitUntilReady()
  return 0
}

serve(start)
