// shows: A8
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { zodFunction, zodResponseFormat } from 'openai/helpers/zod'
import { z } from 'zod'
import { answered, openDoor, type Unified } from './door.ts'

const messages = [{ role: 'user', content: 'Hello' }] as const
const ask = { model: 'acme-1', messages: [...messages] }
const weather = { type: 'tool-call', toolCallId: 'call_1', toolName: 'weather', input: '{"city":"Bern"}' } as const

describe('the official client, for a whole answer', () => {
  it('reads text, usage and what else there is', async () => {
    await using door = await openDoor(
      answered([
        { type: 'text', text: 'Good ' },
        { type: 'text', text: 'day' },
      ]),
    )
    const completion = await door.client.chat.completions.create(ask)
    assert.deepEqual(
      { ...completion },
      {
        id: 'chatcmpl-test',
        object: 'chat.completion',
        created: Date.UTC(2026, 8, 3, 12) / 1000,
        model: 'acme-1',
        choices: [
          {
            index: 0,
            message: { role: 'assistant', content: 'Good day', refusal: null },
            logprobs: null,
            finish_reason: 'stop',
          },
        ],
        usage: {
          prompt_tokens: 30,
          completion_tokens: 12,
          total_tokens: 42,
          prompt_tokens_details: { cached_tokens: 10 },
          completion_tokens_details: { reasoning_tokens: 4 },
        },
      },
    )
    assert.equal(
      door.bodies[0],
      '{"id":"chatcmpl-test","object":"chat.completion","created":1788436800,"model":"acme-1","choices":[{"index":0,"message":{"role":"assistant","content":"Good day","refusal":null},"logprobs":null,"finish_reason":"stop"}],"usage":{"prompt_tokens":30,"completion_tokens":12,"total_tokens":42,"prompt_tokens_details":{"cached_tokens":10},"completion_tokens_details":{"reasoning_tokens":4}}}',
    )
  })

  it('reads tool calls, but none that the provider has run itself', async () => {
    const search = { ...weather, toolCallId: 'srv_1', toolName: 'web_search', providerExecuted: true }
    const none = { type: 'tool-call', toolCallId: 'call_2', toolName: 'time', input: '' } as const
    await using door = await openDoor(
      answered([search, weather, none], { finishReason: { unified: 'tool-calls', raw: 'tool_use' } }),
    )
    const { choices } = await door.client.chat.completions.create(ask)
    assert.equal(choices[0]?.finish_reason, 'tool_calls')
    assert.equal(choices[0]?.message.content, null)
    assert.deepEqual(choices[0]?.message.tool_calls, [
      { id: 'call_1', type: 'function', function: { name: 'weather', arguments: '{"city":"Bern"}' } },
      { id: 'call_2', type: 'function', function: { name: 'time', arguments: '{}' } },
    ])
  })

  it('reads the reasoning where clients look for it', async () => {
    const thought = [{ type: 'reasoning', text: 'Hm' } as const, { type: 'reasoning', text: '.' } as const]
    await using door = await openDoor(answered([...thought, { type: 'text', text: 'So.' }]))
    const { choices } = await door.client.chat.completions.create(ask)
    assert.deepEqual(choices[0]?.message, {
      role: 'assistant',
      content: 'So.',
      refusal: null,
      reasoning_content: 'Hm.',
    })
  })

  it('reads a refusal of a model of OpenAI', async () => {
    const finishReason = { unified: 'content-filter', raw: 'stop' } as const
    await using door = await openDoor(
      answered([{ type: 'text', text: 'No.' }], { finishReason }),
      answered(
        [
          { type: 'text', text: 'Well' },
          { type: 'text', text: 'No.' },
        ],
        { finishReason },
      ),
    )
    const format = zodResponseFormat(z.object({ city: z.string() }), 'place')
    const { choices } = await door.client.chat.completions.parse({ ...ask, response_format: format })
    assert.deepEqual(choices[0]?.message, { role: 'assistant', content: null, refusal: 'No.', parsed: null })
    assert.equal(choices[0]?.finish_reason, 'stop')
    const second = await door.client.chat.completions.create(ask)
    assert.equal(second.choices[0]?.message.content, 'Well')
    assert.equal(second.choices[0]?.message.refusal, 'No.')
  })

  const reasons: readonly (readonly [Unified, string])[] = [
    ['stop', 'stop'],
    ['length', 'length'],
    ['content-filter', 'content_filter'],
    ['tool-calls', 'stop'],
    ['error', 'stop'],
    ['interrupted', 'stop'],
    ['other', 'stop'],
  ]
  for (const [unified, expected] of reasons) {
    it(`reads ${expected} for an answer without calls that ended with ${unified}`, async () => {
      await using door = await openDoor(
        answered([{ type: 'text', text: 'x' }], { finishReason: { unified, raw: 'x' } }),
      )
      const { choices } = await door.client.chat.completions.create(ask)
      assert.equal(choices[0]?.finish_reason, expected)
    })
  }

  it('is told of the calls also where the provider only said that it stopped', async () => {
    await using door = await openDoor(
      answered([weather]),
      answered([weather], { finishReason: { unified: 'length', raw: 'x' } }),
    )
    const stopped = await door.client.chat.completions.create(ask)
    assert.equal(stopped.choices[0]?.finish_reason, 'tool_calls')
    const cut = await door.client.chat.completions.create(ask)
    assert.equal(cut.choices[0]?.finish_reason, 'length')
  })

  it('reads log probabilities, of an answer and of a refusal', async () => {
    const told = [{ token: 'x', logprob: -0.5, top_logprobs: [{ token: 'y', logprob: -1 }] }]
    const read = [{ token: 'x', logprob: -0.5, bytes: null, top_logprobs: [{ token: 'y', logprob: -1, bytes: null }] }]
    const text = [{ type: 'text', text: 'x' } as const]
    await using door = await openDoor(
      answered(text, { providerMetadata: { openai: { logprobs: told } } }),
      answered(text, { providerMetadata: { openai: { logprobs: [told] } } }),
      answered(text, {
        providerMetadata: { openai: { logprobs: told } },
        finishReason: { unified: 'content-filter', raw: 'stop' },
      }),
      answered(text, { providerMetadata: { openai: { logprobs: 'x' } } }),
    )
    const ask5 = { ...ask, logprobs: true, top_logprobs: 5 }
    const logprobs = []
    for (let count = 0; count < 4; count += 1) {
      const { choices } = await door.client.chat.completions.create(ask5)
      logprobs.push(choices[0]?.logprobs)
    }
    assert.deepEqual(logprobs, [
      { content: read, refusal: null },
      { content: read, refusal: null },
      { content: null, refusal: read },
      null,
    ])
  })

  it('parses what was asked for with a schema of zod', async () => {
    const place = z.object({ city: z.string(), people: z.number() })
    await using door = await openDoor(answered([{ type: 'text', text: '{"city":"Bern","people":134000}' }]))
    const { choices } = await door.client.chat.completions.parse({
      ...ask,
      response_format: zodResponseFormat(place, 'place'),
    })
    assert.deepEqual(choices[0]?.message.parsed, { city: 'Bern', people: 134000 })
    const { responseFormat, providerOptions } = door.calls[0]?.call ?? {}
    assert.equal(responseFormat?.type, 'json')
    assert.deepEqual(Object.keys((responseFormat as { schema: { properties: object } }).schema.properties), [
      'city',
      'people',
    ])
    assert.deepEqual(providerOptions, { openai: { strictJsonSchema: true } })
  })

  it('parses the text that the provider means, where it wrote drafts too', async () => {
    const drafts = [{ type: 'text', text: '{"city":' } as const, { type: 'text', text: '{"city":"Bern"}' } as const]
    const answer = answered(drafts, { structuredOutputText: '{"city":"Bern"}' })
    await using door = await openDoor(answer, answer)
    const { choices } = await door.client.chat.completions.parse({
      ...ask,
      response_format: zodResponseFormat(z.object({ city: z.string() }), 'place'),
    })
    assert.deepEqual(choices[0]?.message.parsed, { city: 'Bern' })
    const plain = await door.client.chat.completions.create(ask)
    assert.equal(plain.choices[0]?.message.content, '{"city":{"city":"Bern"}')
  })

  it('runs tools until there is an answer', async () => {
    await using door = await openDoor(answered([weather]), answered([{ type: 'text', text: 'Sunny.' }]))
    const runner = door.client.chat.completions.runTools({
      ...ask,
      tools: [
        zodFunction({
          name: 'weather',
          parameters: z.object({ city: z.string() }),
          function: ({ city }) => `It is sunny in ${city}`,
        }),
      ],
    })
    assert.equal(await runner.finalContent(), 'Sunny.')
    assert.deepEqual(door.calls[1]?.call.prompt.slice(1), [
      {
        role: 'assistant',
        content: [{ type: 'tool-call', toolCallId: 'call_1', toolName: 'weather', input: { city: 'Bern' } }],
      },
      {
        role: 'tool',
        content: [
          {
            type: 'tool-result',
            toolCallId: 'call_1',
            toolName: 'weather',
            output: { type: 'text', value: 'It is sunny in Bern' },
          },
        ],
      },
    ])
  })

  it('gets the older form where it asked in it', async () => {
    await using door = await openDoor(answered([weather, { ...weather, toolCallId: 'call_2' }]))
    const { choices } = await door.client.chat.completions.create({ ...ask, functions: [{ name: 'weather' }] })
    assert.deepEqual(choices[0]?.message, {
      role: 'assistant',
      content: null,
      refusal: null,
      function_call: { name: 'weather', arguments: '{"city":"Bern"}' },
    })
    assert.equal(choices[0]?.finish_reason, 'function_call')
  })

  it('is told no usage that nobody counted', async () => {
    const none = { total: undefined, noCache: undefined, cacheRead: undefined, cacheWrite: undefined }
    const nothing = { inputTokens: none, outputTokens: { total: undefined, text: undefined, reasoning: undefined } }
    const written = { inputTokens: { ...none, total: 9, cacheWrite: 5 }, outputTokens: nothing.outputTokens }
    await using door = await openDoor(answered([], { usage: nothing }), answered([], { usage: written }))
    const uncounted = await door.client.chat.completions.create(ask)
    assert.equal('usage' in uncounted, false)
    assert.equal(uncounted.choices[0]?.message.content, '')
    const counted = await door.client.chat.completions.create(ask)
    assert.deepEqual(counted.usage, {
      prompt_tokens: 9,
      completion_tokens: 0,
      total_tokens: 9,
      prompt_tokens_details: { cached_tokens: 0, cache_write_tokens: 5 },
      completion_tokens_details: { reasoning_tokens: 0 },
    })
  })
})
