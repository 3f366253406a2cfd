import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import { HearthError } from '@hearth/protocol'
import type { WebSocketServer } from 'ws'
import type { Hearth } from '../../compose.ts'
import { everyOneWithin } from '../../platform/every-one-within.ts'
import type { Logger } from '../../platform/logs.ts'
import { bodyLimit } from '../rest/body.ts'
import type { Authentication } from '../rest/caller.ts'
import { earlyErrors } from '../rest/errors.ts'
import { checkHostAndOrigin } from '../rest/guard.ts'
import type { Listener } from '../rest/listener.ts'
import { rawAnswer } from '../rest/socket-errors.ts'
import { takeApartTarget } from '../rest/target.ts'
import type { Done, Recorder } from '../recorder.ts'
import { problem } from '../rest/reply.ts'
import { serveConnection, type Connection, type Tell } from './connection.ts'

export interface LiveDoor {
  /** How many are open. */
  connections(): number
  /** Lets what runs be answered, ends every connection, and cuts what is left after `withinMs`. */
  close(withinMs: number): Promise<void>
}

export interface LiveDoorOptions {
  readonly listener: Listener
  readonly hearth: Pick<Hearth, 'call' | 'watch' | 'errors' | 'operations'>
  readonly authentication: Authentication
  readonly recorder: Recorder
  readonly log: Logger
  readonly beatMs?: number
}

const farewellMs = 1000

const versions = '13, 8'

/** A request for WebSocket that is not what RFC 6455 asks for. */
function refuseHandshake(request: IncomingMessage, socket: Duplex, requestId: string): void {
  const refuse = (code: string, detail: string, headers = {}): void =>
    void socket.end(rawAnswer(new HearthError(code, detail), requestId, headers))
  if (request.method !== 'GET')
    return refuse('door.method-not-allowed', 'WebSocket is asked for by GET.', { allow: 'GET' })
  if (/^(13|8)$/.test(request.headers['sec-websocket-version'] ?? ''))
    return refuse('door.request-malformed', 'This is no WebSocket handshake.')
  const detail = `This path speaks versions ${versions} of WebSocket.`
  refuse('live.upgrade-needed', detail, { 'sec-websocket-version': versions })
}

/** Speaks WebSocket at the listener's live path. */
export function openLiveDoor(options: LiveDoorOptions): LiveDoor {
  const { listener, hearth, authentication, recorder, log, beatMs = 15_000 } = options
  const errors = { ...earlyErrors, ...hearth.errors }
  const operations = new Set(hearth.operations.map(({ name }) => name))
  const isOperation = (name: string): boolean => operations.has(name)
  const connections = new Set<Connection>()
  let server: WebSocketServer | undefined
  let isClosed = false

  const serverOf = async (): Promise<WebSocketServer> => {
    // Its library is large, and most servers are never spoken to this way.
    const { WebSocketServer: Server } = await import('ws')
    if (server !== undefined) return server
    server = new Server({ noServer: true, maxPayload: bodyLimit, perMessageDeflate: false, clientTracking: true })
    // Without this it would answer by itself, in HTML.
    server.on('wsClientError', (_error, socket, request) =>
      refuseHandshake(request, socket, listener.nextRequestId(request)),
    )
    return server
  }
  const upgrade = async (request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> => {
    const requestId = listener.nextRequestId(request)
    const began = performance.now()
    const record = (done: Omit<Done, 'requestId' | 'operation' | 'began' | 'bytes'>): void =>
      recorder.done('live', request, { requestId, operation: 'none', began, bytes: 0, ...done })
    // Of a socket that breaks nobody has to be told.
    socket.on('error', () => undefined)
    try {
      takeApartTarget(request)
      checkHostAndOrigin(request, listener.acceptsHost)
      const who = () => authentication.still(request)
      const calls = () => authentication.again(request)
      const principal = authentication.once(request)
      const speaking = await serverOf()
      if (isClosed) throw new HearthError('server.stopping', 'This server is stopping.')
      speaking.handleUpgrade(request, socket, head, (webSocket) => {
        const onFailure = (error: unknown): void => log.error({ err: error, requestId }, 'a frame failed')
        const tell: Tell = (done) => recorder.done('live', request, done)
        const { traceparent } = request.headers
        const about = { requestId, traceparent, who, calls, onFailure, isOperation, tell }
        const connection = serveConnection({ ...about, socket: webSocket, hearth, errors })
        connections.add(connection)
        record({ what: 'connection', principal, status: 101 })
        webSocket.on('close', () => {
          connections.delete(connection)
          record({ what: 'disconnection', principal, status: 101 })
        })
      })
    } catch (error) {
      const known = error instanceof HearthError ? error : new HearthError('door.failed', 'Something went wrong here.')
      if (known !== error) log.error({ err: error, requestId }, 'an upgrade failed')
      const body = problem(known, errors, requestId)
      record({ what: 'connection', status: body.status, code: known.code })
      socket.end(rawAnswer(known, requestId))
    }
  }
  const onUpgrade = (request: IncomingMessage, socket: Duplex, head: Buffer): void =>
    void upgrade(request, socket, head)
  listener.server.on('upgrade', onUpgrade)
  const beating = everyOneWithin(
    beatMs,
    () => connections,
    (connection) => {
      if (connections.has(connection)) connection.beat()
    },
  )

  return {
    connections: () => connections.size,
    close: async (withinMs) => {
      isClosed = true
      beating[Symbol.dispose]()
      const sockets = server?.clients ?? new Set()
      const terminate = (): void => {
        for (const socket of sockets) socket.terminate()
      }
      const cut = setTimeout(terminate, withinMs)
      const gone = [...sockets].map((socket) => new Promise<void>((resolve) => void socket.once('close', resolve)))
      await Promise.all([...connections].map((connection) => connection.close()))
      // Who does not answer the farewell is not waited for.
      const late = setTimeout(terminate, farewellMs)
      await Promise.all(gone)
      clearTimeout(cut)
      clearTimeout(late)
      listener.server.off('upgrade', onUpgrade)
    },
  }
}
