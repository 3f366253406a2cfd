import { closeSync, copyFileSync, existsSync, mkdirSync, openSync, readSync, statSync, truncateSync } from 'node:fs'
import { dirname } from 'node:path'
import type { Logger } from '../logger.ts'

const largest = 8_000_000

/** PostgreSQL's own log. It holds the file open, so the file is emptied and not replaced when it has grown. */
export interface ServerLog extends Disposable {
  /** For the standard output and error of a child. The caller closes it. */
  open(): number
  /** The last that PostgreSQL said. */
  complaint(): string
}

export function keepServerLog(path: string, log: Logger): ServerLog {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
  const check = (): void => trim(path, log)
  check()
  const timer = setInterval(check, 60_000).unref()
  return {
    open: () => openSync(path, 'a', 0o600),
    complaint: () => readEnd(path, 4_096).trim().split('\n').slice(-4).join(' / '),
    [Symbol.dispose]: () => clearInterval(timer),
  }
}

function trim(path: string, log: Logger): void {
  try {
    if (!existsSync(path) || statSync(path).size <= largest) return
    copyFileSync(path, `${path}.1`)
    truncateSync(path)
  } catch (error) {
    log.warn({ err: error }, 'The log of PostgreSQL could not be shortened')
  }
}

function readEnd(path: string, length: number): string {
  if (!existsSync(path)) return ''
  const file = openSync(path, 'r')
  try {
    const bytes = Buffer.alloc(length)
    const from = Math.max(0, statSync(path).size - length)
    return bytes.toString('utf8', 0, readSync(file, bytes, 0, length, from))
  } finally {
    closeSync(file)
  }
}
