import { once } from 'node:events'
import { connect as connectSocket, type IpcNetConnectOpts } from 'node:net'
import type { DuplexOptions } from 'node:stream'
import postgres, { type Sql } from 'postgres'
import type { ConnectionOptions } from '../../../packages/server/src/store/connection.ts'
import type { Appender, OpenAppender } from './appender.ts'
import { arraysFor, literals } from './encodings.ts'
import { partsOf, type RowsPart } from './parts.ts'
import { oneStatement, statementOf, type Encoding, type Made } from './statement.ts'

export interface PartOptions {
  readonly rows?: RowsPart
  readonly actors?: boolean
  readonly encoding?: Encoding
}

type Extra = Partial<postgres.Options<Record<string, postgres.PostgresType>>>

/** As the product connects. */
export const connect = (options: ConnectionOptions, tenants: readonly string[], extra: Extra = {}): Sql =>
  postgres({
    ...options,
    max: 1,
    fetch_types: false,
    idle_timeout: 0,
    max_lifetime: null,
    connect_timeout: 5,
    onnotice: () => undefined,
    connection: { application_name: 'hearth-lane', 'hearth.tenants': `{${tenants.join(',')}}` },
    ...extra,
  })

/** Sent at once: a query of this driver otherwise waits until somebody asks for its answer. */
export const run = (sql: Sql, { text, values }: Made): PromiseLike<unknown> =>
  sql.unsafe(text, [...values] as string[], { prepare: true }).execute()

export const say = (sql: Sql, text: string): PromiseLike<unknown> => sql.unsafe(text).execute()

const disposing = (sql: Sql): Pick<Appender, typeof Symbol.asyncDispose> => ({
  [Symbol.asyncDispose]: () => sql.end({ timeout: 2 }),
})

/** One prepared statement a commit, as the product does it. */
export const asOneStatement =
  ({ encoding = literals, ...what }: PartOptions = {}): OpenAppender =>
  (connection, tenants) => {
    const sql = connect(connection, tenants)
    return {
      append: async (batch) => void (await run(sql, oneStatement(partsOf(batch, what), encoding))),
      ...disposing(sql),
    }
  }

/** The same with arrays that the driver writes; it must ask the database for its types first. */
export const asOneStatementOfArrays: OpenAppender = (connection, tenants) => {
  const sql = connect(connection, tenants, { fetch_types: true })
  const elements = { smallint: 21, integer: 23, bigint: 20, text: 25, bytea: 17, jsonb: 3802 } as const
  const encoding = arraysFor(({ type, items }) => sql.array(items as string[], elements[type]))
  let typesAreKnown: Promise<unknown> | undefined
  return {
    append: async (batch) => {
      // The first statement of a connection is built before the driver has read the answer about types.
      await (typesAreKnown ??= Promise.resolve(say(sql, 'select 1')))
      await run(sql, oneStatement(partsOf(batch), encoding))
    },
    ...disposing(sql),
  }
}

/** begin, each part, commit: all sent before the first answer. */
export const asPipelined: OpenAppender = (connection, tenants) => {
  const sql = connect(connection, tenants, withRoom(connection))
  return {
    append: async (batch) => {
      const begun = say(sql, 'begin')
      const parts = partsOf(batch).map((part) => run(sql, statementOf(part, literals)))
      await Promise.all([begun, ...parts, say(sql, 'commit')])
    },
    ...disposing(sql),
  }
}

// The driver sends no further statement while its socket holds more than the stream's mark: 64 kB, half a batch.
export function withRoom({ host, port }: ConnectionOptions): Extra {
  const path = `${String(host)}/.s.PGSQL.${String(port)}`
  const socket = async (): Promise<unknown> => {
    const options: IpcNetConnectOpts & DuplexOptions = { path, writableHighWaterMark: 16 * 1024 * 1024 }
    const made = connectSocket(options)
    await once(made, 'connect')
    return made
  }
  return { socket } as Extra
}

/** `sql.begin`, each part awaited before the next. */
export const asAwaited: OpenAppender = (connection, tenants) => {
  const sql = connect(connection, tenants)
  return {
    append: async (batch) => {
      await sql.begin(async (inner) => {
        for (const part of partsOf(batch)) await run(inner as unknown as Sql, statementOf(part, literals))
      })
    },
    ...disposing(sql),
  }
}
