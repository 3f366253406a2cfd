import { Redis } from 'ioredis'
import { eventsOf, queueName, viewRows } from './queue.ts'

/** A second connection, which counts what Redis holds and knows nothing of what the server said. */
export interface Counts extends Disposable {
  readonly events: () => Promise<number>
  readonly settled: () => Promise<number>
  readonly owed: () => Promise<number>
}

export function openCounts(socket: string): Counts {
  const redis = new Redis({ path: socket })
  const jobs = (state: string): string => `bull:${queueName}:${state}`
  return {
    events: async () => {
      const lengths = redis.pipeline()
      for (const stream of await redis.hkeys(viewRows)) lengths.llen(eventsOf(stream))
      return ((await lengths.exec()) ?? []).reduce((sum, [, length]) => sum + Number(length), 0)
    },
    settled: () => redis.zcard(jobs('completed')),
    owed: async () => (await redis.llen(jobs('wait'))) + (await redis.llen(jobs('active'))),
    [Symbol.dispose]: () => redis.disconnect(),
  }
}
