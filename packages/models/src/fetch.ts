import type { NetworkFailure, Network, Opened, ResponseHeaders } from './network.ts'
import type { Fetch } from './provider.ts'

/** A failure of the network on the way of a `fetch`. */
export class NetworkError extends Error {
  readonly failure: NetworkFailure

  constructor(failure: NetworkFailure) {
    super(failure.reason)
    this.name = 'NetworkError'
    this.failure = failure
  }
}

export interface FetchLimits {
  readonly allowPrivate: boolean
  readonly headWithinMs: number
  readonly idleMs: number
}

/** `fetch` as the packages of providers want it, over the one way out. */
export const fetchOver =
  (network: Network, limits: FetchLimits): Fetch =>
  async (input, init) => {
    const request = input instanceof Request ? new Request(input, init) : null
    const url = request?.url ?? String(input)
    const method = (request?.method ?? init?.method ?? 'GET') as 'GET' | 'POST' | 'PUT' | 'DELETE'
    const headers = Object.fromEntries(new Headers(request?.headers ?? init?.headers))
    const signal = request?.signal ?? init?.signal ?? undefined
    signal?.throwIfAborted()
    const body = request === null ? bodyOf(init?.body) : new Uint8Array(await request.arrayBuffer())
    return send(network, { url, method, headers, body, ...limits }, signal)
  }

function bodyOf(body: RequestInit['body'] | undefined): string | Uint8Array | null {
  if (body === undefined || body === null) return null
  if (typeof body === 'string' || body instanceof Uint8Array) return body
  throw new TypeError('a body that is neither text nor bytes cannot be sent')
}

function send(
  network: Network,
  request: Parameters<Network['open']>[0],
  signal: AbortSignal | undefined,
): Promise<Response> {
  return new Promise((resolve, reject) => {
    let flow: ReadableStreamDefaultController<Uint8Array> | null = null
    let opened: Opened | null = null
    const abort = (): void => {
      opened?.abort()
      const reason: unknown = signal?.reason
      if (flow === null) reject(reason as Error)
      else flow.error(reason)
    }
    const done = (): void => signal?.removeEventListener('abort', abort)
    const answering = {
      head: (status: number, headers: ResponseHeaders): void => {
        const body = new ReadableStream<Uint8Array>(
          {
            start: (controller) => void (flow = controller),
            pull: () => opened?.resume(),
            cancel: () => {
              done()
              opened?.abort()
            },
          },
          { highWaterMark: mostWaiting, size: (chunk) => chunk?.byteLength ?? 0 },
        )
        const isBare = status === 204 || status === 205 || status === 304
        try {
          resolve(new Response(isBare ? null : body, { status, headers: headersOf(headers) }))
        } catch {
          // A status that there is not.
          opened?.abort()
          done()
          reject(new NetworkError({ type: 'away', reason: 'its answer is not HTTP' }))
        }
      },
      data: (chunk: Buffer): void => {
        flow?.enqueue(chunk)
        if ((flow?.desiredSize ?? 1) <= 0) opened?.pause()
      },
      ended: (): void => {
        done()
        flow?.close()
      },
      failed: (failure: NetworkFailure): void => {
        done()
        const error = new NetworkError(failure)
        if (flow === null) reject(error)
        else flow.error(error)
      },
    }
    opened = network.open(request, answering)
    signal?.addEventListener('abort', abort, { once: true })
  })
}

const mostWaiting = 256 * 1024

function headersOf(headers: ResponseHeaders): Headers {
  const all = new Headers()
  for (const [name, value] of Object.entries(headers)) {
    if (value === undefined) continue
    for (const one of typeof value === 'string' ? [value] : value) all.append(name, one)
  }
  return all
}
