// shows: A8
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { openaiChat } from '../../../src/wire/openai-chat/protocol.ts'
import type { Metered } from '../../../src/wire/protocol.ts'
import * as streams from './provider-streams.ts'

const counts = (prompt: number, completion: number, cached = 0, reasoning = 0) => ({
  inputTokens: { total: prompt, noCache: prompt - cached, cacheRead: cached, cacheWrite: undefined },
  outputTokens: { total: completion, text: completion - reasoning, reasoning },
})

interface Told extends Omit<Metered, 'usage' | 'error'> {
  readonly usage?: object
  readonly error?: object
}

/** Of usage without `raw`, which is the provider's own. */
function told({ usage, error, ...rest }: Metered): Told {
  const { raw: _, ...counted } = usage ?? {}
  return { ...rest, ...(usage === undefined ? {} : { usage: counted }), ...(error === undefined ? {} : { error }) }
}

function meter(chunks: readonly Uint8Array[]): Metered {
  const meter = openaiChat.meter()
  for (const chunk of chunks) meter.push(chunk)
  return meter.read()
}

const done = { finish: 'stop', ended: true, began: true }
const broken = { finish: undefined, ended: false, began: true }

const cases: readonly { readonly name: string; readonly stream: string; readonly told: Told }[] = [
  { name: 'OpenAI', stream: streams.openai, told: { ...done, usage: counts(19, 10, 8, 3) } },
  { name: 'OpenAI that does not count', stream: streams.openaiUncounted, told: { ...done, finish: 'length' } },
  {
    name: 'calls of OpenAI',
    stream: streams.openaiCalls,
    told: { ...done, finish: 'tool_calls', usage: counts(19, 10, 8, 3) },
  },
  { name: 'vLLM that counts in every chunk', stream: streams.vllm, told: { ...done, usage: counts(11, 2) } },
  { name: 'Groq', stream: streams.groq, told: { ...done, usage: counts(40, 4) } },
  { name: 'OpenRouter', stream: streams.openrouter, told: { ...done, usage: counts(8, 92, 0, 90) } },
  { name: 'DeepSeek', stream: streams.deepseek, told: { ...done, usage: counts(20, 5, 16) } },
  { name: 'a server that ends without [DONE]', stream: streams.noDone, told: { ...done, usage: counts(3, 1) } },
  { name: 'a stream that was cut off', stream: streams.cutOff, told: broken },
  {
    name: 'an error in the middle',
    stream: streams.brokenOff,
    told: { ...broken, finish: 'stop', error: { type: 'away', detail: 'The server is overloaded.', status: 200 } },
  },
  {
    name: 'an error in the middle of OpenRouter',
    stream: streams.brokenOffByOpenrouter,
    told: { ...broken, finish: 'error', error: { type: 'rate', detail: 'Rate limit exceeded', status: 200 } },
  },
  {
    name: 'an error in the middle of an old vLLM',
    stream: streams.brokenOffByVllm,
    told: { ...broken, error: { type: 'away', detail: 'Boom', status: 200 } },
  },
  {
    name: 'an error in the middle of Groq',
    stream: streams.brokenOffByGroq,
    told: { ...broken, error: { type: 'away', detail: 'over capacity', status: 200 } },
  },
  {
    name: 'an error by its name in the middle',
    stream: streams.namedErrorLate,
    told: { ...broken, error: { type: 'away', detail: 'upstream is gone', status: 200 } },
  },
  { name: 'a server that counts early', stream: streams.countedEarly, told: { ...done, usage: counts(5, 1) } },
  {
    name: 'an event that is an error by its name',
    stream: streams.namedError,
    told: { ...broken, began: false, error: { type: 'rate', detail: 'Too many requests', status: 200 } },
  },
  {
    name: 'an error in place of an answer',
    stream: streams.refusedAtOnce,
    told: {
      ...broken,
      began: false,
      error: { type: 'too-long', detail: "This model's maximum context length is 8192 tokens.", status: 200 },
    },
  },
  { name: 'garbage', stream: streams.garbage, told: { finish: undefined, ended: false, began: false } },
]

describe('the meter of a stream', () => {
  for (const { name, stream, told: expected } of cases) {
    it(`reads ${name}, cut at every byte`, () => {
      const bytes = Buffer.from(stream)
      assert.deepEqual(told(meter([bytes])), expected)
      assert.deepEqual(told(meter([...bytes].map((byte) => Uint8Array.of(byte)))), expected)
      for (let at = 1; at < bytes.length; at += 1) {
        assert.deepEqual(told(meter([bytes.subarray(0, at), bytes.subarray(at)])), expected, `cut at ${at}`)
      }
    })
  }

  it('keeps what the provider said of usage, its price too', () => {
    assert.equal(meter([Buffer.from(streams.openrouter)]).usage?.raw?.['cost'], 0.00021)
  })

  it('tells at any time what was seen so far', () => {
    const meter = openaiChat.meter()
    const seen = streams.openai
      .split(/(?<=\n\n)/)
      .filter((event) => event !== '')
      .map((event) => {
        meter.push(Buffer.from(event))
        const { began, ended, finish, usage } = meter.read()
        return [began, ended, finish, usage?.outputTokens.total]
      })
    assert.deepEqual(seen, [
      [false, false, undefined, undefined],
      [true, false, undefined, undefined],
      [true, false, undefined, undefined],
      [true, true, 'stop', undefined],
      [true, true, 'stop', 10],
      [true, true, 'stop', 10],
    ])
  })

  const firsts: readonly (readonly [delta: object, began: boolean])[] = [
    [{ role: 'assistant', content: '' }, false],
    [{ role: 'assistant', content: null, reasoning_content: '', tool_calls: [] }, false],
    [{ content: 'x' }, true],
    [{ reasoning_content: 'x' }, true],
    [{ reasoning: 'x' }, true],
    [{ refusal: 'x' }, true],
    [{ tool_calls: [{ index: 0, id: 'a' }] }, true],
    [{ function_call: { name: 'f' } }, true],
  ]
  for (const [delta, began] of firsts) {
    it(`says that ${JSON.stringify(delta)} is ${began ? 'a' : 'no'} beginning`, () => {
      const bytes = Buffer.from(`data: ${JSON.stringify({ choices: [{ delta, finish_reason: null }] })}\n\n`)
      assert.equal(meter([bytes]).began, began)
    })
  }

  it('is not led astray by what the model says', () => {
    const said = [
      'usage',
      'error',
      '"usage":{"prompt_tokens":1}',
      '{"error":{"message":"x"}}',
      '"finish_reason":"stop"',
      '[DONE]',
    ]
    const deltas = said.map((content) => `data: ${JSON.stringify({ choices: [{ delta: { content } }] })}\n\n`)
    assert.deepEqual(told(meter([Buffer.from(deltas.join(''))])), broken)
  })

  it('does not parse what only says more of the answer', (t) => {
    const parse = t.mock.method(JSON, 'parse')
    const meter = openaiChat.meter()
    const [role = '', text = ''] = streams.openai.split(/(?<=\n\n)/)
    meter.push(Buffer.from(role + text))
    const before = parse.mock.callCount()
    for (const more of [text, text.replaceAll(':null', ' : null')]) meter.push(Buffer.from(more))
    assert.equal(parse.mock.callCount(), before)
  })

  it('takes no key on from what a provider says', () => {
    const error = {
      message: 'Incorrect API key provided: sk-proj-abcdefgh1234.',
      type: 'invalid_request_error',
      code: 'invalid_api_key',
    }
    const { error: failure } = meter([Buffer.from(`data: ${JSON.stringify({ error })}\n\n`)])
    assert.equal(failure?.type, 'key')
    assert.ok(!JSON.stringify(failure).includes('abcdefgh'))
  })
})

const completion = (choice: object, more: object = {}) => ({
  id: 'chatcmpl-1',
  object: 'chat.completion',
  choices: [{ index: 0, logprobs: null, ...choice }],
  usage: { prompt_tokens: 19, completion_tokens: 10, total_tokens: 29 },
  ...more,
})

describe('the meter of a whole answer', () => {
  const whole: readonly { readonly name: string; readonly body: unknown; readonly told: Told }[] = [
    {
      name: 'text',
      body: completion({ message: { role: 'assistant', content: 'Hi', refusal: null }, finish_reason: 'stop' }),
      told: { ...done, usage: counts(19, 10) },
    },
    {
      name: 'calls',
      body: completion(
        { message: { content: null, tool_calls: [{ id: 'a' }] }, finish_reason: 'tool_calls' },
        { error: null },
      ),
      told: { ...done, finish: 'tool_calls', usage: counts(19, 10) },
    },
    {
      name: 'nothing said, nothing counted',
      body: completion({ message: { role: 'assistant', content: '' } }, { usage: undefined }),
      told: { finish: undefined, ended: true, began: false },
    },
    {
      name: 'an error with status 200',
      body: { error: { message: 'No such model', code: 'model_not_found' }, user_id: 'u' },
      told: {
        finish: undefined,
        ended: false,
        began: false,
        error: { type: 'unknown-model', detail: 'No such model', status: 200 },
      },
    },
    {
      name: 'an error that is text',
      body: { error: 'overloaded' },
      told: {
        finish: undefined,
        ended: false,
        began: false,
        error: { type: 'away', detail: 'overloaded', status: 200 },
      },
    },
    ...[[], null, 7, {}, { choices: [] }, { choices: [7] }].map((body) => ({
      name: `what is none: ${JSON.stringify(body)}`,
      body,
      told: { finish: undefined, ended: false, began: false },
    })),
  ]
  for (const { name, body, told: expected } of whole) {
    it(`reads ${name}`, () =>
      assert.deepEqual(told(openaiChat.meter().whole(Buffer.from(JSON.stringify(body)))), expected))
  }

  it('reads what is no JSON', () => {
    for (const body of ['', '<html>', '{"choices":[', '\u0000']) {
      assert.deepEqual(told(openaiChat.meter().whole(Buffer.from(body))), {
        finish: undefined,
        ended: false,
        began: false,
      })
    }
  })
})
