import { Agent, request } from 'node:http'

export interface Answer {
  readonly status: number
  readonly body: string
  readonly replayed: boolean
  readonly retryAfterMs: number | null
  readonly tookMs: number
}

export interface CallOptions {
  readonly key?: string
  readonly timeoutMs?: number
}

export interface Client extends Disposable {
  /** One call over HTTP; throws when no whole answer came back. */
  readonly call: (operation: string, input: unknown, options?: CallOptions) => Promise<Answer>
  /** The status of a path that needs no key; throws when no whole answer came back. */
  readonly status: (path: string, timeoutMs: number) => Promise<number>
}

export function openClient(url: string, ownerKey: string): Client {
  const agent = new Agent({ keepAlive: true, maxSockets: 128, maxFreeSockets: 32 })
  // A probe never waits behind the load for a connection.
  const probing = new Agent({ keepAlive: false })
  return {
    call: (operation, input, options = {}) => {
      const body = JSON.stringify(input)
      const headers: Record<string, string> = {
        authorization: `Bearer ${ownerKey}`,
        'content-type': 'application/json',
        'content-length': String(Buffer.byteLength(body)),
      }
      if (options.key !== undefined) headers['idempotency-key'] = options.key
      const target = { url: `${url}/api/v1/call/${operation}`, method: 'POST', headers, agent }
      return exchange(target, body, options.timeoutMs ?? 15_000)
    },
    status: async (path, timeoutMs) => {
      const target = { url: `${url}${path}`, method: 'GET', headers: {}, agent: probing }
      return (await exchange(target, '', timeoutMs)).status
    },
    [Symbol.dispose]: () => {
      agent.destroy()
      probing.destroy()
    },
  }
}

interface Target {
  readonly url: string
  readonly method: string
  readonly headers: Readonly<Record<string, string>>
  readonly agent: Agent
}

function exchange(target: Target, body: string, timeoutMs: number): Promise<Answer> {
  const began = performance.now()
  return new Promise((resolve, reject) => {
    const { url, ...options } = target
    const outgoing = request(url, { ...options, signal: AbortSignal.timeout(timeoutMs) }, (incoming) => {
      const parts: Buffer[] = []
      incoming.on('data', (part: Buffer) => parts.push(part))
      incoming.on('error', reject)
      incoming.on('end', () => {
        if (!incoming.complete) return reject(new Error('The answer was cut.'))
        const seconds = Number(incoming.headers['retry-after'])
        resolve({
          status: incoming.statusCode ?? 0,
          body: Buffer.concat(parts).toString('utf8'),
          replayed: incoming.headers['idempotency-replayed'] === 'true',
          retryAfterMs: Number.isFinite(seconds) ? seconds * 1000 : null,
          tookMs: performance.now() - began,
        })
      })
    })
    outgoing.on('error', reject)
    outgoing.end(body)
  })
}

export interface Patience {
  readonly signal: AbortSignal
}

export interface Settled {
  readonly answer: Answer
  readonly tries: number
  readonly tookMs: number
}

/** Calls with the same key until the server gives an answer that is final: anything but a lost connection, 429 or 5xx. */
export async function callUntilAnswered(
  client: Client,
  operation: string,
  input: unknown,
  key: string | null,
  { signal }: Patience,
): Promise<Settled> {
  const began = performance.now()
  for (let tries = 1; ; tries += 1) {
    signal.throwIfAborted()
    const answer = await client.call(operation, input, key === null ? {} : { key }).catch(asNoAnswer)
    if (answer !== null && answer.status < 500 && answer.status !== 429) {
      return { answer, tries, tookMs: performance.now() - began }
    }
    const backoff = Math.min(1_000, 50 * 2 ** Math.min(tries, 5)) * (0.5 + Math.random())
    await pause(Math.max(backoff, Math.min(answer?.retryAfterMs ?? 0, 2_000)), signal)
  }
}

function asNoAnswer(error: unknown): null {
  // A lost connection, a time-out, a cut answer: not a mistake of this program.
  if (error instanceof Error && !(error instanceof TypeError)) return null
  throw error
}

export function pause(milliseconds: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted === true) return reject(signal.reason as Error)
    const stop = (): void => {
      clearTimeout(timer)
      reject(signal?.reason as Error)
    }
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', stop)
      resolve()
    }, milliseconds)
    signal?.addEventListener('abort', stop, { once: true })
  })
}
