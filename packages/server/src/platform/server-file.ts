import { existsSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import type { Logger } from './logs.ts'
import { version } from './version.ts'
import { writeByRename } from './write-file.ts'

export interface ServerFile {
  readonly url: string
  readonly pid: number
  readonly version: string
  readonly postgres: { readonly pid: number; readonly socket: string; readonly data: string } | null
}

const pathIn = (data: string): string => join(data, 'server.json')

/** For others only: the server itself never reads it. */
export const writeServerFile = (data: string, content: ServerFile): void =>
  writeByRename(pathIn(data), `${JSON.stringify(content)}\n`)

export const removeServerFile = (data: string): void => rmSync(pathIn(data), { force: true })

const hasServerFile = (data: string): boolean => existsSync(pathIn(data))

export interface Kept {
  readonly data: string
  readonly url: string
  readonly place: () => ServerFile['postgres']
  readonly onPlaceChange: (listener: () => void) => () => void
  readonly log: Logger
}

/** Writes it, and writes it again when PostgreSQL moves or somebody deletes it: they would be left without a way to find or stop this server. */
export function keepServerFile({ data, url, place, onPlaceChange, log }: Kept): Disposable {
  const write = (): void => writeServerFile(data, { url, pid: process.pid, version, postgres: place() })
  write()
  const unwatch = onPlaceChange(() => {
    try {
      write()
    } catch (error) {
      log.error({ err: error }, 'server.json could not be brought up to date')
    }
  })
  const mending = setInterval(() => {
    if (!hasServerFile(data)) write()
  }, 2000)
  return {
    [Symbol.dispose]: () => {
      clearInterval(mending)
      unwatch()
    },
  }
}
