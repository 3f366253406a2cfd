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

/** An answer that comes in pieces, as slowly as it is read. `idHeader`: where its id stands too. */
export const responseSink = (response: Counted, requestId: string, idHeader?: string): ResponseSink =>
  new ResponseSink(response, requestId, idHeader)

/**
 * Not an object written out with a getter of its own: that is a new kind of object to the engine each time, which it keeps for long, and
 * with it all that the getter reaches.
 */
export class ResponseSink implements Sink {
  readonly #response: Counted
  readonly #requestId: string
  readonly #idHeader: string | undefined
  readonly #listeners: (() => void)[] = []
  #isEnded = false
  #streams = false
  #isFirst = true

  constructor(response: Counted, requestId: string, idHeader: string | undefined) {
    this.#response = response
    this.#requestId = requestId
    this.#idHeader = idHeader
    response.once('close', () => {
      if (!this.#isEnded) for (const listener of this.#listeners) listener()
    })
  }

  /** All of it is said, though some may not have gone out. */
  get hasEnded(): boolean {
    return this.#isEnded
  }

  get isGone(): boolean {
    return !this.#isEnded && (this.#response.destroyed || this.#response.closed)
  }

  head(status: number, headers: Readonly<Record<string, string>>): void {
    const response = this.#response
    if (this.isGone || response.headersSent) return
    // Clients of HTTP/1.0 take no chunks, and so no trailers.
    this.#streams = headers['content-length'] === undefined && response.useChunkedEncodingByDefault
    const all = ['x-request-id', this.#requestId, ...always]
    if (this.#idHeader !== undefined) all.push(this.#idHeader, this.#requestId)
    if (this.#streams) all.push('trailer', 'x-hearth-cost-usd, x-hearth-continued')
    for (const name in headers) all.push(name, headers[name] as string)
    response.writeHead(status, all)
  }

  write(chunk: string | Uint8Array): boolean {
    if (this.#isEnded || this.isGone) return true
    this.#count(chunk)
    this.#isFirst = false
    return this.#response.write(chunk)
  }

  drained(then: () => void): void {
    once(this.#response, then)
  }

  end(chunk?: string | Uint8Array, trailers?: Readonly<Record<string, string>>): void {
    if (this.#isEnded || this.isGone) return
    const response = this.#response
    if (this.#streams && trailers !== undefined) response.addTrailers(trailers)
    this.#isEnded = true
    if (chunk !== undefined) this.#count(chunk)
    // As text it goes out with its head in one piece; in this encoding its bytes stay what they are.
    if (this.#isFirst && Buffer.isBuffer(chunk) && chunk.length <= mostAsText)
      together({ response, text: chunk.toString('latin1') })
    else response.end(chunk)
  }

  onGone(then: () => void): void {
    if (this.isGone) then()
    else this.#listeners.push(then)
  }

  #count(chunk: string | Uint8Array): void {
    const response = this.#response
    response.bodyBytes =
      (response.bodyBytes ?? 0) + (typeof chunk === 'string' ? Buffer.byteLength(chunk) : chunk.length)
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

interface Written {
  readonly response: ServerResponse
  readonly text: string
}

const waiting: Written[] = []

/**
 * Behind all that has come in by now: written one right after the other, answers wake the client, or the network's card, once for many
 * of them. Nearly half of the time of a small answer went into waking.
 */
function together(written: Written): void {
  if (waiting.push(written) === 1) setImmediate(writeAll)
}

function writeAll(): void {
  for (const { response, text } of waiting.splice(0))
    try {
      response.end(text, 'latin1')
    } catch (error) {
      // The others have nothing to do with it.
      response.destroy(error as Error)
    }
}
