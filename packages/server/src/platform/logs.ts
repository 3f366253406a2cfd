import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { HearthError } from '@hearth/protocol'
import { pino, stdTimeFunctions } from 'pino'
import type { LogLevel } from '../config.ts'
import { openLogFile } from './log-file.ts'
import { readableLine } from './readable-line.ts'

type Write = (fields: object, message: string) => void

export interface Logger {
  readonly debug: Write
  readonly info: Write
  readonly warn: Write
  readonly error: Write
  readonly fatal: Write
  isLevelEnabled(level: LogLevel): boolean
}

export interface Logs extends AsyncDisposable {
  readonly log: Logger
  /** Takes over a line that another process of this server has written. */
  readonly write: (line: string) => void
  /** Writes what waits, before the process ends in a way that runs nothing more. */
  flush(): void
}

/** A reader of standard error that stopped reading costs lines, not memory, and does not keep the server from ending. */
const waitingLimit = 4 * 1024 * 1024
const endWithinMs = 500

const hidden = ['authorization', 'cookie', 'key', 'ownerKey', 'masterKey', 'databaseUrl', 'password', 'secret', 'token']
const credentials = /(:\/\/[^\s:@/"]*):[^\s@/"]*@/g

/** To standard error and to `logs/hearth.log` in the data folder; a worker's to standard error alone, where its supervisor reads it. */
export function openLogs(options: {
  readonly data: string
  readonly level: LogLevel
  readonly terminal?: boolean
  readonly worker?: string
}): Logs {
  const { data, level, worker, terminal = worker === undefined && process.stderr.isTTY === true } = options
  const file = worker === undefined ? openFile(data) : noFile
  const { stderr } = process
  let isHeard = true
  let isOpen = true
  stderr.on('error', () => {
    isHeard = false
  })
  const write = (line: string): void => {
    if (!isOpen) return
    const clean = line.includes('@') ? line.replaceAll(credentials, '$1:[hidden]@') : line
    file.write(clean)
    if (isHeard && stderr.writableLength < waitingLimit) stderr.write(terminal ? readableLine(clean) : clean)
  }
  const log = pino(
    {
      level,
      base: worker === undefined ? null : { worker },
      timestamp: stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      redact: { paths: hidden.flatMap((name) => [name, `*.${name}`, `*.*.${name}`]), censor: '[hidden]' },
    },
    { write },
  )
  return {
    log,
    write,
    flush: file.flush,
    [Symbol.asyncDispose]: async () => {
      isOpen = false
      file[Symbol.dispose]()
      const written = Promise.withResolvers<void>()
      const timer = setTimeout(written.resolve, endWithinMs)
      if (isHeard) stderr.write('', () => written.resolve())
      else written.resolve()
      await written.promise
      clearTimeout(timer)
    },
  }
}

function openFile(data: string): ReturnType<typeof openLogFile> {
  const folder = join(data, 'logs')
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 })
    return openLogFile({ path: join(folder, 'hearth.log'), maxBytes: 8 * 1024 * 1024, keep: 3 })
  } catch (error) {
    throw new HearthError('data.unusable', `Logs cannot be written to ${folder}.`, { cause: error })
  }
}

const noFile: ReturnType<typeof openLogFile> = {
  write: () => undefined,
  flush: () => undefined,
  [Symbol.dispose]: () => undefined,
}
