import type { ConnectionOptions } from '../../../packages/server/src/store/connection.ts'
import type { OpenAppender } from './appender.ts'
import { literals } from './encodings.ts'
import { partsOf } from './parts.ts'
import { oneStatement, statementOf, type Made } from './statement.ts'

/** The part of `pg` that is used. It is loaded where it is measured, so nothing else needs it installed. */
interface Client {
  connect(): Promise<unknown>
  query(query: string | { readonly name: string; readonly text: string; readonly values: unknown[] }): Promise<unknown>
  end(): Promise<void>
}

interface Connected {
  readonly run: (made: Made) => Promise<unknown>
  readonly say: (text: string) => Promise<unknown>
  readonly end: () => Promise<void>
}

async function open(connection: ConnectionOptions, tenants: readonly string[], pipeline: boolean): Promise<Connected> {
  const name = 'pg'
  const { default: pg } = (await import(name)) as { default: { Client: new (options: object) => Client } }
  const { host, port, user, password, database } = connection
  const options = `-c hearth.tenants={${tenants.join(',')}} -c application_name=hearth-lane`
  const client = new pg.Client({ host, port, user, password, database, options, pipeline })
  await client.connect()
  const names = new Map<string, string>()
  return {
    run: ({ text, values }) => {
      const known = names.get(text) ?? `statement_${names.size}`
      names.set(text, known)
      return client.query({ name: known, text, values: [...values] })
    },
    say: (text) => client.query(text),
    end: () => client.end(),
  }
}

const lazily = (
  append: (client: Connected, batch: Parameters<typeof partsOf>[0]) => Promise<unknown>,
  pipeline: boolean,
): OpenAppender => {
  return (connection, tenants) => {
    let opened: Promise<Connected> | undefined
    return {
      append: async (batch) => void (await append(await (opened ??= open(connection, tenants, pipeline)), batch)),
      [Symbol.asyncDispose]: async () => await (await opened)?.end(),
    }
  }
}

export const asOneStatement: OpenAppender = lazily(
  (client, batch) => client.run(oneStatement(partsOf(batch), literals)),
  false,
)

/** begin, each part, commit: all sent before the first answer, by the option of that name. */
export const asPipelined: OpenAppender = lazily((client, batch) => {
  const parts = partsOf(batch).map((part) => statementOf(part, literals))
  return Promise.all([client.say('begin'), ...parts.map((made) => client.run(made)), client.say('commit')])
}, true)

export const asAwaited: OpenAppender = lazily(async (client, batch) => {
  await client.say('begin')
  for (const part of partsOf(batch)) await client.run(statementOf(part, literals))
  await client.say('commit')
}, false)
