// shows: A2
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { wires } from '@hearth/models'
import { needsOf } from '../../src/router/index.ts'
import { wantsIn } from '../../src/router/wants.ts'

const schema = { type: 'object', properties: {}, additionalProperties: false }
const text = { type: 'text', text: 'What is it?' }
const png = 'iVBORw0KGgo='
const hello = [{ role: 'user', content: 'Hello' }]

const chat = [
  { messages: hello },
  { messages: hello, stream: true },
  { messages: hello, tools: [{ type: 'function', function: { name: 'f', parameters: schema } }] },
  { messages: hello, functions: [{ name: 'f', parameters: schema }] },
  { messages: hello, tools: [] },
  { messages: hello, response_format: { type: 'json_object' } },
  { messages: hello, response_format: { type: 'json_schema', json_schema: { name: 'a', schema } } },
  { messages: hello, response_format: { type: 'text' } },
  { messages: hello, reasoning_effort: 'high' },
  { messages: hello, reasoning_effort: 'none' },
  { messages: hello, logprobs: true, top_logprobs: 2 },
  { messages: hello, logprobs: false },
  {
    messages: [
      { role: 'user', content: [text, { type: 'image_url', image_url: { url: `data:image/png;base64,${png}` } }] },
    ],
  },
  { messages: [{ role: 'user', content: [text, { type: 'input_audio', input_audio: { data: png, format: 'wav' } }] }] },
  {
    messages: [
      {
        role: 'user',
        content: [{ type: 'file', file: { file_data: `data:application/pdf;base64,${png}`, filename: 'a.pdf' } }],
      },
    ],
  },
]
const responses = [
  { input: 'Hello' },
  { input: hello, stream: true, tools: [{ type: 'function', name: 'f', parameters: schema }] },
  { input: hello, text: { format: { type: 'json_schema', name: 'a', schema } } },
  { input: hello, reasoning: { effort: 'low' } },
  { input: [{ role: 'user', content: [{ type: 'input_image', image_url: `data:image/png;base64,${png}` }] }] },
]
const messages = [
  { messages: hello },
  { messages: hello, stream: true, tools: [{ name: 'f', input_schema: schema }] },
  { messages: hello, output_config: { format: { type: 'json_schema', schema }, effort: 'high' } },
  { messages: hello, output_format: { type: 'json_schema', schema } },
  {
    messages: [
      { role: 'user', content: [{ type: 'image', source: { type: 'base64', media_type: 'image/png', data: png } }] },
    ],
  },
  {
    messages: [
      {
        role: 'user',
        content: [{ type: 'document', source: { type: 'base64', media_type: 'application/pdf', data: png } }],
      },
    ],
  },
]

test('the fields of a request say what reading it says that it needs', async () => {
  for (const [form, requests] of [
    [wires.openaiChat, chat],
    [wires.openaiResponses, responses],
    [wires.anthropicMessages, messages.map((one) => ({ max_tokens: 10, ...one }))],
  ] as const) {
    const wire = await form.load()
    for (const request of requests) {
      const body: Readonly<Record<string, unknown>> = { model: 'm', ...request }
      const { call, stream } = wire.read(body)
      const said = JSON.stringify(request).slice(0, 200)
      assert.deepEqual(wantsIn(body, stream).toSorted(), needsOf(call, stream).abilities.toSorted(), said)
    }
  }
})

test('whatever stands in a request, it is passed over where it is not understood', () => {
  for (const odd of [null, 7, 'x', [], [null], [{ content: [null, 7, { type: {} }] }], { a: 1 }])
    for (const name of [
      'messages',
      'input',
      'tools',
      'response_format',
      'text',
      'output_config',
      'reasoning',
      'thinking',
    ])
      assert.ok(Array.isArray(wantsIn({ [name]: odd }, false)), name)
})
