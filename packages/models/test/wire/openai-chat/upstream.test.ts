// shows: A8
import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { describe, it } from 'node:test'
import { createOpenAI } from '@ai-sdk/openai'
import { openaiChat } from '../../../src/wire/openai-chat/protocol.ts'
import { jsonOf } from './door.ts'

const parameters = {
  type: 'object',
  properties: { city: { type: 'string' } },
  required: ['city'],
  additionalProperties: false,
}

/** What reaches OpenAI by its package, of a call that was read here. */
async function passedOn(body: object): Promise<object> {
  const bodies: object[] = []
  const server = createServer((request, response) => {
    void jsonOf(request).then((read) => {
      bodies.push(read as object)
      response.writeHead(200, { 'content-type': 'application/json' })
      response.end('{"choices":[{"index":0,"message":{"role":"assistant","content":"x"},"finish_reason":"stop"}]}')
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const baseURL = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  try {
    const { model, call } = openaiChat.read(body)
    await createOpenAI({ apiKey: 'k', baseURL }).chat(model).doGenerate(call)
  } finally {
    await new Promise((resolve) => server.close(resolve))
  }
  assert.equal(bodies.length, 1)
  return bodies[0] ?? {}
}

const system = { role: 'system', content: 'Be brief.' }
const call = { id: 'call_1', type: 'function', function: { name: 'weather', arguments: '{"city":"Bern"}' } }

const requests: readonly { readonly name: string; readonly body: object }[] = [
  { name: 'a question', body: { messages: [system, { role: 'user', content: 'Hello', name: 'ann' }] } },
  {
    name: 'calls and their results',
    body: {
      messages: [
        { role: 'user', content: 'Weather?' },
        { role: 'assistant', content: 'Wait.', tool_calls: [call] },
        { role: 'tool', tool_call_id: 'call_1', content: 'sunny' },
      ],
      tools: [{ type: 'function', function: { name: 'weather', description: 'Of a city', parameters, strict: true } }],
      tool_choice: { type: 'function', function: { name: 'weather' } },
      parallel_tool_calls: false,
    },
  },
  {
    name: 'pictures, sound and files',
    body: {
      messages: [
        {
          role: 'user',
          content: [
            { type: 'text', text: 'See', prompt_cache_breakpoint: { mode: 'explicit' } },
            { type: 'image_url', image_url: { url: 'https://example.org/a.png', detail: 'low' } },
            { type: 'image_url', image_url: { url: 'data:image/png;base64,iVBORw0KGgo=' } },
            { type: 'input_audio', input_audio: { data: 'UklGRg==', format: 'wav' } },
            { type: 'input_audio', input_audio: { data: 'SUQz', format: 'mp3' } },
            { type: 'file', file: { filename: 'a.pdf', file_data: 'data:application/pdf;base64,JVBERg==' } },
            { type: 'file', file: { file_id: 'file-1' } },
          ],
        },
      ],
    },
  },
  {
    name: 'settings',
    body: {
      messages: [{ role: 'user', content: 'Hello' }],
      max_tokens: 5,
      temperature: 0.5,
      top_p: 0.9,
      frequency_penalty: 0.1,
      presence_penalty: 0.2,
      stop: ['END'],
      seed: 7,
      logit_bias: { '50256': -100 },
      logprobs: true,
      top_logprobs: 3,
      user: 'u',
      store: true,
      metadata: { a: 'b' },
      prediction: { type: 'content', content: 'x' },
      service_tier: 'default',
      verbosity: 'low',
      prompt_cache_key: 'k',
      safety_identifier: 's',
      response_format: { type: 'json_schema', json_schema: { name: 'place', strict: false, schema: parameters } },
    },
  },
  {
    name: 'JSON of no schema',
    body: { messages: [{ role: 'user', content: 'x' }], response_format: { type: 'json_object' } },
  },
]

describe('a request reaches OpenAI as it was asked', () => {
  for (const { name, body } of requests) {
    it(name, async () => {
      const asked = { model: 'gpt-4o', ...body }
      assert.deepEqual(await passedOn(asked), asked)
    })
  }

  it('with the names that reasoning models want', async () => {
    const asked = {
      model: 'gpt-5-mini',
      messages: [system, { role: 'user', content: 'x' }],
      max_completion_tokens: 100,
      reasoning_effort: 'low',
    }
    assert.deepEqual(await passedOn(asked), {
      ...asked,
      messages: [{ ...system, role: 'developer' }, asked.messages[1]],
    })
  })
})
