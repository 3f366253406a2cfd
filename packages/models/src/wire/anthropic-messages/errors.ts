import type { HearthError } from '@hearth/protocol'
import type { FailureType, ModelFailure } from '../../failure.ts'
import type { WireFailure } from '../protocol.ts'
import { isRecord, type Fields } from './fields.ts'

export interface AnthropicError {
  readonly status: number
  readonly type: string
  readonly message: string
  /** Of a refusal: a client can tell them apart by it. */
  readonly details?: { readonly error_code: string }
}

export function writeFailed(failure: WireFailure, requestId: string): { status: number; body: unknown } {
  const { status, ...error } = errorOf(failure)
  return { status, body: { type: 'error', error, request_id: requestId } }
}

export const errorOf = (failure: WireFailure): AnthropicError =>
  failure.type === 'refusal' ? ofRefusal(failure.error, failure.status) : ofModel(failure.failure)

/** The pairs that the protocol knows. Its clients retry what is 408, 409, 429 or from 500 on, so a budget that is used up is 402. */
const typeByStatus: Readonly<Record<number, string>> = {
  401: 'authentication_error',
  402: 'billing_error',
  403: 'permission_error',
  404: 'not_found_error',
  409: 'conflict_error',
  413: 'request_too_large',
  429: 'rate_limit_error',
  504: 'timeout_error',
  529: 'overloaded_error',
}

/** What is to be asked again later has a status of its own here. */
const statusOf = ({ code }: HearthError, given: number): number =>
  code === 'models.thread-unknown' ? 404 : given === 503 ? 529 : given

function ofRefusal(error: HearthError, given: number): AnthropicError {
  const status = statusOf(error, given)
  const type = typeByStatus[status] ?? (status < 500 ? 'invalid_request_error' : 'api_error')
  const issues = (error.issues ?? []).map(({ path, message }) => `${path}: ${message}`)
  const message = issues.length === 0 ? error.message : issues.join('; ')
  // Clients know what to do about this one by its name.
  const code = error.code === 'models.thread-unknown' ? 'thread_not_found' : error.code
  return { status, type, message, details: { error_code: code } }
}

/** A key that a provider does not take is no fault of the client's key: it would ask its user to log in again. */
const statusByFailure: Readonly<Record<FailureType, number>> = {
  key: 500,
  rate: 429,
  away: 529,
  lost: 500,
  late: 504,
  garbage: 500,
  'unknown-model': 404,
  'too-long': 400,
  refused: 400,
  stopped: 499,
}

/** Clients look for these words, and shorten the conversation. */
const tooLong = 'prompt is too long'

function ofModel({ type, detail }: ModelFailure): AnthropicError {
  const status = statusByFailure[type]
  const says = type !== 'too-long' || detail.toLowerCase().includes(tooLong)
  return {
    status,
    type: type === 'stopped' || status === 500 ? 'api_error' : (typeByStatus[status] ?? 'invalid_request_error'),
    message: says ? detail : `${tooLong}: ${detail}`,
  }
}

const failureByType: Readonly<Record<string, FailureType>> = {
  authentication_error: 'key',
  permission_error: 'key',
  billing_error: 'key',
  rate_limit_error: 'rate',
  not_found_error: 'unknown-model',
  request_too_large: 'too-long',
  timeout_error: 'late',
  invalid_request_error: 'refused',
  overloaded_error: 'away',
  api_error: 'away',
}

/** The account's limits come as requests that are not valid. */
const byWords: readonly (readonly [RegExp, FailureType])[] = [
  [/prompt is too long|exceeds? (the )?context (limit|window)/i, 'too-long'],
  [/credit balance is too low|usage limits/i, 'key'],
]

/** What a provider that speaks this protocol says in the place of an answer, or in the middle of it. */
export function readError(body: Fields): ModelFailure {
  const error = isRecord(body.error) ? body.error : {}
  const detail = typeof error.message === 'string' ? error.message.slice(0, 2000) : 'The provider reported an error.'
  const type = typeof error.type === 'string' && Object.hasOwn(failureByType, error.type) ? error.type : 'api_error'
  const ofWords = type === 'invalid_request_error' ? byWords.find(([words]) => words.test(detail)) : undefined
  return { type: ofWords?.[1] ?? failureByType[type] ?? 'away', detail }
}
