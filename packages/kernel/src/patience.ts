import type { Clock } from './ports/clock.ts'
import type { LogWriter } from './ports/log.ts'

/**
 * A writer that tells of every question that takes longer than `patienceMs`, and whose connection is let go of when it takes
 * twice that: a database that hangs says nothing, nor does the next connection to it.
 */
export function impatient(
  writer: LogWriter,
  { clock, settings }: { readonly clock: Clock; readonly settings: { readonly patienceMs: number } },
  onSlow: () => void,
): LogWriter {
  const { patienceMs } = settings
  const timed = async <T>(question: Promise<T>): Promise<T> => {
    const cancels = [clock.after(patienceMs, onSlow), clock.after(patienceMs * 2, () => writer.interrupt())]
    try {
      return await question
    } finally {
      for (const cancel of cancels) cancel()
    }
  }
  return {
    claim: (...words) => timed(writer.claim(...words)),
    load: (request) => timed(writer.load(request)),
    append: (batch) => timed(writer.append(batch)),
    owed: (...words) => timed(writer.owed(...words)),
    firsts: (lines) => timed(writer.firsts(lines)),
    wake: (...words) => timed(writer.wake(...words)),
    interrupt: () => writer.interrupt(),
    [Symbol.asyncDispose]: () => writer[Symbol.asyncDispose](),
  }
}
