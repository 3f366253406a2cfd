import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

/** What is answered to one request. */
export interface Replay {
  readonly status?: number
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string | Buffer
  /** Comes again and again behind the body, until the connection is closed. */
  readonly forever?: string | Buffer
  /** `break`: the connection is lost behind the body. `stay`: nothing more comes, and it stays open. */
  readonly behind?: 'end' | 'break' | 'stay'
  /** The same before there was a head. */
  readonly instead?: 'break' | 'stay'
}

export interface Asked {
  readonly method: string
  readonly path: string
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  /** Of the connection that it came by. */
  readonly port: number | undefined
  readonly text: string
  readonly body: Readonly<Record<string, unknown>>
  /** Resolves when the connection is closed, or the answer is out. */
  readonly closed: Promise<void>
}

export interface Upstream extends AsyncDisposable {
  readonly url: string
  readonly asked: readonly Asked[]
  /** What the next requests are answered with, in turn; the last one again and again. */
  play(...replays: readonly Replay[]): void
  /** What is answered at a path beside: who asks there is not among those that asked. */
  beside(path: string, replay: Replay): void
}

/** A server on loopback that plays what was recorded. */
export async function createUpstream(): Promise<Upstream> {
  const asked: Asked[] = []
  let waiting: readonly Replay[] = []
  const others = new Map<string, Replay>()
  const server = createServer((request, response) => {
    const other = others.get(request.url ?? '')
    if (other !== undefined) return void response.writeHead(other.status ?? 200, other.headers).end(other.body)
    const [replay = {}, ...rest] = waiting
    if (rest.length > 0) waiting = rest
    void serve(request, response, replay, asked)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    play: (...replays) => void (waiting = replays),
    beside: (path, replay) => void others.set(path, replay),
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}

async function serve(
  request: IncomingMessage,
  response: ServerResponse,
  replay: Replay,
  asked: Asked[],
): Promise<void> {
  const closed = Promise.withResolvers<void>()
  response.on('close', closed.resolve)
  const text = Buffer.concat(await Array.fromAsync(request)).toString('utf8')
  const { method = '', url: path = '', headers } = request
  const body = text === '' ? {} : (JSON.parse(text) as Asked['body'])
  asked.push({ method, path, headers, port: request.socket.remotePort, text, body, closed: closed.promise })
  if (replay.instead === 'break') return void request.socket.destroy()
  if (replay.instead === 'stay') return
  response.writeHead(replay.status ?? 200, replay.headers)
  response.flushHeaders()
  if (replay.body !== undefined) response.write(replay.body)
  if (replay.forever !== undefined) await repeat(response, replay.forever)
  else if (replay.behind === 'break') breakOff(request, response)
  else if (replay.behind !== 'stay') response.end()
}

/** What was written goes out first. */
function breakOff({ socket }: IncomingMessage, response: ServerResponse): void {
  response.write('', () => setImmediate(() => socket.destroy()))
}

async function repeat(response: ServerResponse, piece: string | Buffer): Promise<void> {
  const gone = once(response, 'close')
  while (!response.destroyed) {
    const next = response.write(piece) ? new Promise((resolve) => setImmediate(resolve)) : once(response, 'drain')
    await Promise.race([next, gone])
  }
}
