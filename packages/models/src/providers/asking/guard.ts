import { ModelError } from '../../failure.ts'
import type { Fetch, ProviderSetting } from '../../provider.ts'
import type { Source } from './begun.ts'
import { bounded } from './bounds.ts'
import { boundsOf, headHasCome } from './heads.ts'

/** Of one call: a provider that wants a long answer to be fetched in pieces says so for every piece. */
const mostRequests = 50
const mostOfStreamedJson = 1_000_000

/** One call’s way to the network. */
export interface Guard extends Source {
  readonly fetch: Fetch
  /** Ends when the caller does not wait any more, or when the call is given up here. */
  readonly signal: AbortSignal
  /** What was answered with last. */
  status(): number | undefined
}

export interface Guarding {
  readonly setting: ProviderSetting
  readonly signal: AbortSignal | undefined
  readonly streams: boolean
}

/**
 * The given `fetch` and no other, without redirects (a key in a header of its own would go to wherever they lead), without a word about
 * the software that asks, and with bounds on what comes. Throws `ModelError`.
 */
export function guarded({ setting, signal: callers, streams }: Guarding): Guard {
  requireSendable(setting.key)
  const own = new AbortController()
  const signal = callers === undefined ? own.signal : AbortSignal.any([callers, own.signal])
  let status: number | undefined
  let hasBegun = false
  let requests = 0
  return {
    signal,
    status: () => status,
    begun: () => void (hasBegun = true),
    close: () => own.abort(),
    fetch: async (input, init) => {
      requests += 1
      if (requests > mostRequests)
        throw new ModelError({ type: 'garbage', detail: 'it wants to be asked again and again' })
      const headers = new Headers(init?.headers)
      headers.set('user-agent', 'Hearth')
      status = undefined
      const response = await setting.fetch(input, { ...init, headers, redirect: 'manual', signal })
      status = response.status
      headHasCome(callers)
      const checked = bounded(response, () => hasBegun, boundsOf(callers))
      return streams && response.ok ? requireStream(checked) : checked
    },
  }
}

/** Fetch names a header that it cannot send, key and all. */
function requireSendable(key: string | undefined): void {
  if (key !== undefined && !/^[\x21-\x7e]*$/.test(key))
    throw new ModelError({ type: 'key', detail: 'its key holds characters that no key has' })
}

/** What is not a stream holds no events for whoever reads it as one, so that an error in the place of it would be lost. */
async function requireStream(response: Response): Promise<Response> {
  if (!/^application\/(?:[\w.+-]*\+)?json\b/i.test(response.headers.get('content-type') ?? '')) return response
  const responseBody = await upTo(response, mostOfStreamedJson)
  throw Object.assign(new Error('an answer that is no stream'), {
    statusCode: response.status,
    responseHeaders: Object.fromEntries(response.headers),
    responseBody,
  })
}

async function upTo(response: Response, most: number): Promise<string> {
  const decoder = new TextDecoder()
  let text = ''
  for await (const chunk of response.body ?? []) {
    text += decoder.decode(chunk, { stream: true })
    if (text.length > most) break
  }
  return text
}
