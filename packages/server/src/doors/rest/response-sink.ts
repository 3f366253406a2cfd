import type { ServerResponse } from 'node:http'
import type { Sink } from '@hearth/models'
import type { Counted } from './reply.ts'

/** What no page shows, and no cache keeps. */
const always = {
  'x-content-type-options': 'nosniff',
  'cache-control': 'no-store',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'referrer-policy': 'no-referrer',
  'cross-origin-resource-policy': 'same-origin',
}

/** An answer that comes in pieces, as slowly as it is read. */
export function responseSink(response: Counted, requestId: string): Sink {
  let isEnded = false
  let streams = false
  const listeners: (() => void)[] = []
  const gone = (): boolean => !isEnded && (response.destroyed || response.closed)
  response.once('close', () => {
    if (!isEnded) for (const listener of listeners) listener()
  })
  const count = (chunk: string | Uint8Array): void => {
    response.bodyBytes =
      (response.bodyBytes ?? 0) + (typeof chunk === 'string' ? Buffer.byteLength(chunk) : chunk.length)
  }
  return {
    get isGone() {
      return gone()
    },
    head: (status, headers) => {
      if (gone() || response.headersSent) return
      // Clients of HTTP/1.0 take no chunks, and so no trailers.
      streams = headers['content-length'] === undefined && response.useChunkedEncodingByDefault
      const trailers = streams ? { trailer: 'x-hearth-cost-usd' } : {}
      response.writeHead(status, { ...always, 'x-request-id': requestId, ...trailers, ...headers })
    },
    write: (chunk) => {
      if (gone()) return true
      count(chunk)
      return response.write(chunk)
    },
    drained: (then) => once(response, then),
    end: (chunk, trailers) => {
      if (gone()) return
      isEnded = true
      if (chunk !== undefined) count(chunk)
      if (streams && trailers !== undefined) response.addTrailers(trailers)
      response.end(chunk)
    },
    onGone: (then) => {
      if (gone()) then()
      else listeners.push(then)
    },
  }
}

function once(response: ServerResponse, then: () => void): void {
  const done = (): void => {
    response.off('drain', done)
    response.off('close', done)
    then()
  }
  response.on('drain', done)
  response.on('close', done)
}
