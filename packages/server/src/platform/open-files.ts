import { readdirSync, readFileSync } from 'node:fs'

interface OpenFiles {
  readonly open: number | null
  readonly most: number | null
}

/** Null where the system does not tell. */
export function openFiles(): OpenFiles {
  try {
    const limit = /^Max open files +(\d+)/m.exec(readFileSync('/proc/self/limits', 'utf8'))?.[1]
    return { open: readdirSync('/proc/self/fd').length, most: limit === undefined ? null : Number(limit) }
  } catch {
    return { open: null, most: null }
  }
}
