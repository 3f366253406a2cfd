import type { HearthError } from '@hearth/protocol'
import type { FailureType, ModelFailure } from '../../failure.ts'
import type { WireFailure } from '../protocol.ts'

export interface OpenaiFailure {
  readonly status: number
  readonly body: {
    readonly error: {
      readonly message: string
      readonly type: string
      readonly param: string | null
      readonly code: string
    }
  }
}

/** A failure as OpenAI's clients know it: before an answer with its status, in the middle of one as an event. */
export const writeFailure = (failure: WireFailure): OpenaiFailure =>
  failure.type === 'refusal' ? ofRefusal(failure.error, failure.status) : ofModel(failure.failure)

const quota = 'insufficient_quota'

/** Where OpenAI has a code for it, clients look for that one. */
const openaiCodes: Readonly<Record<string, string>> = {
  'auth.key-unknown': 'invalid_api_key',
  'budgets.exhausted': quota,
  'models.too-long': 'context_length_exceeded',
  'models.unknown': 'model_not_found',
  'rate.exceeded': 'rate_limit_exceeded',
}

function ofRefusal(error: HearthError, status: number): OpenaiFailure {
  const code = openaiCodes[error.code] ?? error.code
  const words = wordsOf(error)
  // To OpenAI it is the same status as to ask too often, and the code tells them apart.
  if (code === quota) return answer(429, quota, words, code)
  return answer(status, typeOf(status), words, code, error.issues?.[0]?.path)
}

function wordsOf({ message, issues = [] }: HearthError): string {
  if (issues.length === 0 || issues[0]?.message === message) return message
  const all = issues.slice(0, 8).map((issue) => (issue.path === '' ? issue.message : `${issue.path} ${issue.message}`))
  return all[0] === message ? all.join('; ') : `${message} ${all.join('; ')}`
}

function typeOf(status: number): string {
  if (status === 401) return 'authentication_error'
  if (status === 403) return 'permission_error'
  if (status === 429) return 'rate_limit_error'
  return status < 500 ? 'invalid_request_error' : 'server_error'
}

/** That a provider does not take Hearth's key is no matter of the client's key: it could do nothing about a 401. */
const ofType: Readonly<Record<FailureType, readonly [status: number, code: string]>> = {
  key: [502, 'models.key'],
  rate: [429, 'rate_limit_exceeded'],
  away: [503, 'models.away'],
  lost: [502, 'models.lost'],
  late: [504, 'models.late'],
  garbage: [502, 'models.garbage'],
  'unknown-model': [404, 'model_not_found'],
  'too-long': [400, 'context_length_exceeded'],
  refused: [400, 'models.refused'],
  // Of nginx, for whoever reads a log: nobody waits for it.
  stopped: [499, 'models.stopped'],
}

function ofModel({ type, detail }: ModelFailure): OpenaiFailure {
  const [status, code] = ofType[type]
  return answer(status, typeOf(status), detail, code)
}

function answer(status: number, type: string, message: string, code: string, path?: string): OpenaiFailure {
  return { status, body: { error: { message, type, param: path === undefined || path === '' ? null : path, code } } }
}
