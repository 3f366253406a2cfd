import { foreignAnswer, HearthUnreachable, problemOf, reasonOf, type HearthProblem } from './errors.ts'
import { retryAfterOf } from './retry.ts'

/** Where calls go, and as whom. */
export interface Server {
  readonly url: string
  readonly key: string | undefined
  readonly fetch: typeof fetch
}

export interface HttpAnswer {
  /** Undefined where the body is no JSON. */
  readonly body: unknown
  readonly status: number
  readonly headers: Headers
}

const prefix = '/api/v1'

export function headersOf({ key }: Pick<Server, 'key'>): Headers {
  const headers = new Headers({ accept: 'application/json' })
  if (key !== undefined) headers.set('authorization', `Bearer ${key}`)
  return headers
}

/** One request. Throws `HearthUnreachable`, or the signal's reason. */
export async function request(server: Server, path: string, init: RequestInit): Promise<HttpAnswer> {
  const { signal } = init
  try {
    // A redirect would turn a call into something else, and may lead elsewhere.
    const response = await server.fetch(`${server.url}${prefix}${path}`, { ...init, redirect: 'error' })
    const text = await response.text()
    return { body: parse(text), status: response.status, headers: response.headers }
  } catch (error) {
    if (signal?.aborted === true) throw signal.reason
    throw new HearthUnreachable(server.url, reasonOf(error), error)
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error
    return undefined
  }
}

/** What an answer that is no good one says. */
export function problemIn({ body, status, headers }: HttpAnswer): HearthProblem {
  const retryAfter = retryAfterOf(headers.get('retry-after'))
  return problemOf(body, retryAfter) ?? foreignAnswer(status, retryAfter)
}
