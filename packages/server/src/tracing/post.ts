import type { IncomingMessage } from 'node:http'

export type Posted =
  | { readonly type: 'taken'; readonly rejected: number }
  /** It will not be taken later either. */
  | { readonly type: 'refused'; readonly reason: string }
  | { readonly type: 'failed'; readonly reason: string; readonly afterMs: number | null }

const withinMs = 10_000
const longestAnswer = 64 * 1024

/** Those of which OTLP says that the request may be sent again. */
const again: ReadonlySet<number> = new Set([429, 502, 503, 504])

export interface Post extends Disposable {
  (body: string): Promise<Posted>
}

/** Never rejects, and a reason never holds what was sent. */
export function postTo(url: string, headers: Readonly<Record<string, string>>): Post {
  // Not by `import`, which would load a whole HTTP client; TLS only once it is needed.
  const http = process.getBuiltinModule(url.startsWith('https:') ? 'node:https' : 'node:http')
  const agent = new http.Agent({ keepAlive: true, maxSockets: 1 })
  const post = (body: string): Promise<Posted> =>
    new Promise((resolve) => {
      const length = { 'content-type': 'application/json', 'content-length': String(Buffer.byteLength(body)) }
      const signal = AbortSignal.timeout(withinMs)
      try {
        const request = http.request(url, { method: 'POST', agent, headers: { ...headers, ...length }, signal })
        request.on('response', (response) => void answerOf(response).then(resolve))
        request.on('error', (error) => resolve({ type: 'failed', reason: reasonOf(error), afterMs: null }))
        request.end(body)
      } catch (error) {
        // Headers of the settings that are none.
        resolve({ type: 'refused', reason: reasonOf(error as Error) })
      }
    })
  return Object.assign(post, { [Symbol.dispose]: () => agent.destroy() })
}

const reasonOf = (error: NodeJS.ErrnoException): string => error.code ?? error.name

async function answerOf(response: IncomingMessage): Promise<Posted> {
  const { statusCode: status = 0 } = response
  try {
    const text = await bodyOf(response)
    if (status >= 200 && status < 300) return { type: 'taken', rejected: rejectedIn(text) }
  } catch {
    return { type: 'failed', reason: 'the answer broke off', afterMs: null }
  }
  const reason = `answered ${status}`
  if (!again.has(status)) return { type: 'refused', reason }
  const seconds = Number(response.headers['retry-after'])
  return { type: 'failed', reason, afterMs: seconds > 0 ? Math.min(seconds, 60) * 1000 : null }
}

async function bodyOf(response: IncomingMessage): Promise<string> {
  let text = ''
  for await (const chunk of response.setEncoding('utf8')) {
    text += String(chunk)
    if (text.length > longestAnswer) break
  }
  return text
}

/** A receiver may take a part. */
function rejectedIn(text: string): number {
  try {
    const { partialSuccess } = JSON.parse(text) as {
      readonly partialSuccess?: { readonly rejectedSpans?: string | number }
    }
    return Number(partialSuccess?.rejectedSpans ?? 0) || 0
  } catch {
    // It may answer in another form, or with nothing.
    return 0
  }
}
