import { DBOS } from '@dbos-inc/dbos-sdk'
import { Pool } from 'pg'
import postgres from 'postgres'
import type { StoreAddress } from '../../store.ts'
import { listen, serve } from '../front.ts'
import { recordBatch, tables } from '../tables.ts'

export interface DbosPlan {
  readonly address: StoreAddress
  /** Connections of DBOS itself. */
  readonly systemConnections: number
  /** Connections of the steps. */
  readonly stepConnections: number
}

/** One workflow a message: a step writes its events and its view row, then another runs the effect. */
async function start({ address, systemConnections, stepConnections }: DbosPlan): Promise<number> {
  const sql = postgres({ ...address, max: stepConnections, onnotice: () => undefined })
  await sql.unsafe(tables)
  const pool = new Pool({ ...address, max: systemConnections })
  pool.on('error', (error) => console.error(error))
  // A pool of its own, for an address with a folder in it is more than DBOS takes apart.
  DBOS.setConfig({ name: 'bench', systemDatabasePool: pool, logLevel: 'error' })
  const waiting = new Map<string, () => void>()
  const workflow = DBOS.registerWorkflow(
    async (stream: string, events: number): Promise<void> => {
      const id = DBOS.workflowID ?? ''
      const record = async (): Promise<void> => {
        await sql.unsafe(recordBatch, [[id], [stream], [events]], { prepare: true })
      }
      await DBOS.runStep(record, { name: 'record' })
      waiting.get(id)?.()
      await DBOS.runStep(async () => null, { name: 'effect' })
    },
    { name: 'record' },
  )
  await DBOS.launch()
  return await listen(async ({ stream, events, key }) => {
    const written = Promise.withResolvers<void>()
    waiting.set(key, written.resolve)
    try {
      const handle = await DBOS.startWorkflow(workflow, { workflowID: key })(stream, events)
      // A workflow of the same key that ran before, or one that fails, never comes to its `waiting`.
      await Promise.race([written.promise, handle.getResult()])
    } finally {
      waiting.delete(key)
    }
  })
}

serve(start)
