import { family } from '../../../../packages/testing/src/soak/processes.ts'
import { frontPath, json } from '../peer.ts'
import type { Peer } from '../peer.ts'
import { startProcess } from '../process.ts'
import { sizeBelow } from '../size.ts'
import { openCounts } from './counts.ts'
import { redisSettings, startRedis } from './redis.ts'
import type { BullMqPlan } from './server.ts'
import type { WorkerPlan } from './worker.ts'

// 20, 50 and 256 were slower, and so was a worker in the front's process; adding jobs in bulk made no difference.
const concurrency = 100

export const bullMq: Peer = {
  name: 'bullmq',
  differs:
    'a job a message, its id the idempotency key: the request is answered when Redis has the job on disk, before its events and its view row are written, which a worker in a process of its own does; the completed job is the effect; job, events and view row are in no transaction together: a worker that dies between them writes the events twice; everything is held in memory too; no seal, no chain, no roles, and the front checks no caller',
  settings: { concurrency, redis: redisSettings, counted: 'entries of the lists of events; completed jobs, all kept' },
  start: async (folder) => {
    await using stack = new AsyncDisposableStack()
    const redis = await startRedis(folder)
    if (redis === null)
      return { absent: 'there is no redis-server on this machine, and Debian’s package could not be unpacked' }
    stack.use(redis)
    const { socket } = redis
    const front: BullMqPlan = { socket }
    const work: WorkerPlan = { socket, concurrency }
    const server = stack.use(await startProcess(new URL('./server.ts', import.meta.url), front))
    const worker = stack.use(await startProcess(new URL('./worker.ts', import.meta.url), work))
    const counts = stack.use(openCounts(socket))
    const owned = stack.move()
    return {
      port: server.port,
      path: frontPath,
      headers: json,
      store: {
        events: counts.events,
        diskBytes: () => sizeBelow(folder),
        walBytes: async () => null,
        [Symbol.asyncDispose]: async () => undefined,
      },
      storeName: 'redis',
      processes: { server: () => [...server.family(), ...worker.family()], postgres: () => family(redis.pid) },
      settled: counts.settled,
      owed: counts.owed,
      loopDelayMs: server.loopDelayMs,
      [Symbol.asyncDispose]: () => owned.disposeAsync(),
    }
  },
}
