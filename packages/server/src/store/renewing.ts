import { HearthError } from '@hearth/protocol'
import postgres, { type Options, type Sql } from 'postgres'
import type { ConnectionOptions } from './connection.ts'

/**
 * A client that is given up as soon as one of its connections closes. postgres.js would connect again by itself, but it goes on
 * counting rows where the cut one stopped, so that the next answer has holes, and a query may be left without any answer:
 * here every query that a closed connection leaves behind is rejected.
 */
export interface RenewingClient extends AsyncDisposable {
  /** For queries in a form of one's own; runs them on a client whose connections are whole. */
  use<T>(ask: (sql: Sql) => Promise<T>): Promise<T>
  /** Lets go of a connection that hangs: what is under way is rejected. */
  interrupt(): void
}

interface Life {
  readonly sql: Sql
  readonly waiting: Set<(error: Error) => void>
  over: boolean
}

export class ConnectionLost extends Error {
  override readonly name = 'ConnectionLost'
  readonly code = 'CONNECTION_CLOSED'
}

export interface RenewingOptions extends Options<Record<string, never>> {
  /** A question that takes longer has its connection let go of; no limit when absent. */
  readonly patienceMs?: number
  /** Called when a client is given up: its connection closed, or hung. */
  readonly onEnd?: () => void
}

export function createRenewingClient(
  connection: () => ConnectionOptions,
  { patienceMs, onEnd, ...more }: RenewingOptions,
): RenewingClient {
  let life: Life | null = null
  let disposed = false

  const begin = (): Life => {
    const to = connection()
    const fresh: Life = {
      sql: postgres({
        ...to,
        ...usual,
        ...more,
        connection: { ...keepaliveFor(to), ...more.connection },
        onclose: () => end(fresh),
      }),
      waiting: new Set(),
      over: false,
    }
    return fresh
  }

  const end = (ending: Life): void => {
    if (ending.over) return
    ending.over = true
    if (life === ending) life = null
    onEnd?.()
    // Its own rejections come first: they say more.
    setImmediate(() => {
      for (const reject of ending.waiting) reject(new ConnectionLost('the connection to the database closed'))
    })
    // At once: what is still queued in it must not be sent later, by a connection that nobody waits for.
    if (!disposed) void ending.sql.end({ timeout: 0 })
  }

  return {
    use: (ask) => {
      if (disposed) return Promise.reject(new ConnectionLost('the connection to the database is closed'))
      const current = (life ??= begin())
      return new Promise((resolve, reject) => {
        current.waiting.add(reject)
        const timer = patienceMs === undefined ? undefined : setTimeout(end, patienceMs, current)
        Promise.resolve(current.sql)
          .then(ask)
          .then(resolve, (error: unknown) => {
            if (!(error instanceof postgres.PostgresError || error instanceof HearthError)) end(current)
            reject(error instanceof Error ? error : new Error(String(error)))
          })
          .finally(() => {
            clearTimeout(timer)
            current.waiting.delete(reject)
          })
      })
    },
    interrupt: () => {
      if (life !== null) end(life)
    },
    [Symbol.asyncDispose]: async () => {
      disposed = true
      const last = life
      life = null
      await last?.sql.end({ timeout: 2 })
    },
  }
}

// A backend whose client vanished keeps its locks until the server's machine notices: hours, unless it is told to ask.
const keepaliveFor = ({ host }: ConnectionOptions): Readonly<Record<string, string>> =>
  String(host).startsWith('/')
    ? {}
    : { tcp_keepalives_idle: '10', tcp_keepalives_interval: '5', tcp_keepalives_count: '3' }

const usual = {
  fetch_types: false,
  idle_timeout: 0,
  max_lifetime: null,
  connect_timeout: 5,
  backoff: () => 0.05,
  onnotice: () => undefined,
} as const
