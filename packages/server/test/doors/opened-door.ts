import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Config } from '../../src/config.ts'
import type { Timeouts } from '../../src/doors/rest/listener.ts'
import type { RestDoor } from '../../src/doors/rest/door.ts'
import { openRestDoor } from '../../src/doors/rest/door.ts'
import type { Logger } from '../../src/platform/logs.ts'
import { openOwnerKey } from '../../src/platform/owner-key.ts'
import { stubHearth, type StubHearth } from './stub-hearth.ts'

export const key = 'the-owner-of-this-test'

export interface OpenedDoor extends AsyncDisposable {
  readonly url: string
  readonly host: string
  readonly port: number
  readonly door: RestDoor
  readonly hearth: StubHearth
  readonly data: string
  readonly logged: { readonly level: string; readonly fields: object; readonly message: string }[]
  /** A call with the owner's key and a JSON body. */
  readonly post: (path: string, body: unknown, headers?: Record<string, string>) => Promise<Response>
  readonly get: (path: string, headers?: Record<string, string>) => Promise<Response>
}

export interface DoorOptions {
  readonly config?: Partial<Config>
  readonly timeouts?: Timeouts
  readonly prepared?: boolean
}

export async function openDoor(options: DoorOptions = {}): Promise<OpenedDoor> {
  const data = mkdtempSync(join(tmpdir(), 'hearth-door-'))
  const ownerKey = openOwnerKey({ data, given: key })
  const logged: OpenedDoor['logged'] = []
  const config = { host: '127.0.0.1', port: 0, hosts: [], metrics: 'key' as const, data, ...options.config }
  const { timeouts } = options
  const door = await openRestDoor({ config, ownerKey, log: logTo(logged), ...(timeouts && { timeouts }) })
  const hearth = stubHearth()
  if (options.prepared !== false) (await door.prepare(hearth))()
  const authorization = `Bearer ${key}`
  const { port, host } = new URL(door.url)
  return {
    url: door.url,
    host,
    port: Number(port),
    door,
    hearth,
    data,
    logged,
    post: (path, body, headers = {}) =>
      fetch(`${door.url}${path}`, {
        method: 'POST',
        headers: { authorization, 'content-type': 'application/json', ...headers },
        body: typeof body === 'string' ? body : JSON.stringify(body),
      }),
    get: (path, headers = {}) => fetch(`${door.url}${path}`, { headers: { authorization, ...headers } }),
    [Symbol.asyncDispose]: async () => {
      await door[Symbol.asyncDispose]()
      rmSync(data, { recursive: true })
    },
  }
}

function logTo(logged: OpenedDoor['logged']): Logger {
  const at = (level: string) => (fields: object, message: string) => void logged.push({ level, fields, message })
  return {
    debug: at('debug'),
    info: at('info'),
    warn: at('warn'),
    error: at('error'),
    fatal: at('fatal'),
    isLevelEnabled: () => false,
  }
}

export interface RawAnswer {
  readonly status: number
  readonly headers: ReadonlyMap<string, string>
  readonly body: string
  readonly problem: { readonly code: string; readonly status: number; readonly requestId: string }
}

/** Sends exactly these bytes, the parts in turn, and gives all answers until the server ends the connection. */
export async function exchange(port: number, ...parts: readonly (string | Buffer)[]): Promise<readonly RawAnswer[]> {
  const socket = connect(port, '127.0.0.1')
  const chunks: Buffer[] = []
  socket.on('data', (chunk) => chunks.push(chunk))
  // The server may end the connection before it has read everything.
  socket.on('error', () => undefined)
  await once(socket, 'connect')
  for (const part of parts) {
    socket.write(part)
    await new Promise(setImmediate)
  }
  await once(socket, 'close')
  return answersIn(Buffer.concat(chunks).toString('utf8'))
}

/** A connection that is kept: one request after the other, each with its answer. */
export interface KeptConnection extends Disposable {
  ask(request: string): Promise<RawAnswer>
}

export async function keptConnection(port: number): Promise<KeptConnection> {
  const socket = connect(port, '127.0.0.1')
  await once(socket, 'connect')
  return {
    ask: async (request) => {
      socket.write(request)
      for (let text = ''; ;) {
        const [chunk] = (await once(socket, 'data')) as [Buffer]
        text += chunk.toString('utf8')
        const [head = '', body = ''] = text.split('\r\n\r\n')
        const length = Number(/^content-length: (\d+)/im.exec(head)?.[1])
        if (Buffer.byteLength(body) === length) return answersIn(text)[0] as RawAnswer
      }
    },
    [Symbol.dispose]: () => socket.destroy(),
  }
}

function answersIn(text: string): readonly RawAnswer[] {
  const answers: RawAnswer[] = []
  for (let rest = text; rest !== '';) {
    const end = rest.indexOf('\r\n\r\n')
    const [first = '', ...lines] = rest.slice(0, end).split('\r\n')
    const headers = new Map(
      lines.map((line) => {
        const colon = line.indexOf(':')
        return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()] as const
      }),
    )
    const length = Number(headers.get('content-length') ?? 0)
    const body = rest.slice(end + 4, end + 4 + length)
    const problem = headers.get('content-type') === 'application/problem+json' ? JSON.parse(body) : undefined
    answers.push({ status: Number(first.split(' ')[1]), headers, body, problem })
    rest = rest.slice(end + 4 + length)
  }
  return answers
}

/** The text of a request with the owner's key, which asks for the connection to be closed afterwards. */
export const requestText = (line: string, headers: readonly string[] = [], body = '', close = true): string =>
  [
    `${line} HTTP/1.1`,
    'Host: 127.0.0.1',
    `Authorization: Bearer ${key}`,
    ...(close ? ['Connection: close'] : []),
    ...headers,
    '',
    body,
  ].join('\r\n')
