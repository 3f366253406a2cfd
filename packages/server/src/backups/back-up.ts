import type { Database } from '../store/database.ts'
import type { Made } from './make.ts'

/** Makes a backup; what that takes is loaded when it is first asked for. */
export async function backUp(database: Pick<Database, 'connection'>, dataFolder: string, to: string): Promise<Made> {
  const { makeBackup } = await import('./make.ts')
  return makeBackup({ connection: (role) => database.connection(role), dataFolder, to })
}
