import type { AppendOutcome, Batch, Log, LogWriter } from '@hearth/kernel'

/** Where a process stops: before its nth commit that writes rows of events reaches the store, or before it learns of it. */
export interface Stop {
  readonly commit: number
  readonly when: 'before' | 'after'
}

export interface StoppingLog extends Log {
  readonly stopped: Promise<void>
  /** The types of events of each commit so far. */
  readonly commits: readonly string[]
}

/** The real log, until the process stops: from then on nothing reaches the store, and nothing is heard of it. */
export function stoppingLog(log: Log, stop: Stop | null): StoppingLog {
  const stopped = Promise.withResolvers<void>()
  const commits: string[] = []
  let dead = false
  const end = (): AppendOutcome => {
    dead = true
    stopped.resolve()
    return { type: 'unknown', reason: 'the process has stopped' }
  }
  const append = async (writer: LogWriter, batch: Batch): Promise<AppendOutcome> => {
    if (dead) return { type: 'unknown', reason: 'the process has stopped' }
    if (batch.rows.length > 0) commits.push(batch.rows.map((row) => row.types).join(' '))
    const isHere = stop?.commit === commits.length && batch.rows.length > 0
    if (isHere && stop.when === 'before') return end()
    const outcome = await writer.append(batch)
    return isHere ? end() : outcome
  }
  return {
    stopped: stopped.promise,
    commits,
    references: () => log.references(),
    writer: (owner) => {
      const writer = log.writer(owner)
      const unlessDead = <T>(ask: () => Promise<T>): Promise<T> =>
        dead ? Promise.reject(new Error('the process has stopped')) : ask()
      return {
        // A kernel that stopped finds its slots taken, and ends.
        claim: (slots, how) => (dead ? Promise.resolve([]) : writer.claim(slots, how)),
        load: (request) => unlessDead(() => writer.load(request)),
        append: (batch) => append(writer, batch),
        owed: (...question) => unlessDead(() => writer.owed(...question)),
        firsts: (lines) => unlessDead(() => writer.firsts(lines)),
        wake: (...question) => unlessDead(() => writer.wake(...question)),
        interrupt: () => writer.interrupt(),
        [Symbol.asyncDispose]: () => writer[Symbol.asyncDispose](),
      }
    },
  }
}
