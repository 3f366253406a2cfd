import { lstat, readdir } from 'node:fs/promises'
import { join } from 'node:path'

/** The lengths of all files below a folder: blocks on disk would count what a store reserves ahead. */
export async function sizeBelow(folder: string): Promise<number> {
  let sum = 0
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true }))
    if (entry.isFile()) sum += await sizeOf(join(entry.parentPath, entry.name))
  return sum
}

/** Nothing for a file that went while the folder was read. */
async function sizeOf(path: string): Promise<number> {
  try {
    return (await lstat(path)).size
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return 0
    throw error
  }
}
