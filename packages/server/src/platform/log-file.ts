import { closeSync, fstatSync, openSync, renameSync, writeSync } from 'node:fs'

export interface LogFile extends Disposable {
  write(line: string): void
  /** Now, not with the next batch. Never throws: a full disk must not stop the server. */
  flush(): void
}

const flushAfterMs = 20
const waitingLimit = 4 * 1024 * 1024

/** Appends in small batches. `name.log` grows to about `maxBytes`, then becomes `name.log.1`, and so on up to `keep`. */
export function openLogFile(options: {
  readonly path: string
  readonly maxBytes: number
  readonly keep: number
}): LogFile {
  const { path, maxBytes, keep } = options
  let file = openSync(path, 'a', 0o600)
  let size = fstatSync(file).size
  let waiting = ''
  let lost = 0
  let timer: NodeJS.Timeout | undefined

  const rotate = (): void => {
    for (let age = keep - 1; age >= 1; age -= 1) renameIfThere(`${path}.${age}`, `${path}.${age + 1}`)
    renameIfThere(path, `${path}.1`)
    const next = openSync(path, 'a', 0o600)
    closeSync(file)
    file = next
    size = 0
  }
  const flush = (): void => {
    clearTimeout(timer)
    timer = undefined
    if (waiting === '') return
    const bytes = Buffer.from(waiting)
    waiting = ''
    try {
      if (size > 0 && size + bytes.length > maxBytes) rotate()
      size += writeSync(file, bytes)
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
      timer ??= setTimeout(flush, flushAfterMs).unref()
    },
    flush,
    [Symbol.dispose]: () => {
      flush()
      closeSync(file)
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
