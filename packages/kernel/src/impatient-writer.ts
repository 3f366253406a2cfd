import type { Clock } from './ports/clock.ts'
import type { LogWriter } from './ports/log.ts'

/** A writer that lets go of its connection when a call takes longer than that: a database that hangs would hold its lane for ever. */
export function impatient(writer: LogWriter, clock: Clock, limitMs: number): LogWriter {
  const limited = async <T>(call: Promise<T>): Promise<T> => {
    const cancel = clock.after(limitMs, () => writer.interrupt())
    try {
      return await call
    } finally {
      cancel()
    }
  }
  return {
    claim: (slots, how) => limited(writer.claim(slots, how)),
    load: (request) => limited(writer.load(request)),
    append: (batch) => limited(writer.append(batch)),
    owed: (...question) => limited(writer.owed(...question)),
    interrupt: () => writer.interrupt(),
    [Symbol.asyncDispose]: () => writer[Symbol.asyncDispose](),
  }
}
