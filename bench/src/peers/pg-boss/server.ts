import { Pool } from 'pg'
import { PgBoss } from 'pg-boss'
import type { StoreAddress } from '../../store.ts'
import { makeBatches } from '../batches.ts'
import type { BatchLimits } from '../batches.ts'
import { listen, serve } from '../front.ts'
import type { Message } from '../front.ts'
import { recordBatch, tables } from '../tables.ts'
import { queue } from './queue.ts'

export interface PgBossPlan {
  readonly address: StoreAddress
  /** Connections of pg-boss itself. */
  readonly connections: number
  /** How requests share a transaction; `largest` 1 is a transaction each. */
  readonly batches: BatchLimits
  readonly workers: number
  readonly jobsAtOnce: number
  readonly pollingSeconds: number
}

/** Events, view row and job are written in one transaction; a worker finds the job, has nothing to do and completes it. */
async function start(plan: PgBossPlan): Promise<number> {
  const { address, connections, batches, workers, jobsAtOnce, pollingSeconds } = plan
  const pool = new Pool({ ...address, max: batches.writers })
  pool.on('error', (error) => console.error(error))
  await pool.query(tables)
  const boss = new PgBoss({ ...address, max: connections })
  boss.on('error', (error) => console.error(error))
  await boss.start()
  await boss.createQueue(queue)
  const polling = { pollingIntervalSeconds: pollingSeconds, burstWhenBatchFull: true }
  await boss.work(queue, { batchSize: jobsAtOnce, localConcurrency: workers, ...polling }, async () => undefined)
  const { add } = makeBatches<Message>((messages) => record(pool, boss, messages), batches)
  return await listen(add)
}

async function record(pool: Pool, boss: PgBoss, messages: readonly Message[]): Promise<void> {
  const client = await pool.connect()
  try {
    await client.query('begin')
    const { rows } = await client.query({
      name: 'record',
      text: recordBatch,
      values: [
        messages.map(({ key }) => key),
        messages.map(({ stream }) => stream),
        messages.map(({ events }) => events),
      ],
    })
    const jobs = rows.map(({ key }) => ({ data: { key } }))
    const db = { executeSql: (text: string, values?: unknown[]) => client.query(text, values) }
    if (jobs.length > 0) await boss.insert(queue, jobs, { db })
    await client.query('commit')
    client.release()
  } catch (error) {
    client.release(error as Error)
    throw error
  }
}

serve(start)
