import { closeSync, fstatSync, openSync, renameSync, write, writeSync } from 'node:fs'

export interface LogFile extends Disposable {
  write(line: string): void
  /** Now, not with the next batch. Never throws: a full disk must not stop the server. */
  flush(): void
}

interface Taken {
  readonly bytes: Buffer
  /** How many losses are told in them. */
  readonly told: number
}

const waitingLimit = 4 * 1024 * 1024

const lossOf = (parts: number): string =>
  `${JSON.stringify({ level: 'warn', msg: 'parts of this log could not be written', parts })}\n`

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
  /** It ends within a line. */
  let isTorn = false
  let timer: NodeJS.Timeout | undefined
  /** Being written beside, and where to. */
  let under: number | null = null
  let isClosed = false

  const rotate = (): void => {
    // Opened first: where that fails, time and again, no file is moved and none is lost.
    const next = openSync(`${path}.new`, 'a', 0o600)
    try {
      for (let age = keep - 1; age >= 1; age -= 1) renameIfThere(`${path}.${age}`, `${path}.${age + 1}`)
      renameIfThere(path, `${path}.1`)
      renameSync(`${path}.new`, path)
    } catch (error) {
      closeSync(next)
      throw error
    }
    // What is still being written there closes it.
    if (under !== file) closeSync(file)
    file = next
    size = 0
    isTorn = false
  }
  const take = (): Taken => {
    const lines = waiting
    waiting = ''
    if (size > 0 && size + Buffer.byteLength(lines) > maxBytes) rotate()
    const bytes = Buffer.from(`${isTorn ? '\n' : ''}${lost === 0 ? '' : lossOf(lost)}${lines}`)
    size += bytes.length
    return { bytes, told: lost }
  }
  const keepTaken = ({ told }: Taken): void => {
    lost = Math.max(0, lost - told)
    isTorn = false
  }
  const lose = (written: number, length: number): void => {
    lost += 1
    // What is not there must not make room for itself: a full disk would cost the older files.
    size -= length - written
    if (written > 0) isTorn = true
  }
  const flush = (): void => {
    clearTimeout(timer)
    timer = undefined
    if (waiting === '') return
    let [written, length] = [0, 0]
    try {
      const taken = take()
      ;({ length } = taken.bytes)
      while (written < length) written += writeSync(file, taken.bytes, written)
      keepTaken(taken)
    } catch (error) {
      if ((error as { code?: string }).code === undefined) throw error
      lose(written, length)
    }
  }
  const writeBeside = (to: number, taken: Taken, from = 0): void => {
    const { bytes } = taken
    under = to
    write(to, bytes, from, (error, written) => {
      under = null
      if (error === null && from + written < bytes.length) return writeBeside(to, taken, from + written)
      if (error === null) keepTaken(taken)
      else if (to === file) lose(from, bytes.length)
      else lose(0, 0)
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
      const taken = take()
      writeBeside(file, taken)
    } catch (error) {
      if ((error as { code?: string }).code === undefined) throw error
      lose(0, 0)
    }
  }
  return {
    write: (line) => {
      if (waiting.length > waitingLimit) flush()
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
