import { closeSync, fstatSync, openSync, renameSync, write, writeSync } from 'node:fs'

export interface LogFile extends Disposable {
  write(line: string): void
  /** Now, not with the next batch. Never throws: a full disk must not stop the server. */
  flush(): void
}

const waitingLimit = 4 * 1024 * 1024

/** Appends in small batches. `name.log` grows to about `maxBytes`, then becomes `name.log.1`, and so on up to `keep`. */
export function openLogFile(options: {
  readonly path: string
  readonly maxBytes: number
  readonly keep: number
  /** Lines are written together that come within this time. */
  readonly everyMs?: number
  /** Written beside all else that the process does: for a file of many lines. */
  readonly isBusy?: boolean
}): LogFile {
  const { path, maxBytes, keep, everyMs = 20, isBusy = false } = options
  let file = openSync(path, 'a', 0o600)
  let size = fstatSync(file).size
  let waiting = ''
  let lost = 0
  let timer: NodeJS.Timeout | undefined
  /** Being written beside, and where to. */
  let under: number | null = null
  let isClosed = false

  const rotate = (): void => {
    for (let age = keep - 1; age >= 1; age -= 1) renameIfThere(`${path}.${age}`, `${path}.${age + 1}`)
    renameIfThere(path, `${path}.1`)
    const next = openSync(path, 'a', 0o600)
    // What is still being written there closes it.
    if (under !== file) closeSync(file)
    file = next
    size = 0
  }
  const take = (): Buffer => {
    const bytes = Buffer.from(waiting)
    waiting = ''
    if (size > 0 && size + bytes.length > maxBytes) rotate()
    size += bytes.length
    return bytes
  }
  const flush = (): void => {
    clearTimeout(timer)
    timer = undefined
    if (waiting === '') return
    try {
      const bytes = take()
      writeSync(file, bytes)
    } catch (error) {
      if ((error as { code?: string }).code === undefined) throw error
      lost += 1
    }
  }
  const writeBeside = (to: number, bytes: Buffer): void => {
    under = to
    write(to, bytes, (error, written) => {
      under = null
      if (error === null && written < bytes.length) return writeBeside(to, bytes.subarray(written))
      if (error !== null) lost += 1
      if (to !== file || isClosed) closeSync(to)
      if (waiting !== '' && !isClosed) timer ??= setTimeout(flushBeside, everyMs).unref()
    })
  }
  const flushBeside = (): void => {
    clearTimeout(timer)
    timer = undefined
    // Its end sees to what came meanwhile.
    if (waiting === '' || under !== null) return
    try {
      const bytes = take()
      writeBeside(file, bytes)
    } catch (error) {
      if ((error as { code?: string }).code === undefined) throw error
      lost += 1
    }
  }
  return {
    write: (line) => {
      if (waiting.length > waitingLimit) flush()
      if (lost > 0) {
        waiting += `${JSON.stringify({ level: 'warn', msg: 'parts of this log could not be written', parts: lost })}\n`
        lost = 0
      }
      waiting += line
      timer ??= setTimeout(isBusy ? flushBeside : flush, everyMs).unref()
    },
    flush,
    [Symbol.dispose]: () => {
      flush()
      isClosed = true
      if (under !== file) closeSync(file)
    },
  }
}

function renameIfThere(from: string, to: string): void {
  try {
    renameSync(from, to)
  } catch (error) {
    if ((error as { code?: string }).code !== 'ENOENT') throw error
  }
}
