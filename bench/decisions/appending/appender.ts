import type { AppendOutcome, Batch, Loaded, Log, LogWriter } from '@hearth/kernel'
import type { ConnectionOptions } from '../../../packages/server/src/store/connection.ts'
import type { Variant } from '../variant.ts'

/** Commits batches of one lane over a connection of its own. A failure ends the run, so it says nothing about why. */
export interface Appender extends AsyncDisposable {
  append(batch: Batch): Promise<void>
}

export type OpenAppender = (connection: ConnectionOptions, tenants: readonly string[]) => Appender

type WrapLog = NonNullable<Variant['log']>

/** The product's log in everything but `append`. */
export const appendingBy =
  (open: OpenAppender): WrapLog =>
  (inner, database, tenants) => ({
    references: () => inner.references(),
    writer: (owner) => withAppender(inner.writer(owner), open(database.connection('commit'), tenants)),
  })

const withAppender = (writer: LogWriter, appender: Appender): LogWriter => ({
  claim: (...words) => writer.claim(...words),
  load: (...words) => writer.load(...words),
  owed: (...words) => writer.owed(...words),
  interrupt: () => writer.interrupt(),
  append: async (batch) => {
    try {
      await appender.append(batch)
      return { type: 'committed' }
    } catch (error) {
      return refuse(error)
    }
  },
  [Symbol.asyncDispose]: async () => {
    await appender[Symbol.asyncDispose]()
    await writer[Symbol.asyncDispose]()
  },
})

let told = false

// These ways to append tell no outcome from another. What is refused is answered with 500, which fails the run.
function refuse(error: unknown): AppendOutcome {
  const reason = error instanceof Error ? (error.stack ?? error.message) : String(error)
  if (!told) process.stderr.write(`appending failed: ${reason}\n`)
  told = true
  return { type: 'refused', reason: 'this way to append failed' }
}

const nothing: Loaded = { actors: new Map(), homeKeys: [], keys: new Map() }

/** Asks for nothing when all that a batch lacks are sealing keys of homes that have none. */
export const withoutKeyLoads: WrapLog = (inner): Log => ({
  references: () => inner.references(),
  writer: (owner) => {
    const writer = inner.writer(owner)
    return {
      claim: (...words) => writer.claim(...words),
      append: (batch) => writer.append(batch),
      owed: (...words) => writer.owed(...words),
      interrupt: () => writer.interrupt(),
      [Symbol.asyncDispose]: () => writer[Symbol.asyncDispose](),
      load: (request) =>
        request.addresses.length + request.scopes.length === 0 ? Promise.resolve(nothing) : writer.load(request),
    }
  },
})

/** Does something before anything else is asked of the log. */
export const preparedLog = (inner: Log, prepare: () => Promise<void>): Log => ({
  writer: (owner) => inner.writer(owner),
  references: async () => {
    await prepare()
    return inner.references()
  },
})
