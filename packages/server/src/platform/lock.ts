import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { HearthError } from '@hearth/protocol'

const busy = 5

/** Of two that ask at the same moment both may be in the other's way: then they ask again. */
const patienceMs = 500

/**
 * Makes this process the only server of a data folder until the lock is disposed or the process ends, however it ends.
 * Throws `data.in-use` when another process holds it.
 *
 * The lock is the operating system's, taken through the one library in Node that asks for such locks (the file holds
 * nothing). So there is no stale lock to recognise, no pid that may be another process's by now, and nothing to win in
 * a race. Two rules follow from how POSIX locks work: the file is never removed, and nothing in this process may open
 * it a second time (closing that would drop the lock).
 */
export function lockDataFolder(data: string): Disposable {
  const path = join(data, 'server.lock')
  let database: DatabaseSync | undefined
  try {
    database = new DatabaseSync(path, { timeout: patienceMs })
    database.exec('PRAGMA journal_mode = OFF; BEGIN EXCLUSIVE')
  } catch (error) {
    database?.close()
    throw refusal(data, error)
  }
  const held = database
  return { [Symbol.dispose]: () => held.close() }
}

function refusal(data: string, error: unknown): HearthError {
  if ((error as { errcode?: number }).errcode === busy) {
    const detail =
      `Another Hearth server is running on ${data}. Stop it first ("hearth stop"), ` +
      `or give this one a folder of its own with --data or HEARTH_DATA.`
    return new HearthError('data.in-use', detail, { cause: error })
  }
  const reason = error instanceof Error ? error.message : String(error)
  return new HearthError('data.unusable', `The data folder ${data} cannot be locked (${reason}).`, { cause: error })
}
