// shows: A8
import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import Anthropic from '@anthropic-ai/sdk'
import { HearthError } from '@hearth/protocol'
import type { FailureType } from '../../../src/failure.ts'
import { anthropicMessages } from '../../../src/wire/anthropic-messages/protocol.ts'
import type { WireFailure } from '../../../src/wire/protocol.ts'
import { openDoor, type Script } from './door.ts'
import { finish, ofAnthropic, text, tool } from './script.ts'

const hello = {
  model: 'claude-sonnet-5-5',
  max_tokens: 1000,
  messages: [{ role: 'user' as const, content: 'Hello' }],
}

const failed = (type: FailureType, detail = 'It went wrong.'): WireFailure => ({
  type: 'model',
  failure: { type, detail },
})
const refused = (code: string, status: number): WireFailure => ({
  type: 'refusal',
  error: new HearthError(code, 'It may not be.'),
  status,
})

type ErrorClass = abstract new (...parameters: never[]) => Error
type Row = readonly [WireFailure, ErrorClass, number, string]

const rows: readonly Row[] = [
  [failed('key'), Anthropic.InternalServerError, 500, 'api_error'],
  [failed('rate'), Anthropic.RateLimitError, 429, 'rate_limit_error'],
  [failed('away'), Anthropic.OverloadedError, 529, 'overloaded_error'],
  [failed('lost'), Anthropic.InternalServerError, 500, 'api_error'],
  [failed('late'), Anthropic.GatewayTimeoutError, 504, 'timeout_error'],
  [failed('garbage'), Anthropic.InternalServerError, 500, 'api_error'],
  [failed('unknown-model'), Anthropic.NotFoundError, 404, 'not_found_error'],
  [failed('too-long'), Anthropic.BadRequestError, 400, 'invalid_request_error'],
  [failed('refused'), Anthropic.BadRequestError, 400, 'invalid_request_error'],
  [failed('stopped'), Anthropic.ClientClosedRequestError, 499, 'api_error'],
  [refused('input.invalid', 400), Anthropic.BadRequestError, 400, 'invalid_request_error'],
  [refused('auth.key-unknown', 401), Anthropic.AuthenticationError, 401, 'authentication_error'],
  [refused('models.budget-used', 402), Anthropic.PaymentRequiredError, 402, 'billing_error'],
  [refused('auth.permission-missing', 403), Anthropic.PermissionDeniedError, 403, 'permission_error'],
  [refused('door.path-unknown', 404), Anthropic.NotFoundError, 404, 'not_found_error'],
  [refused('models.thread-unknown', 500), Anthropic.NotFoundError, 404, 'not_found_error'],
  [refused('idempotency.in-use', 409), Anthropic.ConflictError, 409, 'conflict_error'],
  [refused('door.body-too-large', 413), Anthropic.ContentTooLargeError, 413, 'request_too_large'],
  [refused('models.not-supported', 422), Anthropic.UnprocessableEntityError, 422, 'invalid_request_error'],
  [refused('rate.exceeded', 429), Anthropic.RateLimitError, 429, 'rate_limit_error'],
  [refused('door.failed', 500), Anthropic.InternalServerError, 500, 'api_error'],
  [refused('server.stopping', 503), Anthropic.OverloadedError, 529, 'overloaded_error'],
  [refused('anything.late', 504), Anthropic.GatewayTimeoutError, 504, 'timeout_error'],
]

const caught = async (attempt: Promise<unknown>): Promise<InstanceType<typeof Anthropic.APIError>> => {
  const error = await attempt.then(
    () => assert.fail('it did not fail'),
    (reason: unknown) => reason,
  )
  assert.ok(error instanceof Anthropic.APIError, String(error))
  return error
}

suite('before anything of the answer', () => {
  for (const [failure, errorClass, status, type] of rows) {
    const what = failure.type === 'model' ? failure.failure.type : failure.error.code
    test(`${what} is ${status} ${type}`, async () => {
      await using door = await openDoor(() => ({ parts: [], fails: failure }))
      for (const stream of [false, true]) {
        const error = await caught(door.client.messages.create({ ...hello, stream }))
        assert.ok(error instanceof errorClass, error.constructor.name)
        assert.equal(error.status, status)
        assert.equal(error.type, type)
        assert.equal(error.requestID, 'req_01')
        assert.equal((error.error as { request_id: string }).request_id, 'req_01')
      }
    })
  }

  test('a refusal can be told by its code', async () => {
    await using door = await openDoor(() => ({ parts: [], fails: refused('models.budget-used', 402) }))
    const error = await caught(door.client.messages.create(hello))
    assert.equal(error.errorCode, 'models.budget-used')
    assert.equal(error.apiMessage, 'It may not be.')
  })

  test('what is not valid is named with its place', async () => {
    await using door = await openDoor(() => ({ parts: [finish()] }))
    const error = await caught(door.client.messages.create({ ...hello, stream: 'yes' as unknown as false }))
    assert.equal(error.apiMessage, 'stream: must be true or false')
  })

  test('a context that is too long is told in the words that clients look for', () => {
    const messageOf = (detail: string): unknown =>
      (anthropicMessages.failed(failed('too-long', detail), 'req_01').body as { error: { message: string } }).error
        .message
    assert.equal(messageOf('This model takes 8000 tokens.'), 'prompt is too long: This model takes 8000 tokens.')
    assert.equal(messageOf('Prompt is too long: 9 tokens > 8 maximum'), 'Prompt is too long: 9 tokens > 8 maximum')
  })
})

suite('in the middle of the answer', () => {
  const broken: Readonly<Record<string, Script>> = {
    'a failure': { parts: text('0', 'Good '), fails: failed('away') },
    'a failure in the arguments of a tool': {
      parts: tool('t1', 'weather', '{"city"').slice(0, 2),
      fails: failed('away'),
    },
    'no end': { parts: text('0', 'Good ') },
    'an end that says it was none': { parts: [...text('0', 'Good '), finish('interrupted')] },
    'an end that says it failed': { parts: [...text('0', 'Good '), finish('error')] },
  }
  for (const [what, script] of Object.entries(broken)) {
    const type = script.fails === undefined ? 'api_error' : 'overloaded_error'
    test(`${what} is raised by the client`, async () => {
      await using door = await openDoor(() => script)
      const seen: string[] = []
      const raised = await caught(
        (async () => {
          for await (const event of await door.client.messages.create({ ...hello, stream: true })) seen.push(event.type)
        })(),
      )
      assert.deepEqual(seen.slice(0, 3), ['message_start', 'content_block_start', 'content_block_delta'])
      assert.equal(seen.includes('message_stop'), false)
      assert.equal(raised.type, type)
      assert.equal((await caught(door.client.messages.stream(hello).finalMessage())).type, type)
    })
  }

  test('an overloaded provider says so as its first word, and the client raises it', async () => {
    await using door = await openDoor(() => ({ parts: [ofAnthropic], fails: failed('away', 'Overloaded') }))
    const error = await caught(door.client.messages.stream(hello).finalMessage())
    assert.deepEqual(error.error, { type: 'error', error: { type: 'overloaded_error', message: 'Overloaded' } })
  })

  test('nothing follows a failure or an end', () => {
    const asked = anthropicMessages.read({ ...hello, stream: true })
    const facts = { id: 'msg_01', model: 'm', at: 0 }
    for (const over of ['fail', 'end'] as const) {
      const stream = anthropicMessages.streaming(asked, facts)
      stream.push(finish())
      assert.notEqual(over === 'fail' ? stream.fail(failed('lost')) : stream.end(), '')
      assert.equal(
        text('0', 'more')
          .map((part) => stream.push(part))
          .join('') +
          stream.end() +
          stream.fail(failed('lost')),
        '',
      )
    }
  })
})
