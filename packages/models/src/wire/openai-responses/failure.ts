import { writeFailure } from '../openai-chat/errors.ts'
import type { WireFailure } from '../protocol.ts'

export interface ResponseError {
  readonly code: string
  readonly message: string
  readonly type: string
  readonly param: string | null
}

type Told = ReturnType<typeof writeFailure>['body']['error']

/** One that a response can fail with by its type, and two that OpenAI's fail with all the same and clients look for. */
const kept = ['rate_limit_exceeded', 'context_length_exceeded', 'insufficient_quota']

/** Why a response failed. */
export function responseError({ code, message, type, param }: Told): ResponseError {
  const otherwise = type === 'invalid_request_error' ? 'invalid_prompt' : 'server_error'
  return { code: kept.includes(code) ? code : otherwise, message, type, param }
}

export const toldOf = (failure: WireFailure): Told => writeFailure(failure).body.error

/**
 * Beside the fields that its type has, the event holds them the way OpenAI really sends them: clients in Python raise on those alone, and
 * take an event without them for one more part of the answer.
 */
export const errorEvent = (told: Told): { readonly type: 'error' } & Readonly<Record<string, unknown>> => ({
  type: 'error',
  code: told.code,
  message: told.message,
  param: told.param,
  error: told,
})
