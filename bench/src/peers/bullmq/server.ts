import { Queue } from 'bullmq'
import { listen, serve } from '../front.ts'
import { queueName } from './queue.ts'

export interface BullMqPlan {
  readonly socket: string
}

/** A request is a job; it is answered when Redis has it on disk. */
async function start({ socket }: BullMqPlan): Promise<number> {
  const queue = new Queue(queueName, { connection: { path: socket } })
  await queue.waitUntilReady()
  return await listen(async ({ stream, events, key }) => {
    await queue.add('record', { stream, events }, { jobId: key })
  })
}

serve(start)
