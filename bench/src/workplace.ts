import { chmod, mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { removeWorkplace } from '../../packages/testing/src/soak/workplace.ts'

export interface Workplace extends AsyncDisposable {
  readonly folder: string
  /** A database that the server keeps outside its data folder is removed with the workplace. */
  readonly alsoRemove: (database: string) => void
}

/** A new temporary folder that another user can pass through, as PostgreSQL's must when this runs as root. */
export async function openWorkplace(): Promise<Workplace> {
  const folder = await mkdtemp(join(tmpdir(), 'hearth-bench-'))
  await chmod(folder, 0o711)
  const databases: string[] = []
  return {
    folder,
    alsoRemove: (database) => void databases.push(database),
    [Symbol.asyncDispose]: async () => {
      for (const database of databases) await removeWorkplace(folder, database)
      await removeWorkplace(folder, null)
    },
  }
}
