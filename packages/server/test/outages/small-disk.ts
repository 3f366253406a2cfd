import { spawnSync } from 'node:child_process'
import { chmodSync, closeSync, mkdtempSync, openSync, rmSync, statfsSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export interface SmallDisk extends Disposable {
  readonly path: string
  fill(): void
  free(): void
  /** Mounts it again so that nothing, or something, can be written to it. */
  mount(how: 'ro' | 'rw'): boolean
}

const mount = (...words: readonly string[]): boolean => spawnSync('mount', [...words]).status === 0

/** A disk of its own in memory; null where this user may not mount one. */
export function openSmallDisk(megabytes: number): SmallDisk | null {
  const path = mkdtempSync(join(tmpdir(), 'hearth-disk-'))
  if (process.platform !== 'linux' || !mount('-t', 'tmpfs', '-o', `size=${megabytes}m,mode=755`, 'tmpfs', path)) {
    rmSync(path, { recursive: true })
    return null
  }
  chmodSync(path, 0o755)
  const ballast = join(path, 'ballast')
  return {
    path,
    fill: () => {
      const { bavail, bsize } = statfsSync(path)
      const file = openSync(ballast, 'w')
      const block = Buffer.alloc(bsize)
      try {
        for (let left = bavail; left > 0; left -= 1) writeSync(file, block)
      } catch (error) {
        // The database took the last of it.
        if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error
      } finally {
        closeSync(file)
      }
    },
    free: () => rmSync(ballast, { force: true }),
    mount: (how) => mount('-o', `remount,${how}`, path),
    [Symbol.dispose]: () => {
      spawnSync('umount', ['-l', path])
      rmSync(path, { recursive: true, force: true })
    },
  }
}
