import { randomBytes } from 'node:crypto'
import { closeSync, fsyncSync, mkdirSync, openSync, readdirSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { isAlive } from './process.ts'

/** Makes a folder for work in progress, to be renamed when whole, and clears away what died half done. */
export function makeScratch(parent: string, name: string): string {
  mkdirSync(parent, { recursive: true, mode: 0o755 })
  removeAbandoned(parent, name)
  const path = join(parent, `${name}.${process.pid}.${randomBytes(4).toString('hex')}`)
  mkdirSync(path, { mode: 0o700 })
  return path
}

const longestWork = 600_000

// The name tells whose work it is. In a container the next server often has the pid of the one before, hence the age;
// and a program that the dead one had started may still be writing, hence the retries.
export function removeAbandoned(parent: string, name: string): void {
  for (const entry of readdirSync(parent)) {
    const pid = entry.startsWith(`${name}.`) ? Number(entry.slice(name.length + 1).split('.')[0]) : Number.NaN
    if (!Number.isInteger(pid)) continue
    const path = join(parent, entry)
    const age = Date.now() - (statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0)
    if (!isAlive(pid) || age > longestWork)
      rmSync(path, { recursive: true, force: true, maxRetries: 20, retryDelay: 50 })
  }
}

/** After it, what was renamed in the folder survives the loss of power. */
export function syncFolder(path: string): void {
  const folder = openSync(path, 'r')
  try {
    fsyncSync(folder)
  } finally {
    closeSync(folder)
  }
}
