import type { Log } from '@hearth/kernel'
import { createPostgresLog } from '../../src/store/log.ts'
import type { TestStore } from '../log/store.ts'

/** The log, reached through another host than the database's own. */
export const postgresLogOf = ({ database }: TestStore, host?: string): Log =>
  createPostgresLog(
    () => ({ ...database.connection('commit'), ...(host === undefined ? {} : { host }) }),
    () => ['main'],
  )
