// shows: A8
import assert from 'node:assert/strict'
import { test } from 'node:test'
import OpenAI from 'openai'
import { writeFailure } from '../../../src/wire/openai-chat/errors.ts'
import { HearthError } from '@hearth/protocol'
import type { FailureType } from '../../../src/failure.ts'
import type { ChatPart } from '../../../src/language.ts'
import type { WireFailure } from '../../../src/wire/protocol.ts'
import { answering, eventsOf, read, streamed } from './answering.ts'

const failing = (type: FailureType): WireFailure => ({ type: 'model', failure: { type, detail: 'It went wrong.' } })
const refusing = (code: string, status: number): WireFailure => ({
  type: 'refusal',
  error: new HearthError(code, 'Not so.', { issues: [{ path: 'input[0]', message: 'is wrong' }] }),
  status,
})

const half: readonly ChatPart[] = [
  { type: 'text-start', id: 't' },
  { type: 'text-delta', id: 't', delta: 'Done' },
  { type: 'text-end', id: 't' },
  { type: 'tool-input-start', id: 'c1', toolName: 'f' },
  { type: 'tool-input-delta', id: 'c1', delta: '{"a' },
]

async function raised(run: () => Promise<unknown>): Promise<InstanceType<typeof OpenAI.APIError>> {
  try {
    await run()
  } catch (error) {
    assert.ok(error instanceof OpenAI.APIError, String(error))
    return error
  }
  throw new assert.AssertionError({ message: 'nothing was raised' })
}

test('a failure in the place of an answer is the official client’s error of its kind', async () => {
  const cases: readonly (readonly [WireFailure, new (...args: never[]) => Error, number, string])[] = [
    [failing('rate'), OpenAI.RateLimitError, 429, 'rate_limit_exceeded'],
    [failing('unknown-model'), OpenAI.NotFoundError, 404, 'model_not_found'],
    [failing('too-long'), OpenAI.BadRequestError, 400, 'context_length_exceeded'],
    [failing('refused'), OpenAI.BadRequestError, 400, 'models.refused'],
    [failing('key'), OpenAI.InternalServerError, 502, 'models.key'],
    [failing('away'), OpenAI.InternalServerError, 503, 'models.away'],
    [failing('lost'), OpenAI.InternalServerError, 502, 'models.lost'],
    [failing('late'), OpenAI.InternalServerError, 504, 'models.late'],
    [failing('garbage'), OpenAI.InternalServerError, 502, 'models.garbage'],
    [refusing('auth.key-unknown', 401), OpenAI.AuthenticationError, 401, 'invalid_api_key'],
    [refusing('auth.permission-missing', 403), OpenAI.PermissionDeniedError, 403, 'auth.permission-missing'],
    [refusing('rate.exceeded', 429), OpenAI.RateLimitError, 429, 'rate_limit_exceeded'],
  ]
  for (const [fails, kind, status, code] of cases) {
    await using there = await answering({ fails })
    for (const stream of [false, true]) {
      const error = await raised(() => there.client.responses.create({ model: 'm', input: 'Hi', stream }))
      assert.ok(error instanceof kind, `${code} is ${error.constructor.name}`)
      assert.deepEqual([error.status, error.code], [status, code])
    }
  }
})

test('a request that is not valid names the place', async () => {
  await using there = await answering({})
  const error = await raised(() =>
    there.client.responses.create({ model: 'm', input: [{ role: 'user', content: 5 as never }] }),
  )
  assert.ok(error instanceof OpenAI.BadRequestError)
  assert.deepEqual(
    [error.code, error.param, error.type],
    ['input.invalid', 'input[0].content', 'invalid_request_error'],
  )
  assert.match(error.message, /input\[0\]\.content/)
})

test('what is not done says what to do instead', async () => {
  await using there = await answering({})
  const error = await raised(() =>
    there.client.responses.create({ model: 'm', input: 'Hi', previous_response_id: 'resp_1' }),
  )
  assert.deepEqual([error.code, error.param], ['models.not-supported', 'previous_response_id'])
  assert.match(error.message, /send the items/)
})

test('an answer that breaks off raises at the official client', async () => {
  await using there = await answering({ parts: half, fails: failing('lost') })
  const seen: string[] = []
  const iterating = await raised(async () => {
    const events = await there.client.responses.create({ model: 'm', input: 'Hi', stream: true })
    for await (const { type } of events) seen.push(type)
  })
  assert.equal(seen.at(-1), 'response.function_call_arguments.delta')
  assert.deepEqual(
    [iterating.code, iterating.type, iterating.message],
    ['models.lost', 'server_error', 'It went wrong.'],
  )

  const accumulating = await raised(() => there.client.responses.stream({ model: 'm', input: 'Hi' }).finalResponse())
  assert.deepEqual([accumulating.code, accumulating.message], ['models.lost', 'It went wrong.'])
})

test('who passes the error over finds a response that failed, with what there was of it', async () => {
  const text = streamed(read({ stream: true }), { parts: half, fails: failing('away') })
  const [error, failed] = eventsOf(text).slice(-2)
  const told = { message: 'It went wrong.', type: 'server_error', param: null, code: 'models.away' }
  const { sequence_number: number, ...event } = error ?? {}
  assert.deepEqual(event, {
    type: 'error',
    code: 'models.away',
    message: 'It went wrong.',
    param: null,
    error: told,
  })
  assert.equal(failed?.['sequence_number'], Number(number) + 1)

  // As the official client puts it together where no error is raised.
  const lines = eventsOf(text)
    .filter(({ type }) => type !== 'error')
    .map((one) => `${JSON.stringify(one)}\n`)
  const { ResponseStream } = await import('openai/lib/responses/ResponseStream')
  const final = await ResponseStream.fromReadableStream(new Blob(lines).stream()).finalResponse()
  assert.equal(failed?.['type'], 'response.failed')
  assert.deepEqual([final.status, final.error, final.usage], ['failed', { ...told, code: 'server_error' }, null])
  assert.deepEqual(
    final.output.map((item) => [item.type, 'status' in item ? item.status : null]),
    [
      ['message', 'completed'],
      ['function_call', 'incomplete'],
    ],
  )
})

test('why a response failed is said in the words that the protocol has', () => {
  const codeOf = (fails: WireFailure): unknown => {
    const failed = eventsOf(streamed(read({}), { parts: half, fails })).at(-1)?.['response']
    return (failed as { readonly error: { readonly code: string } }).error.code
  }
  assert.equal(codeOf(failing('rate')), 'rate_limit_exceeded')
  assert.equal(codeOf(failing('too-long')), 'context_length_exceeded')
  assert.equal(codeOf(failing('refused')), 'invalid_prompt')
  assert.equal(codeOf(refusing('rate.exceeded', 429)), 'rate_limit_exceeded')
  assert.equal(codeOf(refusing('budgets.exhausted', 402)), 'insufficient_quota')
  for (const type of ['key', 'away', 'lost', 'late', 'garbage'] as const)
    assert.equal(codeOf(failing(type)), 'server_error')
})

test('an error of the provider in the middle of its stream, and a stream without its last part', () => {
  const text = streamed(read({}), { parts: [...half, { type: 'error', error: new Error('sk-secret') }] })
  const events = eventsOf(text)
  assert.deepEqual(
    events.slice(-2).map(({ type }) => type),
    ['error', 'response.failed'],
  )
  assert.doesNotMatch(text, /secret/)

  for (const finish of ['error', 'interrupted'] as const) {
    const [error, failed] = eventsOf(streamed(read({}), { parts: half, finish })).slice(-2)
    assert.deepEqual([error?.['type'], failed?.['type']], ['error', 'response.failed'])
    assert.equal(error?.['message'], 'The answer broke off.')
    const { usage } = failed?.['response'] as { readonly usage: { readonly total_tokens: number } }
    assert.equal(usage.total_tokens, 29)
  }
})

test('a failure before any part still begins with a response', () => {
  const types = eventsOf(streamed(read({}), { parts: [], fails: failing('away') })).map(({ type }) => type)
  assert.deepEqual(types, ['response.created', 'response.in_progress', 'error', 'response.failed'])
})

test('says once what is wrong where nothing else is', () => {
  const issues = [{ path: 'model', message: 'must be the name of a model' }]
  const error = new HearthError('input.invalid', 'model must be the name of a model', { issues })
  const { body } = writeFailure({ type: 'refusal', error, status: 400 })
  assert.equal(body.error.message, 'model must be the name of a model')
})
