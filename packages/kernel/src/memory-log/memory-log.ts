import type { Log, LogWriter } from '../ports/log.ts'
import type { MemoryStore } from './memory-store.ts'

/** The log in memory: everything that a commit holds is there when it is answered, and gone with the process. */
export function createMemoryLog(store: MemoryStore): Log {
  return {
    writer: (owner) => createWriter(store, owner),
    references: () => Promise.resolve(store.references()),
  }
}

class WriterLost extends Error {
  override readonly name = 'WriterLost'
}

function createWriter(store: MemoryStore, owner: string): LogWriter {
  let life = 0
  let disposed = false
  let last: Promise<unknown> = Promise.resolve()

  // A call happens when those before it are answered. One that was let go of meanwhile never happens.
  const ask = <T>(question: () => T): Promise<T> => {
    const mine = life
    const answer = last.then(() => {
      if (disposed || mine !== life) throw new WriterLost('the writer let go of its connection')
      return question()
    })
    last = answer.catch(() => undefined)
    return answer
  }

  return {
    claim: (slots, how) => ask(() => store.claim(owner, slots, how)),
    load: (request) => ask(() => store.load(request)),
    append: (batch) =>
      ask(() => store.append(batch)).catch((error: unknown) => {
        if (error instanceof WriterLost) return { type: 'unknown', reason: error.message } as const
        throw error
      }),
    owed: (...question) => ask(() => store.owed(...question)),
    firsts: (lines) => ask(() => store.firsts(lines)),
    wake: (...question) => ask(() => store.wake(owner, ...question)),
    interrupt: () => {
      life += 1
    },
    [Symbol.asyncDispose]: async () => {
      disposed = true
      await last
    },
  }
}
