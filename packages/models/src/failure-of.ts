import { ModelError, type FailureType, type ModelFailure } from './failure.ts'
import { afterOf, type Headers } from './providers/failures/after.ts'
import { chainOf, isObject, type Link } from './providers/failures/chain.ts'
import { brokenBy } from './providers/failures/connection.ts'
import { shown, type Hidden } from './providers/failures/detail.ts'
import { looksLikeError, saidIn, saidInText, type Said } from './providers/failures/said.ts'
import { typeOf } from './providers/failures/type.ts'

/** What is known beside an error, where it is. */
export interface Known extends Hidden {
  /** What was answered with, once a head had come. */
  readonly status?: number | undefined
}

/** A refusal as it came over the wire. */
export interface RefusedAnswer {
  readonly status: number
  /** By name in lower case. */
  readonly headers: Headers
  readonly body: Uint8Array | string
  readonly key?: string | undefined
  /** What was asked, which is not to be in its words. */
  readonly request?: unknown
}

/** The same failure without the key and what was asked, for one that was read where neither was known. */
export const hiding = (failure: ModelFailure, hidden: Hidden): ModelFailure => ({
  ...failure,
  detail: shown(failure.detail, hidden) || 'it answered with an error',
})

/** How a model failed, from whatever was thrown or came as an error in a stream. Never throws. */
export function failureOf(error: unknown, known: Known = {}): ModelFailure {
  const chain = chainOf(error)
  const own = chain.find((link) => link instanceof ModelError)
  if (own !== undefined) return own.failure
  return ofConnection(chain, known) ?? ofAnswer(chain, known) ?? ofName(chain, known) ?? ofValue(error, known)
}

/** How a provider refused. Its words are masked and bounded. */
export function failureOfAnswer({ status, headers, body, key, request }: RefusedAnswer): ModelFailure {
  const text = typeof body === 'string' ? body : new TextDecoder().decode(body)
  return toldBy(saidInText(text), { status, headers }, { key, request })
}

const statusOf = (status: number | undefined): { readonly status?: number } => (status === undefined ? {} : { status })

function toldBy(
  said: Said,
  { status, headers }: { readonly status: number | undefined; readonly headers: Headers },
  hidden: Hidden,
): ModelFailure {
  const type = typeOf(said, status)
  const afterMs =
    type === 'rate' || type === 'away' || type === 'late'
      ? afterOf(headers, said.afterMs, said.message, Date.now())
      : undefined
  const words = said.message === undefined ? '' : shown(said.message, hidden)
  const instead = status === undefined ? 'it answered with an error' : `it answered with status ${status}`
  return {
    type,
    detail: words === '' ? instead : words,
    ...statusOf(status),
    ...(afterMs === undefined ? {} : { afterMs }),
  }
}

/** The connection, or whoever waited for it. */
function ofConnection(chain: readonly Link[], { status }: Known): ModelFailure | null {
  for (const link of chain) {
    const broken = brokenBy(link) ?? overNetwork(link)
    if (broken === null) continue
    // A refusal is one, also where the rest of its words was lost.
    if (status !== undefined && status >= 300 && broken.type !== 'stopped') return null
    // Once a head has come there was an answer to be lost.
    const type = broken.type === 'away' && status !== undefined ? 'lost' : broken.type
    return { type, detail: broken.detail, ...statusOf(status) }
  }
  return null
}

/** Errors of the gateway's own way out, whose reasons name no address. */
function overNetwork({ name, failure, message }: Link): { readonly type: FailureType; readonly detail: string } | null {
  if (name === 'HearthError' && typeof message === 'string') return { type: 'away', detail: message }
  if (name !== 'NetworkError' || !isObject(failure)) return null
  const { type, reason } = failure
  return { type: type === 'late' ? 'late' : 'away', detail: typeof reason === 'string' ? reason : 'it is not reached' }
}

/** An answer with a status, as the AI SDK tells of it. */
function ofAnswer(chain: readonly Link[], known: Known): ModelFailure | null {
  const call = chain.find(({ statusCode, responseBody }) => statusCode !== undefined || responseBody !== undefined)
  const invalid = chain.find(({ value }) => looksLikeError(value))
  if (call === undefined) return invalid === undefined ? null : toldBy(saidIn(invalid.value), noHead(known), known)
  const { statusCode, responseBody, responseHeaders, requestBodyValues, data } = call
  const hidden = { key: known.key, request: known.request ?? requestBodyValues }
  const headers = isObject(responseHeaders) ? (responseHeaders as Headers) : {}
  // An error in a stream has a status that the SDK made up for it.
  if (responseBody === undefined && isObject(data))
    return toldBy(saidIn(data), { status: known.status, headers }, hidden)
  const status = known.status ?? (typeof statusCode === 'number' ? statusCode : undefined)
  const head = { status, headers }
  const text = typeof responseBody === 'object' ? JSON.stringify(responseBody) : String(responseBody ?? '')
  if (status === undefined || status >= 300) return toldBy(saidInText(text), head, hidden)
  return responseBody === undefined ? null : unreadable(text, head, hidden)
}

const noHead = ({ status }: Known) => ({ status, headers: {} })

/** A 200 that is no answer: an error in its place, half of one, or anything else. */
function unreadable(
  text: string,
  head: { readonly status: number | undefined; readonly headers: Headers },
  hidden: Hidden,
): ModelFailure {
  if (text.trim() === '') return { type: 'garbage', detail: 'its answer is empty', ...statusOf(head.status) }
  try {
    const value: unknown = JSON.parse(text)
    if (looksLikeError(value)) return toldBy(saidIn(value), head, hidden)
    return { type: 'garbage', detail: 'its answer is not what the protocol says', ...statusOf(head.status) }
  } catch (error) {
    // Where the end of the connection is the end of the body, half a body is all that tells of a lost connection.
    return isCutOff(text, error)
      ? { type: 'lost', detail: 'the answer broke off', ...statusOf(head.status) }
      : { type: 'garbage', detail: 'its answer is not JSON', ...statusOf(head.status) }
  }
}

/** Whether a text is JSON as far as it goes. */
function isCutOff(text: string, error: unknown): boolean {
  const { message } = error as Error
  const place = /\bposition (\d+)/.exec(message)?.[1]
  return (
    /^\s*[[{]/.test(text) && (place === undefined ? /end of JSON/.test(message) : isEnd(text, message, Number(place)))
  )
}

const isEnd = (text: string, message: string, place: number): boolean =>
  place >= text.length || message.startsWith('Unterminated')

const named: Readonly<Record<string, { readonly type: FailureType; readonly detail?: string }>> = {
  AI_JSONParseError: { type: 'garbage', detail: 'a part of its answer is not JSON' },
  AI_TypeValidationError: { type: 'garbage', detail: 'a part of its answer is not what the protocol says' },
  AI_InvalidResponseDataError: { type: 'garbage', detail: 'its answer is not what the protocol says' },
  AI_EmptyResponseBodyError: { type: 'garbage', detail: 'its answer is empty' },
  AI_NoContentGeneratedError: { type: 'garbage', detail: 'its answer is empty' },
  AI_DownloadError: { type: 'garbage', detail: 'its answer is too large' },
  AI_LoadAPIKeyError: { type: 'key', detail: 'it needs a key' },
  AI_NoSuchModelError: { type: 'unknown-model', detail: 'there is no such model' },
  AI_InvalidPromptError: { type: 'refused' },
  AI_InvalidArgumentError: { type: 'refused' },
  AI_UnsupportedFunctionalityError: { type: 'refused' },
  AI_TooManyEmbeddingValuesForCallError: { type: 'refused' },
}

function ofName(chain: readonly Link[], known: Known): ModelFailure | null {
  for (const { name, message } of chain) {
    const found = typeof name === 'string' ? named[name] : undefined
    if (found === undefined) continue
    const detail = found.detail ?? (typeof message === 'string' ? shown(message, known) : '')
    return { type: found.type, detail: detail === '' ? 'it cannot be asked this' : detail, ...statusOf(known.status) }
  }
  return null
}

/** An error as a provider put it into its stream, or nothing that is known here. */
function ofValue(error: unknown, known: Known): ModelFailure {
  if (!(error instanceof Error) && isObject(error) && (looksLikeError(error) || typeof error['message'] === 'string'))
    return toldBy(saidIn(error), noHead(known), known)
  return { type: 'garbage', detail: 'its answer could not be read', ...statusOf(known.status) }
}
