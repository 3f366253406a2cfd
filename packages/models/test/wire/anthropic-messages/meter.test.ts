// shows: A8
import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { createAnthropic } from '@ai-sdk/anthropic'
import type { Usage } from '../../../src/language.ts'
import { anthropicMessages } from '../../../src/wire/anthropic-messages/protocol.ts'
import type { Metered } from '../../../src/wire/protocol.ts'
import { finish, text, thought, tool, usage } from './script.ts'
import { streams } from './streams.ts'

const metered = (...chunks: readonly (string | Uint8Array)[]): Metered => {
  const meter = anthropicMessages.meter()
  for (const chunk of chunks) meter.push(typeof chunk === 'string' ? Buffer.from(chunk) : chunk)
  return meter.read()
}

const whole = (body: unknown): Metered =>
  anthropicMessages.meter().whole(Buffer.from(typeof body === 'string' ? body : JSON.stringify(body)))

const nothing: Metered = { usage: undefined, finish: undefined, ended: false, began: false, error: undefined }

const split = { cache_creation: { ephemeral_5m_input_tokens: 60, ephemeral_1h_input_tokens: 40 } }
const counted = (output: number, reasoning?: number): Usage => ({
  inputTokens: { total: 2125, noCache: 25, cacheRead: 2000, cacheWrite: 100 },
  outputTokens: { total: output, text: reasoning === undefined ? undefined : output - reasoning, reasoning },
  raw: split,
})

const overloaded = { type: 'away', detail: 'Overloaded' } as const

const expected: Readonly<Record<keyof typeof streams, Metered>> = {
  toolTurn: { usage: counted(89, 30), finish: 'tool_use', ended: true, began: true, error: undefined },
  stopped: { usage: counted(5), finish: 'stop_sequence', ended: true, began: true, error: undefined },
  broken: { usage: counted(3), finish: undefined, ended: false, began: true, error: overloaded },
  cutOff: { usage: counted(3), finish: undefined, ended: false, began: true, error: undefined },
  refusedAtOnce: { ...nothing, error: overloaded },
  shortened: {
    usage: {
      inputTokens: { total: 7125, noCache: 5025, cacheRead: 2000, cacheWrite: 100 },
      outputTokens: { total: 309, text: undefined, reasoning: undefined },
      raw: split,
    },
    finish: 'end_turn',
    ended: true,
    began: false,
    error: undefined,
  },
  handedOn: { usage: counted(9), finish: 'end_turn', ended: true, began: false, error: undefined },
}

for (const [name, metering] of Object.entries(expected)) {
  const stream = streams[name as keyof typeof streams]
  suite(`a stream: ${name}`, () => {
    test('as one chunk', () => assert.deepEqual(metered(stream), metering))

    test('cut in two at every byte', () => {
      const bytes = Buffer.from(stream)
      for (let at = 1; at < bytes.length; at += 1)
        assert.deepEqual(metered(bytes.subarray(0, at), bytes.subarray(at)), metering, `cut at ${at}`)
    })

    test('byte by byte', () =>
      assert.deepEqual(metered(...Array.from(Buffer.from(stream), (byte) => Buffer.of(byte))), metering))

    test('with other ends of lines', () => assert.deepEqual(metered(stream.replaceAll('\n', '\r\n')), metering))

    test('without the names of the events', () =>
      assert.deepEqual(metered(stream.replaceAll(/^event: .*\n/gm, '')), metering))
  })
}

test('the usage is what the adapter of Anthropic makes of the same stream', async () => {
  for (const name of ['toolTurn', 'stopped', 'shortened', 'handedOn'] as const) {
    const model = createAnthropic({
      apiKey: 'k',
      fetch: () => Promise.resolve(new Response(streams[name], { headers: { 'content-type': 'text/event-stream' } })),
    })('claude-sonnet-4-6')
    const { stream } = await model.doStream({ prompt: [] })
    let told: Usage | undefined
    for await (const part of stream) if (part.type === 'finish') told = part.usage
    const { raw: _, ...ours } = expected[name].usage ?? assert.fail()
    const { raw: __, ...theirs } = told ?? assert.fail()
    assert.deepEqual(ours, theirs)
  }
})

test('what the encoder writes, the meter reads', () => {
  const asked = anthropicMessages.read({ model: 'm', max_tokens: 9, messages: [{ role: 'user', content: 'Hello' }] })
  const facts = { id: 'msg_01', model: 'm', at: 0 }
  const parts = [thought('0', 'sig', 'Hm'), text('1', 'Yes'), tool('t1', 'weather', '{}'), finish('tool-calls')].flat()
  const encoder = anthropicMessages.streaming(asked, facts)
  const stream = parts.map((part) => encoder.push(part)).join('') + encoder.end()
  const metering = { usage, finish: 'tool_use', ended: true, began: true, error: undefined }
  assert.deepEqual(metered(stream), metering)

  const content = [{ type: 'text' as const, text: 'Yes' }]
  const finishReason = { unified: 'length' as const, raw: undefined }
  const answer = anthropicMessages.whole(asked, { content, finishReason, usage, warnings: [] }, facts)
  assert.deepEqual(whole(answer), { ...metering, finish: 'max_tokens' })
})

suite('an answer that came whole', () => {
  const answer = {
    type: 'message',
    content: [{ type: 'text', text: 'Yes' }],
    stop_reason: 'end_turn',
    usage: { input_tokens: 1, output_tokens: 2, cache_read_input_tokens: 3, cache_creation_input_tokens: null },
  }

  test('its usage and its end', () => {
    assert.deepEqual(whole(answer), {
      usage: {
        inputTokens: { total: 4, noCache: 1, cacheRead: 3, cacheWrite: 0 },
        outputTokens: { total: 2, text: undefined, reasoning: undefined },
      },
      finish: 'end_turn',
      ended: true,
      began: true,
      error: undefined,
    })
  })

  for (const [type, message, failure] of [
    ['authentication_error', 'invalid x-api-key', 'key'],
    ['permission_error', 'not allowed', 'key'],
    ['billing_error', 'pay', 'key'],
    ['invalid_request_error', 'Your credit balance is too low to access the Anthropic API.', 'key'],
    ['invalid_request_error', 'You have reached your specified API usage limits.', 'key'],
    ['rate_limit_error', 'slow down', 'rate'],
    ['overloaded_error', 'Overloaded', 'away'],
    ['api_error', 'Internal server error', 'away'],
    ['timeout_error', 'too long ago', 'late'],
    ['not_found_error', 'model: claude-9', 'unknown-model'],
    ['request_too_large', 'Request exceeds the maximum size', 'too-long'],
    ['invalid_request_error', 'prompt is too long: 213462 tokens > 200000 maximum', 'too-long'],
    ['invalid_request_error', 'input length and `max_tokens` exceed context limit: 9 + 9 > 10', 'too-long'],
    ['invalid_request_error', 'messages: at least one message is required', 'refused'],
    ['an_error_of_tomorrow', 'who knows', 'away'],
    ['constructor', 'who knows', 'away'],
  ] as const) {
    test(`an error in its place: ${type}, ${message}`, () => {
      const body = { type: 'error', error: { type, message } }
      assert.deepEqual(whole(body), { ...nothing, error: { type: failure, detail: message } })
      assert.deepEqual(metered(`event: error\ndata: ${JSON.stringify(body)}\n\n`).error, {
        type: failure,
        detail: message,
      })
    })
  }
})

test('garbage is passed over', () => {
  for (const body of ['', '<html>', '[]', 'null', '7', '{}', '{"usage":7,"content":{},"stop_reason":{}}', '{"type":'])
    assert.deepEqual(whole(body), nothing, body)
  const events = [
    'event: message_start\ndata: {"message":7}\n\n',
    'event: message_start\ndata: {"mess\n\n',
    'event: message_delta\ndata: []\n\n',
    'event: message_delta\ndata: {"delta":7,"usage":"many"}\n\n',
    'event: constructor\ndata: {}\n\n',
    'data: [DONE]\n\n',
    ': a comment\n\n',
    '\u0000\u0000\n\n',
  ]
  assert.deepEqual(metered(...events), nothing)
  assert.deepEqual(metered('event: error\ndata: Bad Gateway\n\n').error, {
    type: 'away',
    detail: 'The provider reported an error.',
  })
})

test('numbers that are none count for nothing', () => {
  const { usage: read } = whole({ usage: { input_tokens: -1, output_tokens: '9', cache_read_input_tokens: 1e300 } })
  assert.deepEqual(read, {
    inputTokens: { total: undefined, noCache: undefined, cacheRead: 0, cacheWrite: 0 },
    outputTokens: { total: undefined, text: undefined, reasoning: undefined },
  })
})

test('the first error is the one that counts', () => {
  const later = { type: 'error', error: { type: 'api_error', message: 'and another' } }
  assert.deepEqual(metered(streams.broken, `event: error\ndata: ${JSON.stringify(later)}\n\n`).error, overloaded)
})

test('what a provider says of an error is cut short', () => {
  const body = { type: 'error', error: { type: 'api_error', message: 'x'.repeat(1_000_000) } }
  assert.equal(whole(body).error?.detail.length, 2000)
})
