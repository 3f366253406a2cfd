/** What a door did for a caller. Names, ids and numbers alone: nothing that a caller wrote and no key. */
export interface Access {
  readonly requestId: string
  readonly correlation: string
  readonly door: 'rest' | 'live'
  /** Of an operation its name, else a method and the pattern of a path: nothing that JSON would write in another way. */
  readonly operation: string
  /** A call when absent. */
  readonly what?: 'connection' | 'disconnection' | 'watch' | 'watch-end' | 'sign-in' | 'sign-out'
  /** Who called, where that is known. */
  readonly kind?: string
  readonly principal?: string
  readonly status: number
  /** Why it was refused or ended. */
  readonly code?: string
  readonly ms: number
  readonly bytes: number
  readonly address: string
}

export type WriteAccess = (access: Access) => void

/** Lines as pino writes them, put together by hand: there is one for each call, and pino takes ten times as long for it (decision 31). */
export function accessLog(write: (line: string) => void): WriteAccess {
  const now = clock()
  return (access) => {
    const { requestId, correlation, door, operation, what = 'call', kind, principal, status, code, ms } = access
    const id = quoted(requestId)
    const course = correlation === requestId ? id : quoted(correlation)
    write(
      `{"level":"info","time":"${now()}","requestId":${id},"correlation":${course},"door":"${door}","what":"${what}",` +
        `"operation":"${operation}"${maybe('kind', kind)}${maybe('principal', principal)},"status":${status}` +
        `${maybe('code', code)},"ms":${Math.round(ms * 1000) / 1000},"bytes":${access.bytes},"address":"${access.address}"}\n`,
    )
  }
}

/** Instants as text; many calls share one. */
function clock(): () => string {
  let at = 0
  let text = ''
  return () => {
    const now = Date.now()
    if (now !== at) {
      at = now
      text = new Date(now).toISOString()
    }
    return text
  }
}

const plain = /^[ !#-[\]-~]*$/

const quoted = (text: string): string => (plain.test(text) ? `"${text}"` : JSON.stringify(text))

const maybe = (name: string, value: string | undefined): string =>
  value === undefined ? '' : `,"${name}":${quoted(value)}`

const batchMs = 250
const batchLimit = 64 * 1024

/** For a process that has another one write its lines: they go there many at a time. */
export function inBatches(send: (lines: string) => void): Disposable & { write(line: string): void } {
  let waiting = ''
  let timer: NodeJS.Timeout | undefined
  const flush = (): void => {
    clearTimeout(timer)
    timer = undefined
    const lines = waiting
    waiting = ''
    if (lines !== '') send(lines)
  }
  return {
    write: (line) => {
      waiting += line
      if (waiting.length > batchLimit) flush()
      else timer ??= setTimeout(flush, batchMs).unref()
    },
    [Symbol.dispose]: flush,
  }
}

/** The code of a refusal as a door wrote it: within a text of JSON no quotation mark stands bare. */
export const codeIn = (status: number, body: string): string | undefined =>
  status < 400 ? undefined : /"code":"([\w.-]+)"/.exec(body)?.[1]
