import type { ServerResponse } from 'node:http'
import type { Sink } from '@hearth/models'
import type { Counted } from './reply.ts'

/** What no page shows, and no cache keeps. */
const always = [
  'x-content-type-options',
  'nosniff',
  'cache-control',
  'no-store',
  'content-security-policy',
  "default-src 'none'; frame-ancestors 'none'",
  'referrer-policy',
  'no-referrer',
  'cross-origin-resource-policy',
  'same-origin',
] as const

/** What is longer is not worth a copy. */
const mostAsText = 65_536

/** An answer that comes in pieces, as slowly as it is read. */
export function responseSink(response: Counted, requestId: string): Sink {
  let isEnded = false
  let streams = false
  let isFirst = true
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
      const all = ['x-request-id', requestId, ...always]
      if (streams) all.push('trailer', 'x-hearth-cost-usd')
      for (const name in headers) all.push(name, headers[name] as string)
      response.writeHead(status, all)
    },
    write: (chunk) => {
      if (gone()) return true
      count(chunk)
      isFirst = false
      return response.write(chunk)
    },
    drained: (then) => once(response, then),
    end: (chunk, trailers) => {
      if (gone()) return
      isEnded = true
      if (chunk !== undefined) count(chunk)
      if (streams && trailers !== undefined) response.addTrailers(trailers)
      // As text it goes out with its head in one piece; in this encoding its bytes stay what they are.
      if (isFirst && Buffer.isBuffer(chunk) && chunk.length <= mostAsText)
        response.end(chunk.toString('latin1'), 'latin1')
      else response.end(chunk)
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
