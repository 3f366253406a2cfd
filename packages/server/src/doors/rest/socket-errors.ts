import type { Server, ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'
import { HearthError } from '@hearth/protocol'
import { STATUS_CODES } from '../../platform/node-http.ts'
import { earlyErrors } from './errors.ts'
import { problem } from './reply.ts'

/** Answers requests that never become one: broken, oversized or endless ones. */
export function answerSocketErrors(server: Server, nextId: () => string): void {
  server.on('clientError', (error: NodeJS.ErrnoException, socket) => {
    if (error.code === 'ECONNRESET' || !socket.writable) {
      socket.destroy()
      return
    }
    afterAnswers(socket, () => {
      if (socket.writable) socket.end(rawAnswer(meaningOf(error.code), nextId()))
      // A peer that goes on sending must not keep the connection.
      setTimeout(() => socket.destroy(), 1000).unref()
    })
  })
}

function meaningOf(code: string | undefined): HearthError {
  switch (code) {
    case 'HPE_HEADER_OVERFLOW':
      return new HearthError('door.headers-too-large', 'The request line and headers may have 16 KiB together.')
    case 'HPE_CHUNK_EXTENSIONS_OVERFLOW':
      return new HearthError('door.body-too-large', 'The chunk extensions are too large.')
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return new HearthError('door.request-timeout', 'The whole request did not arrive in time.')
    default:
      return new HearthError('door.request-malformed', 'This is not an HTTP/1.1 request.')
  }
}

/**
 * Earlier requests of the same connection may still be at work. An answer written now would be taken for theirs, so
 * theirs are awaited. `_httpMessage` is Node's only mark of an answer that is owed on a socket.
 */
function afterAnswers(socket: Duplex, then: () => void): void {
  const owed = (socket as { _httpMessage?: ServerResponse | null })._httpMessage
  if (owed === undefined || owed === null) return then()
  // The answer to the broken request itself: nobody will ever give it.
  if (!owed.req.complete) return owed.headersSent ? void socket.destroy() : then()
  // When an answer closes, the next one that is owed has taken the socket.
  owed.once('close', () => afterAnswers(socket, then))
}

/** A whole answer, for a socket that no response belongs to. */
export function rawAnswer(error: HearthError, requestId: string, more: Readonly<Record<string, string>> = {}): string {
  const { status, contentType, body, headers } = problem(error, earlyErrors, requestId)
  const lines = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}`,
    `content-type: ${contentType}`,
    `content-length: ${Buffer.byteLength(body)}`,
    `x-request-id: ${requestId}`,
    'cache-control: no-store',
    'x-content-type-options: nosniff',
    ...Object.entries({ ...headers, ...more, connection: 'close' }).map(([name, value]) => `${name}: ${value}`),
  ]
  return `${lines.join('\r\n')}\r\n\r\n${body}`
}
