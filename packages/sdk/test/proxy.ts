import { once } from 'node:events'
import { createServer, request, type IncomingHttpHeaders, type IncomingMessage } from 'node:http'
import { connect, type AddressInfo, type Socket } from 'node:net'

export interface Seen {
  readonly method: string
  readonly path: string
  readonly headers: IncomingHttpHeaders
  readonly body: string
}

/** `cut`: the call is carried out, and its answer never comes. Otherwise an answer of the proxy's own. */
export type Treatment =
  | 'pass'
  | 'cut'
  | { readonly status: number; readonly headers?: Readonly<Record<string, string>>; readonly body?: string }

export interface Proxy extends AsyncDisposable {
  readonly url: string
  readonly seen: Seen[]
  /** How many connections were upgraded so far, and how many of them are open. */
  readonly upgrades: number
  readonly open: number
  cutUpgrades(): void
}

/** A real proxy before a real server, that does to each request what the test says. */
export async function startProxy(
  target: string,
  treat: (seen: Seen, count: number) => Treatment = () => 'pass',
  options: { readonly upgrades: 'pass' | 'refuse' } = { upgrades: 'pass' },
): Promise<Proxy> {
  const { hostname, port, host } = new URL(target)
  const seen: Seen[] = []
  const sockets = new Set<Socket>()
  let upgrades = 0

  const server = createServer(async (incoming, outgoing) => {
    const one = {
      method: incoming.method ?? '',
      path: incoming.url ?? '',
      headers: incoming.headers,
      body: await read(incoming),
    }
    seen.push(one)
    const treatment = treat(one, seen.length)
    if (typeof treatment === 'object')
      return void outgoing.writeHead(treatment.status, treatment.headers).end(treatment.body)
    const forwarded = request({ hostname, port, method: one.method, path: one.path, headers: { ...one.headers, host } })
    forwarded.on('error', () => incoming.socket.destroy())
    forwarded.on('response', async (answer) => {
      const body = await read(answer)
      if (treatment === 'cut') return void incoming.socket.destroy()
      outgoing.writeHead(answer.statusCode ?? 502, answer.headers).end(body)
    })
    forwarded.end(one.body)
  })
  server.on('upgrade', (incoming: IncomingMessage, socket: Socket) => {
    if (options.upgrades === 'refuse') return void socket.destroy()
    upgrades += 1
    const behind = connect(Number(port), hostname)
    for (const one of [socket, behind]) {
      sockets.add(one)
      one.on('error', () => undefined)
      one.on('close', () => {
        sockets.delete(one)
        socket.destroy()
        behind.destroy()
      })
    }
    const lines = Object.entries({ ...incoming.headers, host }).map(([name, value]) => `${name}: ${String(value)}\r\n`)
    behind.write(`GET ${incoming.url} HTTP/1.1\r\n${lines.join('')}\r\n`)
    socket.pipe(behind)
    behind.pipe(socket)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    seen,
    get upgrades() {
      return upgrades
    },
    get open() {
      return sockets.size / 2
    },
    cutUpgrades: () => {
      for (const socket of sockets) socket.destroy()
    },
    [Symbol.asyncDispose]: async () => {
      for (const socket of sockets) socket.destroy()
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}

async function read(message: IncomingMessage): Promise<string> {
  let body = ''
  for await (const part of message.setEncoding('utf8')) body += part
  return body
}
