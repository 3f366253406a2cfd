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

const openaiCodes: Readonly<Record<string, string>> = {
  'auth.key-unknown': 'invalid_api_key',
  'models.too-long': 'context_length_exceeded',
  'rate.exceeded': 'rate_limit_exceeded',
}

function ofRefusal({ code, message, issues = [] }: HearthError, status: number): OpenaiFailure {
  const [first] = issues
  const details = issues
    .slice(0, 8)
    .map((issue) => (issue.path === '' ? issue.message : `${issue.path} ${issue.message}`))
  const isTold = first === undefined || first.message === message
  const words = isTold ? message : `${message} ${details.join('; ')}`
  if (isBudget(code)) return answer(429, 'insufficient_quota', words, 'insufficient_quota')
  const openai = status === 404 && code.startsWith('models.') ? 'model_not_found' : openaiCodes[code]
  return answer(status, typeOf(status), words, openai ?? code, first?.path)
}

const isBudget = (code: string): boolean => /budget|quota/.test(code)

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
