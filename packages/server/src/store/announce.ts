import type { Database, DatabaseChange } from './connection.ts'
import type { Logger } from './logger.ts'

interface Changes {
  readonly listen: Database['onChange']
  tell(change: DatabaseChange): void
}

/** Tells what befalls the database to the log and to whoever listens. */
export function announce(log: Logger): Changes {
  const listeners = new Set<(change: DatabaseChange) => void>()
  return {
    listen: (listener) => {
      const own = (change: DatabaseChange): void => listener(change)
      listeners.add(own)
      return () => void listeners.delete(own)
    },
    tell: (change) => {
      if (change.type === 'up') log.info(change, 'The database is back')
      else log.warn(change, 'The database is lost')
      for (const listener of listeners) listener(change)
    },
  }
}
