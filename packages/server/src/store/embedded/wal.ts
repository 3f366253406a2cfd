import { randomBytes } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { writeByRename } from '../../platform/write-file.ts'
import type { OperatingUser } from './operating-user.ts'
import { give } from './place.ts'

/** Where PostgreSQL puts what it has written. */
export interface Wal {
  readonly spool: string
  /** Names what follows without a gap: a database that was restored, or that wrote unseen for a while, begins another. */
  readonly line: string
}

export function openWal(folder: string, user: OperatingUser, wanted: boolean): Wal | null {
  const spool = join(folder, 'wal')
  const path = join(folder, 'wal-line')
  if (!wanted) {
    for (const each of [path, spool]) rmSync(each, { recursive: true, force: true })
    return null
  }
  if (!existsSync(path)) {
    rmSync(spool, { recursive: true, force: true })
    writeByRename(path, `${randomBytes(6).toString('hex')}\n`)
  }
  mkdirSync(spool, { recursive: true, mode: 0o700 })
  give(spool, user)
  return { spool, line: readFileSync(path, 'utf8').trim() }
}
