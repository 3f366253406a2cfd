import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { HearthError } from '@hearth/protocol'
import { pino, stdTimeFunctions } from 'pino'
import type { LogLevel } from '../config.ts'
import { accessLog, inBatches, type WriteAccess } from './access-log.ts'
import { hiding } from './hide.ts'
import { openLogFile, type LogFile } from './log-file.ts'
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
  /** Absent where nobody wants to know of calls. */
  readonly access: WriteAccess | undefined
  /** Takes over lines of another process of this server about calls. */
  readonly writeAccess: (lines: string) => void
  /** Writes what waits, before the process ends in a way that runs nothing more. */
  flush(): void
}

export interface LogsOptions {
  readonly data: string
  readonly level: LogLevel
  readonly terminal?: boolean
  readonly colours?: boolean
  /** Whether calls are written down. */
  readonly access?: boolean
  /** Texts that no line may hold. */
  readonly secrets?: readonly string[]
  /** A worker writes to standard error alone, where its supervisor reads it, and gives it the lines about calls. */
  readonly worker?: { readonly id: string; readonly sendAccess: (lines: string) => void }
}

/** A reader of standard error that stopped reading costs lines, not memory, and does not keep the server from ending. */
const waitingLimit = 4 * 1024 * 1024
const endWithinMs = 500
const mebibyte = 1024 * 1024

const hidden = ['authorization', 'cookie', 'key', 'ownerKey', 'masterKey', 'databaseUrl', 'password', 'secret', 'token']

interface Files extends Disposable {
  readonly all: Pick<LogFile, 'write'>
  readonly errors: Pick<LogFile, 'write'>
  readonly access: Pick<LogFile, 'write'> | undefined
  flush(): void
}

/** To standard error and to `logs/` in the data folder: all to `hearth.log`, failures to `error.log` too, calls to `access.log`. */
export function openLogs(options: LogsOptions): Logs {
  const { data, level, worker, access: isAccessLogged = false, secrets = [] } = options
  const { terminal = worker === undefined && process.stderr.isTTY === true, colours = true } = options
  const files = worker === undefined ? openFiles(data, isAccessLogged) : noFiles
  const sending = worker === undefined || !isAccessLogged ? undefined : inBatches(worker.sendAccess)
  const accessTo = sending ?? files.access
  const hide = hiding(secrets)
  const { stderr } = process
  let isHeard = true
  let isOpen = true
  stderr.on('error', () => {
    isHeard = false
  })
  const write = (line: string): void => {
    if (!isOpen) return
    const clean = hide(line)
    files.all.write(clean)
    if (isFailure(clean)) files.errors.write(clean)
    if (isHeard && stderr.writableLength < waitingLimit) stderr.write(terminal ? readableLine(clean, colours) : clean)
  }
  const log = pino(
    {
      level,
      base: worker === undefined ? null : { worker: worker.id },
      timestamp: stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      redact: { paths: hidden.flatMap((name) => [name, `*.${name}`, `*.*.${name}`]), censor: '[hidden]' },
    },
    { write },
  )
  return {
    log,
    write,
    access: accessTo === undefined ? undefined : accessLog((line) => (isOpen ? accessTo.write(line) : undefined)),
    writeAccess: (lines) => (isOpen ? files.access?.write(lines) : undefined),
    flush: files.flush,
    [Symbol.asyncDispose]: async () => {
      sending?.[Symbol.dispose]()
      isOpen = false
      files[Symbol.dispose]()
      const written = Promise.withResolvers<void>()
      const timer = setTimeout(written.resolve, endWithinMs)
      if (isHeard) stderr.write('', () => written.resolve())
      else written.resolve()
      await written.promise
      clearTimeout(timer)
    },
  }
}

/** As the level stands in every line, whichever process wrote it. */
const isFailure = (line: string): boolean => /^\{"level":"(error|fatal)"/.test(line)

function openFiles(data: string, isAccessLogged: boolean): Files {
  const folder = join(data, 'logs')
  const opened = new DisposableStack()
  const open = (name: string, maxBytes: number, how = {}): LogFile =>
    opened.use(openLogFile({ path: join(folder, name), maxBytes, keep: 3, ...how }))
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 })
    const all = open('hearth.log', 8 * mebibyte)
    const errors = open('error.log', 8 * mebibyte)
    const access = isAccessLogged ? open('access.log', 32 * mebibyte, { everyMs: 250, isBusy: true }) : undefined
    return {
      all,
      errors,
      access,
      flush: () => {
        for (const file of [all, errors, access]) file?.flush()
      },
      [Symbol.dispose]: () => opened.dispose(),
    }
  } catch (error) {
    opened.dispose()
    throw new HearthError('data.unusable', `Logs cannot be written to ${folder}.`, { cause: error })
  }
}

const nowhere = { write: () => undefined }
const noFiles: Files = {
  all: nowhere,
  errors: nowhere,
  access: undefined,
  flush: () => undefined,
  [Symbol.dispose]: () => undefined,
}
