import type { IncomingMessage, RequestListener, Server, ServerResponse } from 'node:http'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { isIPv6, Server as TcpServer } from 'node:net'
import { HearthError } from '@hearth/protocol'
import { createServer } from '../../platform/node-http.ts'
import { earlyErrors } from './errors.ts'
import { checkHostAndOrigin } from './guard.ts'
import { hostCheck } from './host.ts'
import { json, problem, write } from './reply.ts'
import { requestIds } from './request-id.ts'
import { answerSocketErrors } from './socket-errors.ts'
import { takeApartTarget } from './target.ts'

export interface Timeouts {
  readonly headersMs: number
  readonly requestMs: number
  readonly keepAliveMs: number
  readonly checkMs: number
}

/** Where WebSocket is spoken. */
export const livePath = '/api/v1/live'

/**
 * Connections that wait to be taken; the system may allow fewer. One that finds no room believes that it is connected, and what it
 * sends is lost and sent again after longer and longer pauses: with the usual 511 some of 8,192 that came at once waited 14 seconds.
 */
const backlog = 65_535

const usual: Timeouts = { headersMs: 15_000, requestMs: 60_000, keepAliveMs: 65_000, checkMs: 5000 }

export interface Listener {
  readonly server: Server
  readonly url: string
  readonly acceptsHost: (header: string) => boolean
  readonly nextRequestId: (request: IncomingMessage) => string
  /** From now on requests go there; until then all but `/healthz` are told that the server is starting. */
  serve(handler: RequestListener): void
  /**
   * Takes no new connection, lets running requests finish, and cuts what is left after `withinMs`. For `lingerMs` connections without a
   * request are kept: their callers may just be sending one, and are told with its answer not to send another.
   */
  close(withinMs: number, lingerMs?: number): Promise<void>
}

export interface ListenOptions {
  readonly host: string
  readonly port: number
  readonly hosts: readonly string[]
  readonly timeouts?: Timeouts
  /** What is no id of a call, though it looks like one. */
  readonly isKey?: (text: string) => boolean
}

/** Takes the port before anything dear is started. Throws `server.port-taken`. */
export async function listen(options: ListenOptions): Promise<Listener> {
  const unbound = listenLater(options)
  await unbound.listen()
  return unbound
}

/** For a port that is known, and taken when `listen` is called. */
export function listenLater(options: ListenOptions): Listener & { listen(): Promise<void> } {
  const { host, port, hosts, timeouts = usual } = options
  const acceptsHost = hostCheck({ host, hosts })
  const nextRequestId = requestIds(options.isKey)
  let handler: RequestListener = (request, response) => starting(request, response, nextRequestId(request), acceptsHost)
  const receive: RequestListener = (request, response) => {
    takeApartTarget(request)
    handler(request, response)
  }
  const server: Server = createServer(
    {
      headersTimeout: timeouts.headersMs,
      requestTimeout: timeouts.requestMs,
      keepAliveTimeout: timeouts.keepAliveMs,
      connectionsCheckingInterval: timeouts.checkMs,
      maxHeaderSize: 16 * 1024,
      // Node would answer 400 itself, without a body.
      requireHostHeader: false,
      // Any other upgrade that is asked for may be ignored, and so may this one until there is something to serve.
      shouldUpgradeCallback: (request) => isForLive(request) && server.listenerCount('upgrade') > 0,
    },
    receive,
  )
  answerSocketErrors(server, () => nextRequestId({ headers: {} } as IncomingMessage))
  // An expectation that is not understood may be ignored; Node would answer 417 itself, without a body.
  server.on('checkExpectation', receive)
  return {
    server,
    get url() {
      return urlOf(host, (server.address() as AddressInfo | null)?.port ?? port)
    },
    listen: async () => {
      server.listen({ host, port, backlog })
      await once(server, 'listening').catch((error: unknown) => {
        throw refusal(error, host, port)
      })
    },
    acceptsHost,
    nextRequestId,
    serve: (next) => {
      handler = next
    },
    close: (withinMs, lingerMs = 0) => {
      const before = handler
      handler = (request, response) => {
        response.setHeader('connection', 'close')
        before(request, response)
      }
      return close(server, withinMs, lingerMs)
    },
  }
}

function isForLive({ url = '', headers }: IncomingMessage): boolean {
  const path = url.replace(/^https?:\/\/[^/?#]*/i, '').split('?', 1)[0]
  return path === livePath && /^websocket$/i.test(headers.upgrade ?? '')
}

function starting(
  request: IncomingMessage,
  response: ServerResponse,
  requestId: string,
  acceptsHost: (header: string) => boolean,
): void {
  try {
    checkHostAndOrigin(request, acceptsHost)
    const path = request.url?.split('?')[0]
    const isProbe = request.method === 'GET' || request.method === 'HEAD'
    if (!isProbe || (path !== '/healthz' && path !== '/health'))
      throw new HearthError('server.starting', 'The server is starting.')
    write(response, requestId, json({ alive: true }))
  } catch (error) {
    if (!(error instanceof HearthError)) throw error
    write(response, requestId, problem(error, earlyErrors, requestId))
  }
}

function refusal(error: unknown, host: string, port: number): unknown {
  const { code } = error as { code?: string }
  if (code === 'EADDRINUSE') {
    const detail = `Port ${port} of ${host} is taken. Choose another with --port or HEARTH_PORT (0: any free one).`
    return new HearthError('server.port-taken', detail, { cause: error })
  }
  if (code === 'EACCES' || code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND') {
    const detail = `The server cannot listen on port ${port} of ${host} (${code}). See HEARTH_HOST and HEARTH_PORT.`
    return new HearthError('server.cannot-listen', detail, { cause: error })
  }
  return error
}

/** An address of this machine, where `host` stands for all of them. */
function urlOf(host: string, port: number): string {
  if (host === '0.0.0.0') return `http://127.0.0.1:${port}`
  if (host === '::') return `http://[::1]:${port}`
  return isIPv6(host) ? `http://[${host}]:${port}` : `http://${host}:${port}`
}

async function close(server: Server, withinMs: number, lingerMs: number): Promise<void> {
  if (!server.listening) return
  const closed = once(server, 'close')
  const began = performance.now()
  if (lingerMs > 0) stopListening(server)
  else server.close()
  // A connection whose last request has just been answered counts as idle only now.
  const sweep = setInterval(() => {
    if (performance.now() - began >= lingerMs) server.closeIdleConnections()
  }, 50)
  const cut = setTimeout(() => server.closeAllConnections(), withinMs)
  try {
    await closed
  } finally {
    clearInterval(sweep)
    clearTimeout(cut)
  }
}

/** A server of HTTP closes its idle connections with its port; that of TCP beneath it does not. */
function stopListening(server: Server): void {
  TcpServer.prototype.close.call(server)
}
