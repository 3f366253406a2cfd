// shows: A8
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { HearthError } from '@hearth/protocol'
import {
  APIError,
  AuthenticationError,
  BadRequestError,
  InternalServerError,
  NotFoundError,
  PermissionDeniedError,
  RateLimitError,
} from 'openai'
import type { FailureType } from '../../../src/failure.ts'
import type { WireFailure } from '../../../src/wire/protocol.ts'
import { openDoor } from './door.ts'

const ask = { model: 'acme-1', messages: [{ role: 'user' as const, content: 'Hello' }] }

interface Case {
  readonly failure: WireFailure
  readonly error: new (...args: never[]) => APIError
  readonly status: number
  readonly type: string
  readonly code: string
}

const refusal = (code: string, status: number): WireFailure => ({
  type: 'refusal',
  status,
  error: new HearthError(code, 'Not now.'),
})
const failed = (type: FailureType): WireFailure => ({ type: 'model', failure: { type, detail: 'Not now.' } })

const cases: readonly Case[] = [
  {
    failure: refusal('models.too-many-parts', 400),
    error: BadRequestError,
    status: 400,
    type: 'invalid_request_error',
    code: 'models.too-many-parts',
  },
  {
    failure: refusal('models.too-long', 400),
    error: BadRequestError,
    status: 400,
    type: 'invalid_request_error',
    code: 'context_length_exceeded',
  },
  {
    failure: refusal('auth.key-missing', 401),
    error: AuthenticationError,
    status: 401,
    type: 'authentication_error',
    code: 'auth.key-missing',
  },
  {
    failure: refusal('auth.key-unknown', 401),
    error: AuthenticationError,
    status: 401,
    type: 'authentication_error',
    code: 'invalid_api_key',
  },
  {
    failure: refusal('auth.permission-missing', 403),
    error: PermissionDeniedError,
    status: 403,
    type: 'permission_error',
    code: 'auth.permission-missing',
  },
  {
    failure: refusal('models.unknown', 404),
    error: NotFoundError,
    status: 404,
    type: 'invalid_request_error',
    code: 'model_not_found',
  },
  {
    failure: refusal('models.thread-unknown', 404),
    error: NotFoundError,
    status: 404,
    type: 'invalid_request_error',
    code: 'models.thread-unknown',
  },
  {
    failure: refusal('door.path-unknown', 404),
    error: NotFoundError,
    status: 404,
    type: 'invalid_request_error',
    code: 'door.path-unknown',
  },
  {
    failure: refusal('door.body-too-large', 413),
    error: APIError,
    status: 413,
    type: 'invalid_request_error',
    code: 'door.body-too-large',
  },
  {
    failure: refusal('rate.exceeded', 429),
    error: RateLimitError,
    status: 429,
    type: 'rate_limit_error',
    code: 'rate_limit_exceeded',
  },
  {
    failure: refusal('inbox.full', 429),
    error: RateLimitError,
    status: 429,
    type: 'rate_limit_error',
    code: 'inbox.full',
  },
  {
    failure: refusal('budgets.exhausted', 402),
    error: RateLimitError,
    status: 429,
    type: 'insufficient_quota',
    code: 'insufficient_quota',
  },
  {
    failure: refusal('door.failed', 500),
    error: InternalServerError,
    status: 500,
    type: 'server_error',
    code: 'door.failed',
  },
  {
    failure: refusal('server.stopping', 503),
    error: InternalServerError,
    status: 503,
    type: 'server_error',
    code: 'server.stopping',
  },
  { failure: failed('key'), error: InternalServerError, status: 502, type: 'server_error', code: 'models.key' },
  {
    failure: failed('rate'),
    error: RateLimitError,
    status: 429,
    type: 'rate_limit_error',
    code: 'rate_limit_exceeded',
  },
  { failure: failed('away'), error: InternalServerError, status: 503, type: 'server_error', code: 'models.away' },
  { failure: failed('lost'), error: InternalServerError, status: 502, type: 'server_error', code: 'models.lost' },
  { failure: failed('late'), error: InternalServerError, status: 504, type: 'server_error', code: 'models.late' },
  { failure: failed('garbage'), error: InternalServerError, status: 502, type: 'server_error', code: 'models.garbage' },
  {
    failure: failed('unknown-model'),
    error: NotFoundError,
    status: 404,
    type: 'invalid_request_error',
    code: 'model_not_found',
  },
  {
    failure: failed('too-long'),
    error: BadRequestError,
    status: 400,
    type: 'invalid_request_error',
    code: 'context_length_exceeded',
  },
  {
    failure: failed('refused'),
    error: BadRequestError,
    status: 400,
    type: 'invalid_request_error',
    code: 'models.refused',
  },
  { failure: failed('stopped'), error: APIError, status: 499, type: 'invalid_request_error', code: 'models.stopped' },
]

const nameOf = (failure: WireFailure): string =>
  failure.type === 'refusal' ? failure.error.code : `a model that failed with ${failure.failure.type}`

describe('the official client throws what fits', () => {
  for (const { failure, error, status, type, code } of cases) {
    it(`for ${nameOf(failure)}`, async () => {
      await using door = await openDoor(failure, failure)
      for (const stream of [false, true]) {
        await assert.rejects(door.client.chat.completions.create({ ...ask, stream }), (thrown) => {
          assert.ok(thrown instanceof APIError)
          assert.equal(thrown.constructor, error)
          const { status: found, type: foundType, code: foundCode, param, message } = thrown
          assert.deepEqual(
            [found, foundType, foundCode, param, message],
            [status, type, code, null, `${status} Not now.`],
          )
          return true
        })
      }
    })
  }

  it('for a request that is not valid, with the place', async () => {
    await using door = await openDoor()
    const wrong = { ...ask, temperature: 'hot' as unknown as number }
    await assert.rejects(door.client.chat.completions.create(wrong), (error) => {
      assert.ok(error instanceof BadRequestError)
      assert.deepEqual([error.code, error.param, error.type], ['input.invalid', 'temperature', 'invalid_request_error'])
      assert.equal(error.message, '400 The input is not valid. temperature must be a number')
      return true
    })
  })

  it('for a request of what is not done here', async () => {
    await using door = await openDoor()
    await assert.rejects(door.client.chat.completions.create({ ...ask, n: 2 }), (error) => {
      assert.ok(error instanceof BadRequestError)
      assert.deepEqual([error.code, error.param], ['models.not-supported', 'n'])
      assert.equal(error.message, '400 One answer can be asked for at a time.')
      return true
    })
  })

  it('for a request that is no object at all', async () => {
    await using door = await openDoor()
    const asking = door.client.post('/chat/completions', { body: [1] })
    await assert.rejects(asking, (error) => {
      assert.ok(error instanceof BadRequestError)
      assert.deepEqual([error.code, error.param], ['input.invalid', null])
      assert.equal(error.message, '400 The input is not valid. must be an object')
      return true
    })
  })
})
