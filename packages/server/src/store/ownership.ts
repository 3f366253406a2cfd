import { randomUUID } from 'node:crypto'
import type { StoreTrouble } from '@hearth/kernel'
import { HearthError } from '@hearth/protocol'
import postgres, { type Sql } from 'postgres'
import type { ConnectionOptions } from './connection.ts'
import { createRenewingClient, type RenewingClient } from './renewing.ts'
import { troubleOf } from './trouble.ts'

export interface Ownership extends AsyncDisposable {
  /** Whether the database answered lately and this server is still the only one on it. */
  alive(): boolean
  /** While it did not: why, as far as it said, and since when by the machine's clock. */
  silence(): { readonly trouble: StoreTrouble; readonly since: number } | null
}

const lockKey = 0x48656172
const beatMs = 300
const silenceMs = 700
/** A connection that hangs this long is given up: the next takes the lock from it. */
const hangsMs = 2_000

/**
 * Holds the advisory lock that makes this the only server of the database, and feels its pulse through the same connection.
 * Refuses with `store.owned` when another server keeps the lock; a killed one lets go of it as its connections close.
 */
export async function ownDatabase(options: {
  readonly connection: ConnectionOptions
  readonly patienceMs: number
  readonly onLost: () => void
}): Promise<Ownership> {
  // Its own among all servers: whatever connection of that name holds the lock is one of ours that was lost.
  const name = `hearth-owner ${randomUUID()}`
  const client = createRenewingClient(() => options.connection, {
    max: 1,
    patienceMs: hangsMs,
    connection: { application_name: name },
  })
  let backend = await take(client, options.patienceMs, name)
  let answered = performance.now()
  let waiting = false
  let trouble: StoreTrouble = 'slow'
  const holds = (): void => {
    answered = performance.now()
    trouble = 'slow'
  }
  const beat = async (): Promise<void> => {
    const [row] = await client.use((sql) => sql<Backend[]>`${self(sql)}`)
    // A new connection has no lock: whoever took it meanwhile owns the database now.
    if (!isSame(row, backend)) backend = await take(client, options.patienceMs, name, holds)
    holds()
  }
  const timer = setInterval(() => {
    if (waiting) return
    waiting = true
    beat()
      .catch((error: unknown) => {
        if (error instanceof HearthError) options.onLost()
        else trouble = troubleOf(error) ?? trouble
      })
      .finally(() => {
        waiting = false
      })
  }, beatMs)
  return {
    alive: () => performance.now() - answered < silenceMs,
    silence: () => {
      const forMs = performance.now() - answered
      return forMs < silenceMs ? null : { trouble, since: Math.round(Date.now() - forMs) }
    },
    [Symbol.asyncDispose]: async () => {
      clearInterval(timer)
      await client[Symbol.asyncDispose]()
    },
  }
}

/** Told apart by its beginning too: after a restart of PostgreSQL its number may be another's. */
interface Backend {
  readonly pid: number
  readonly since: string
}

const isSame = (one: Backend | undefined, other: Backend): boolean =>
  one?.pid === other.pid && one.since === other.since

const self = (sql: Sql) => sql`
  select pid, backend_start::text as since from pg_stat_activity where pid = pg_backend_pid()`

async function take(
  client: RenewingClient,
  patienceMs: number,
  name: string,
  holds: () => void = () => undefined,
): Promise<Backend> {
  let deadline = performance.now() + patienceMs
  for (;;) {
    const asked = await tryLock(client, name).catch((error: unknown) => {
      // A connection that hangs or closes is tried anew for a while.
      if (error instanceof postgres.PostgresError || performance.now() > deadline) throw error
      return null
    })
    if (asked?.type === 'got') return asked.backend
    if (asked?.type === 'ours') {
      // Nobody else has it.
      holds()
      deadline = performance.now() + patienceMs
    }
    if (performance.now() > deadline)
      throw new HearthError('store.owned', 'Another Hearth server is using this database.')
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
}

type Asked = { readonly type: 'got'; readonly backend: Backend } | { readonly type: 'ours' | 'taken' }

async function tryLock(client: RenewingClient, name: string): Promise<Asked> {
  const [row] = await client.use(
    (sql) => sql<(Backend & { got: boolean })[]>`
    select pg_try_advisory_lock(${lockKey}) as got, mine.* from (${self(sql)}) mine`,
  )
  if (row?.got === true) return { type: 'got', backend: { pid: row.pid, since: row.since } }
  const ended = await client.use((sql) => endFormer(sql, name))
  return { type: ended.length > 0 ? 'ours' : 'taken' }
}

// A connection that was cut on the way lives on at the server's end, and holds the lock for nobody.
const endFormer = (sql: Sql, name: string) => sql`
  select pg_terminate_backend(l.pid) from pg_locks l join pg_stat_activity a on a.pid = l.pid
   where l.locktype = 'advisory' and l.granted and l.classid = 0 and l.objid = ${lockKey}
     and l.pid <> pg_backend_pid() and a.application_name = ${name}`
