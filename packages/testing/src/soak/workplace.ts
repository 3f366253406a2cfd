import { chmod, lstat, mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** A new folder under the system's temporary one that another user can pass through, as PostgreSQL's must when this runs as root. */
export async function makeWorkplace(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'hearth-soak-'))
  await chmod(folder, 0o711)
  return folder
}

/** Where the server keeps its database outside its data folder, only what it made there for this run is removed. */
export async function removeWorkplace(folder: string, database: string | null): Promise<void> {
  await rm(folder, { recursive: true, force: true })
  const outside = /^\/var\/lib\/hearth\/[^/]+/.exec(database ?? '')?.[0]
  if (outside !== undefined) await rm(outside, { recursive: true, force: true })
}

/** Bytes on disk of all files below the folders. */
export async function bytesBelow(folders: readonly string[]): Promise<number> {
  let sum = 0
  for (const folder of new Set(folders)) {
    for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
      if (entry.isFile()) sum += await bytesOf(join(entry.parentPath, entry.name))
    }
  }
  return sum
}

/** Nothing for a file that went while the folder was read: PostgreSQL removes its own. */
async function bytesOf(path: string): Promise<number> {
  try {
    return (await lstat(path)).blocks * 512
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return 0
    throw error
  }
}
