import { HearthError } from '@hearth/protocol'
import type { ConnectionOptions } from './connection.ts'
import { createRenewingClient, type RenewingClient } from './renewing.ts'

export interface Ownership extends AsyncDisposable {
  /** Whether the database answered lately and this server is still the only one on it. */
  alive(): boolean
}

const lockKey = 0x48656172
const beatMs = 300
const silenceMs = 700

/**
 * Holds the advisory lock that makes this the only server of the database, and feels its pulse through the same connection.
 * Refuses with `store.owned` when another server keeps the lock; a killed one lets go of it as its connections close.
 */
export async function ownDatabase(options: {
  readonly connection: ConnectionOptions
  readonly patienceMs: number
  readonly onLost: () => void
}): Promise<Ownership> {
  const client = createRenewingClient(() => options.connection, {
    max: 1,
    connection: { application_name: 'hearth-owner' },
  })
  let backend = await take(client, options.patienceMs)
  let answered = Date.now()
  let waiting = false
  const beat = async (): Promise<void> => {
    const [row] = await client.use((sql) => sql<{ pid: number }[]>`select pg_backend_pid() as pid`)
    // A new connection has no lock: whoever took it meanwhile owns the database now.
    if (row?.pid !== backend) backend = await take(client, options.patienceMs)
    answered = Date.now()
  }
  const timer = setInterval(() => {
    if (waiting) return
    waiting = true
    beat()
      .catch((error: unknown) => {
        if (error instanceof HearthError) options.onLost()
      })
      .finally(() => {
        waiting = false
      })
  }, beatMs)
  return {
    alive: () => Date.now() - answered < silenceMs,
    [Symbol.asyncDispose]: async () => {
      clearInterval(timer)
      await client[Symbol.asyncDispose]()
    },
  }
}

async function take(client: RenewingClient, patienceMs: number): Promise<number> {
  const deadline = Date.now() + patienceMs
  for (;;) {
    const [row] = await client.use(
      (sql) =>
        sql<{ got: boolean; pid: number }[]>`select pg_try_advisory_lock(${lockKey}) as got, pg_backend_pid() as pid`,
    )
    if (row?.got === true) return row.pid
    if (Date.now() > deadline) throw new HearthError('store.owned', 'Another Hearth server is using this database.')
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
}
