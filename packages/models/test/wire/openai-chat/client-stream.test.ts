// shows: A8
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { APIError, type OpenAI } from 'openai'
import { zodFunction, zodResponseFormat } from 'openai/helpers/zod'
import { z } from 'zod'
import type { ChatPart } from '../../../src/language.ts'
import { openaiChat } from '../../../src/wire/openai-chat/protocol.ts'
import { finished, openDoor, said, type Scripted } from './door.ts'

const ask = { model: 'acme-1', messages: [{ role: 'user' as const, content: 'Hello' }] }

const pieces = (id: string, toolName: string, ...deltas: readonly string[]): readonly ChatPart[] => [
  { type: 'tool-input-start', id, toolName },
  ...deltas.map((delta) => ({ type: 'tool-input-delta', id, delta }) as const),
  { type: 'tool-input-end', id },
  { type: 'tool-call', toolCallId: id, toolName, input: deltas.join('') },
]

interface Thinking {
  readonly reasoning_content?: string
}

const called = (id: string, name: string, args: string) => ({
  id,
  type: 'function',
  function: { name, arguments: args },
})

function callsIn({ choices }: OpenAI.ChatCompletion): readonly object[] {
  return (choices[0]?.message.tool_calls ?? []).map((call) => {
    assert.equal(call.type, 'function')
    return called(call.id, call.function.name, call.function.arguments)
  })
}

describe('the official client, for a stream', () => {
  it('reads the chunks as OpenAI sends them', async () => {
    await using door = await openDoor([...said('Good', ' day'), finished()])
    const stream = await door.client.chat.completions.create({ ...ask, stream: true })
    const chunks = await Array.fromAsync(stream)
    assert.deepEqual(
      chunks.map(({ choices }) => [choices[0]?.delta, choices[0]?.finish_reason]),
      [
        [{ role: 'assistant', content: '', refusal: null }, null],
        [{ content: 'Good' }, null],
        [{ content: ' day' }, null],
        [{}, 'stop'],
      ],
    )
    assert.ok(chunks.every((chunk) => chunk.id === 'chatcmpl-test' && chunk.model === 'acme-1' && !('usage' in chunk)))
    const head = '{"id":"chatcmpl-test","object":"chat.completion.chunk","created":1788436800,"model":"acme-1"'
    assert.equal(
      door.bodies[0]?.split('\n\n')[1],
      `data: ${head},"choices":[{"index":0,"delta":{"content":"Good"},"logprobs":null,"finish_reason":null}]}`,
    )
    assert.ok(door.bodies[0]?.endsWith('\n\ndata: [DONE]\n\n'))
  })

  it('reads usage at the end where it asked for it', async () => {
    await using door = await openDoor([...said('x'), finished()])
    const stream = await door.client.chat.completions.create({
      ...ask,
      stream: true,
      stream_options: { include_usage: true },
    })
    const chunks = await Array.fromAsync(stream)
    assert.deepEqual(chunks.at(-1)?.choices, [])
    assert.deepEqual(chunks.at(-1)?.usage, {
      prompt_tokens: 30,
      completion_tokens: 12,
      total_tokens: 42,
      prompt_tokens_details: { cached_tokens: 10 },
      completion_tokens_details: { reasoning_tokens: 4 },
    })
    assert.ok(chunks.slice(0, -1).every(({ usage, choices }) => usage === null && choices.length === 1))
  })

  it('puts an answer together: reasoning, text and calls', async () => {
    await using door = await openDoor([
      { type: 'reasoning-start', id: 'r' },
      { type: 'reasoning-delta', id: 'r', delta: 'Hm' },
      { type: 'reasoning-delta', id: 'r', delta: '.' },
      { type: 'reasoning-end', id: 'r' },
      ...said('Let me see.'),
      ...pieces('call_1', 'weather', '{"city"', ':"Bern"}'),
      ...pieces('call_2', 'time', '{}'),
      finished('tool-calls'),
    ])
    const thoughts: unknown[] = []
    const stream = door.client.chat.completions.stream(ask)
    // The client puts together what it knows; a field that OpenAI has not is there in the chunks.
    stream.on('chunk', ({ choices }) => thoughts.push((choices[0]?.delta as Thinking).reasoning_content ?? ''))
    const completion = await stream.finalChatCompletion()
    assert.equal(thoughts.join(''), 'Hm.')
    assert.equal(completion.choices[0]?.message.content, 'Let me see.')
    assert.deepEqual(callsIn(completion), [
      called('call_1', 'weather', '{"city":"Bern"}'),
      called('call_2', 'time', '{}'),
    ])
    assert.equal(completion.choices[0]?.finish_reason, 'tool_calls')
  })

  const calls: readonly {
    readonly name: string
    readonly parts: readonly ChatPart[]
    readonly calls: readonly object[]
  }[] = [
    {
      name: 'that comes whole',
      parts: [{ type: 'tool-call', toolCallId: 'a', toolName: 'f', input: '{"x":1}' }],
      calls: [called('a', 'f', '{"x":1}')],
    },
    {
      name: 'that comes in pieces and then whole',
      parts: pieces('a', 'f', '{"x"', ':1', '}'),
      calls: [called('a', 'f', '{"x":1}')],
    },
    {
      name: 'whose pieces were empty',
      parts: [
        { type: 'tool-input-start', id: 'a', toolName: 'f' },
        { type: 'tool-input-delta', id: 'a', delta: '' },
        { type: 'tool-input-end', id: 'a' },
        { type: 'tool-call', toolCallId: 'a', toolName: 'f', input: '{"x":1}' },
      ],
      calls: [called('a', 'f', '{"x":1}')],
    },
    { name: 'that takes nothing', parts: pieces('a', 'f'), calls: [called('a', 'f', '{}')] },
    {
      name: 'that takes nothing and comes whole',
      parts: [{ type: 'tool-call', toolCallId: 'a', toolName: 'f', input: '' }],
      calls: [called('a', 'f', '{}')],
    },
    {
      name: 'whose whole never comes',
      parts: pieces('a', 'f', '{}').slice(0, -1),
      calls: [called('a', 'f', '{}')],
    },
    {
      name: 'whose pieces are text and no JSON',
      parts: [
        { type: 'tool-input-start', id: 'a', toolName: 'patch', inputEncoding: 'text' },
        { type: 'tool-input-delta', id: 'a', delta: '*** Begin' },
        { type: 'tool-call', toolCallId: 'a', toolName: 'patch', input: '"*** Begin"' },
      ],
      calls: [called('a', 'patch', '"*** Begin"')],
    },
    {
      name: 'that stands among those of the provider',
      parts: [
        { type: 'tool-input-start', id: 's', toolName: 'web_search', providerExecuted: true },
        { type: 'tool-input-delta', id: 's', delta: '{"q":1}' },
        { type: 'tool-call', toolCallId: 's', toolName: 'web_search', input: '{"q":1}', providerExecuted: true },
        ...pieces('a', 'f', '{}'),
      ],
      calls: [called('a', 'f', '{}')],
    },
    {
      name: 'whose pieces come between those of another',
      parts: [
        { type: 'tool-input-start', id: 'a', toolName: 'f' },
        { type: 'tool-input-start', id: 'b', toolName: 'g' },
        { type: 'tool-input-delta', id: 'a', delta: '{"x"' },
        { type: 'tool-input-delta', id: 'b', delta: '{"y"' },
        { type: 'tool-input-delta', id: 'a', delta: ':1}' },
        { type: 'tool-input-delta', id: 'b', delta: ':2}' },
        { type: 'tool-call', toolCallId: 'b', toolName: 'g', input: '{"y":2}' },
        { type: 'tool-call', toolCallId: 'a', toolName: 'f', input: '{"x":1}' },
      ],
      calls: [called('a', 'f', '{"x":1}'), called('b', 'g', '{"y":2}')],
    },
    {
      name: 'whose start was never told',
      parts: [{ type: 'tool-input-delta', id: 'a', delta: '{' }, ...pieces('a', 'f', '{}')],
      calls: [called('a', 'f', '{}')],
    },
    {
      name: 'that begins twice',
      parts: [...pieces('a', 'f', '{}'), ...pieces('a', 'f')],
      calls: [called('a', 'f', '{}')],
    },
  ]
  for (const { name, parts, calls: expected } of calls) {
    it(`puts a call together ${name}`, async () => {
      await using door = await openDoor([...parts, finished('tool-calls')])
      const completion = await door.client.chat.completions.stream(ask).finalChatCompletion()
      assert.deepEqual(callsIn(completion), expected)
      assert.equal(completion.choices[0]?.finish_reason, 'tool_calls')
    })
  }

  it('is not told to call what the provider has called', async () => {
    const search = { type: 'tool-call', toolCallId: 's', toolName: 'w', input: '{}', providerExecuted: true } as const
    await using door = await openDoor([search, ...said('Found.'), finished('tool-calls')])
    const completion = await door.client.chat.completions.stream(ask).finalChatCompletion()
    assert.equal(completion.choices[0]?.finish_reason, 'stop')
    assert.equal(completion.choices[0]?.message.tool_calls, undefined)
  })

  it('parses what it asked for with a schema, as it comes', async () => {
    await using door = await openDoor([...said('{"city":', '"Bern"}'), finished()])
    const stream = door.client.chat.completions.stream({
      ...ask,
      response_format: zodResponseFormat(z.object({ city: z.string() }), 'place'),
    })
    const { choices } = await stream.finalChatCompletion()
    assert.deepEqual(choices[0]?.message.parsed, { city: 'Bern' })
  })

  it('runs tools until there is an answer', async () => {
    await using door = await openDoor(
      [...pieces('call_1', 'weather', '{"city":', '"Bern"}'), finished('tool-calls')],
      [...said('Sunny.'), finished()],
    )
    const runner = door.client.chat.completions.runTools({
      ...ask,
      stream: true,
      tools: [
        zodFunction({
          name: 'weather',
          parameters: z.object({ city: z.string() }),
          function: ({ city }) => `sun in ${city}`,
        }),
      ],
    })
    assert.equal(await runner.finalContent(), 'Sunny.')
    assert.deepEqual(door.calls[1]?.call.prompt.at(-1)?.content, [
      {
        type: 'tool-result',
        toolCallId: 'call_1',
        toolName: 'weather',
        output: { type: 'text', value: 'sun in Bern' },
      },
    ])
  })

  it('gets the older form where it asked in it', async () => {
    await using door = await openDoor([
      ...pieces('a', 'f', '{"x"', ':1}'),
      ...pieces('b', 'f', '{}'),
      finished('tool-calls'),
    ])
    const stream = door.client.chat.completions.stream({ ...ask, functions: [{ name: 'f' }] })
    const { choices } = await stream.finalChatCompletion()
    assert.deepEqual(choices[0]?.message.function_call, { name: 'f', arguments: '{"x":1}' })
    assert.equal(choices[0]?.message.tool_calls, undefined)
    assert.equal(choices[0]?.finish_reason, 'function_call')
  })

  it('reads log probabilities', async () => {
    const told = [{ token: 'x', logprob: -0.5, top_logprobs: [] }]
    await using door = await openDoor([
      ...said('x'),
      finished('stop', { providerMetadata: { openai: { logprobs: told } } }),
    ])
    const { choices } = await door.client.chat.completions.stream({ ...ask, logprobs: true }).finalChatCompletion()
    assert.deepEqual(choices[0]?.logprobs?.content, [{ token: 'x', logprob: -0.5, bytes: null, top_logprobs: [] }])
  })

  for (const [unified, expected] of [
    ['length', 'length'],
    ['content-filter', 'content_filter'],
    ['other', 'stop'],
  ] as const) {
    it(`reads ${expected} for an answer that ended with ${unified}`, async () => {
      await using door = await openDoor([finished(unified)])
      const stream = await door.client.chat.completions.create({ ...ask, stream: true })
      const chunks = await Array.fromAsync(stream)
      assert.deepEqual(
        chunks.map(({ choices }) => choices[0]?.finish_reason),
        [null, expected],
      )
      assert.equal(chunks[0]?.choices[0]?.delta.role, 'assistant')
    })
  }

  it('reads text of every kind as it was', async () => {
    const texts = ['line\nbreak', '\r\n', '\u2028\u2029', '𝄞', '\ud834', '"\\', 'data: [DONE]\n\n', '\u0000']
    await using door = await openDoor([...said(...texts), finished()])
    const { choices } = await door.client.chat.completions.stream(ask).finalChatCompletion()
    assert.equal(choices[0]?.message.content, texts.join(''))
  })
})

describe('the official client, where a stream breaks off', () => {
  const broken: readonly {
    readonly name: string
    readonly parts: Scripted
    readonly says: RegExp
    readonly code: string
  }[] = [
    {
      name: 'with a failure of the model',
      parts: [...said('Half'), { type: 'model', failure: { type: 'lost', detail: 'The connection was lost.' } }],
      says: /The connection was lost\./,
      code: 'models.lost',
    },
    {
      name: 'with an error among the parts',
      parts: [
        ...said('Half'),
        { type: 'error', error: { message: 'Slow down', type: 'rate_limit_error' } },
        ...said('more'),
        finished(),
      ],
      says: /Slow down/,
      code: 'rate_limit_exceeded',
    },
    { name: 'without an end', parts: said('Half'), says: /broke off/, code: 'models.lost' },
    {
      name: 'as the provider did',
      parts: [...said('Half'), finished('interrupted')],
      says: /broke off/,
      code: 'models.lost',
    },
    {
      name: 'with an end that is an error',
      parts: [...said('Half'), finished('error')],
      says: /broke off/,
      code: 'models.lost',
    },
  ]
  for (const { name, parts, says, code } of broken) {
    it(`throws: ${name}`, async () => {
      await using door = await openDoor(parts, parts)
      const chunks: string[] = []
      const reading = (async () => {
        for await (const { choices } of await door.client.chat.completions.create({ ...ask, stream: true })) {
          chunks.push(choices[0]?.delta.content ?? '')
        }
      })()
      await assert.rejects(
        reading,
        (error) => error instanceof APIError && says.test(error.message) && error.code === code,
      )
      assert.equal(chunks.join(''), 'Half')
      await assert.rejects(door.client.chat.completions.stream(ask).finalChatCompletion(), says)
      assert.equal(door.bodies[0]?.includes('[DONE]'), false)
      assert.equal(door.bodies[0]?.match(/"error"/g)?.length, 1)
    })
  }

  it('is told once, whatever comes behind it', () => {
    const stream = openaiChat.streaming(openaiChat.read(ask), { id: 'c', model: 'm', at: 0 })
    const failure = { type: 'model', failure: { type: 'late', detail: 'Too slow.' } } as const
    assert.match(stream.fail(failure), /^data: \{"error":\{.*\}\}\n\n$/)
    assert.deepEqual([stream.fail(failure), stream.push(finished()), stream.end()], ['', '', ''])
  })
})
