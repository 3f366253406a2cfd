import { closeSync, fsyncSync, openSync, renameSync, rmSync, writeSync } from 'node:fs'

/** Readers see the old content or the new, never a part; mode 0600. */
export function writeByRename(path: string, content: string): void {
  const next = `${path}.${process.pid}.next`
  // What a crash left here may have another mode.
  rmSync(next, { force: true })
  const file = openSync(next, 'wx', 0o600)
  try {
    writeSync(file, content)
    fsyncSync(file)
  } finally {
    closeSync(file)
  }
  renameSync(next, path)
}
