import { existsSync, rmSync } from 'node:fs'
import { join } from 'node:path'
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

export const hasServerFile = (data: string): boolean => existsSync(pathIn(data))
