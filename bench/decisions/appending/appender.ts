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
  claim: (slots) => writer.claim(slots),
  load: (request) => writer.load(request),
  owed: (slots, after, limit) => writer.owed(slots, after, limit),
  append: async (batch) => {
    try {
      await appender.append(batch)
      return { type: 'committed' }
    } catch (error) {
      return endRun(error)
    }
  },
  [Symbol.asyncDispose]: async () => {
    await appender[Symbol.asyncDispose]()
    await writer[Symbol.asyncDispose]()
  },
})

// These ways to append tell no outcome from another. A lane that is fenced ends the server cleanly, and the run with it.
function endRun(error: unknown): AppendOutcome {
  process.stderr.write(`appending failed: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`)
  return { type: 'fenced' }
}

const nothing: Loaded = { actors: new Map(), homeKeys: [], keys: new Map() }

/** Asks for nothing when all that a batch lacks are sealing keys of homes that have none. */
export const withoutKeyLoads: WrapLog = (inner): Log => ({
  references: () => inner.references(),
  writer: (owner) => {
    const writer = inner.writer(owner)
    return {
      claim: (slots) => writer.claim(slots),
      append: (batch) => writer.append(batch),
      owed: (slots, after, limit) => writer.owed(slots, after, limit),
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
