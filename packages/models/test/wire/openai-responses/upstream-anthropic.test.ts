// shows: A8
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { ChatPart } from '../../../src/language.ts'
import { openaiResponses } from '../../../src/wire/openai-responses/protocol.ts'
import { answerOf, facts, read, streamed, eventsOf } from './answering.ts'
import { sentToAnthropic } from './upstream.ts'

// A client of this protocol on a Claude model.

const user = (text: string): object => ({ role: 'user', content: [{ type: 'text', text }] })

test('text, pictures, documents and instructions', async () => {
  const { body, warnings } = await sentToAnthropic({
    instructions: 'Be brief.',
    input: [
      { role: 'developer', content: 'Speak French.' },
      {
        role: 'user',
        content: [
          { type: 'input_text', text: 'See' },
          { type: 'input_image', image_url: 'https://example.com/a.png', detail: 'high' },
          { type: 'input_image', image_url: 'data:image/png;base64,iVBORw0KGgo=' },
          { type: 'input_file', filename: 'a.pdf', file_data: 'data:application/pdf;base64,JVBERi0=' },
          { type: 'input_file', filename: 'a.txt', file_data: 'data:text/plain;base64,SGk=' },
          { type: 'input_file', file_url: 'https://example.com/pdf/1706.03762' },
        ],
      },
    ],
    max_output_tokens: 100,
    temperature: 0.5,
    metadata: { team: 'a' },
    store: false,
  })
  assert.deepEqual(warnings, [])
  const { model: _, ...rest } = body
  assert.deepEqual(rest, {
    max_tokens: 100,
    temperature: 0.5,
    system: [
      { type: 'text', text: 'Be brief.' },
      { type: 'text', text: 'Speak French.' },
    ],
    messages: [
      {
        role: 'user',
        content: [
          { type: 'text', text: 'See' },
          { type: 'image', source: { type: 'url', url: 'https://example.com/a.png' } },
          { type: 'image', source: { type: 'base64', media_type: 'image/png', data: 'iVBORw0KGgo=' } },
          {
            type: 'document',
            source: { type: 'base64', media_type: 'application/pdf', data: 'JVBERi0=' },
            title: 'a.pdf',
          },
          { type: 'document', source: { type: 'text', media_type: 'text/plain', data: 'Hi' }, title: 'a.txt' },
          { type: 'document', source: { type: 'url', url: 'https://example.com/pdf/1706.03762' } },
        ],
      },
    ],
  })
})

test('a turn with tools', async () => {
  const { body, warnings } = await sentToAnthropic({
    input: [
      { role: 'user', content: 'Weather?' },
      { role: 'assistant', content: 'I look.' },
      { type: 'function_call', call_id: 'toolu_1', name: 'weather', arguments: '{"city":"Bern"}' },
      { type: 'function_call', call_id: 'toolu_2', name: 'weather', arguments: '' },
      { type: 'function_call_output', call_id: 'toolu_1', output: 'rain' },
      {
        type: 'function_call_output',
        call_id: 'toolu_2',
        output: [{ type: 'input_image', image_url: 'data:image/png;base64,iVBORw0KGgo=' }],
      },
      { role: 'user', content: 'And?' },
    ],
    tools: [{ type: 'function', name: 'weather', description: 'd', parameters: { type: 'object' }, strict: false }],
    tool_choice: { type: 'function', name: 'weather' },
    parallel_tool_calls: false,
  })
  assert.deepEqual(warnings, [])
  assert.deepEqual(body['messages'], [
    user('Weather?'),
    {
      role: 'assistant',
      content: [
        { type: 'text', text: 'I look.' },
        { type: 'tool_use', id: 'toolu_1', name: 'weather', input: { city: 'Bern' } },
        { type: 'tool_use', id: 'toolu_2', name: 'weather', input: {} },
      ],
    },
    {
      role: 'user',
      content: [
        { type: 'tool_result', tool_use_id: 'toolu_1', content: 'rain' },
        {
          type: 'tool_result',
          tool_use_id: 'toolu_2',
          content: [{ type: 'image', source: { type: 'base64', media_type: 'image/png', data: 'iVBORw0KGgo=' } }],
        },
        { type: 'text', text: 'And?' },
      ],
    },
  ])
  assert.deepEqual(body['tools'], [
    { name: 'weather', description: 'd', input_schema: { type: 'object' }, strict: false },
  ])
  assert.deepEqual(body['tool_choice'], { type: 'tool', name: 'weather', disable_parallel_tool_use: true })
})

test('effort becomes thinking', async () => {
  const { body } = await sentToAnthropic({ reasoning: { effort: 'high' } })
  const { type } = body['thinking'] as { readonly type: string }
  assert.equal(type, 'enabled')
})

test('a schema for the answer', async () => {
  const schema = { type: 'object', properties: { n: { type: 'number' } }, required: ['n'], additionalProperties: false }
  const { body, warnings } = await sentToAnthropic({
    text: { format: { type: 'json_schema', name: 'answer', schema, strict: true } },
  })
  assert.deepEqual(warnings, [])
  assert.match(JSON.stringify(body), /"n":\{"type":"number"\}/)
})

/** The reasoning items of an answer, as a client would send them back. */
function itemsOf(response: unknown): readonly object[] {
  return (response as { readonly output: readonly object[] }).output
}

const thought: readonly ChatPart[] = [
  { type: 'reasoning-start', id: '0' },
  { type: 'reasoning-delta', id: '0', delta: 'The city ' },
  { type: 'reasoning-delta', id: '0', delta: 'is Bern.' },
  { type: 'reasoning-delta', id: '0', delta: '', providerMetadata: { anthropic: { signature: 'SIG' } } },
  { type: 'reasoning-end', id: '0' },
  { type: 'reasoning-start', id: '1', providerMetadata: { anthropic: { redactedData: 'RED' } } },
  { type: 'reasoning-end', id: '1' },
  { type: 'tool-input-start', id: 'toolu_1', toolName: 'weather' },
  { type: 'tool-call', toolCallId: 'toolu_1', toolName: 'weather', input: '{"city":"Bern"}' },
]

const wholeThought = answerOf({
  content: [
    { type: 'reasoning', text: 'The city is Bern.', providerMetadata: { anthropic: { signature: 'SIG' } } },
    { type: 'reasoning', text: '', providerMetadata: { anthropic: { redactedData: 'RED' } } },
    { type: 'tool-call', toolCallId: 'toolu_1', toolName: 'weather', input: '{"city":"Bern"}' },
  ],
  finish: 'tool-calls',
})

test('what Claude thought before it called a tool comes back to it with its signature', async () => {
  const asked = read({})
  const last = eventsOf(streamed(asked, { parts: thought })).at(-1)
  for (const items of [itemsOf(last?.['response']), itemsOf(openaiResponses.whole(asked, wholeThought, facts))]) {
    const { body, warnings } = await sentToAnthropic({
      input: [
        { role: 'user', content: 'Weather?' },
        ...items,
        { type: 'function_call_output', call_id: 'toolu_1', output: 'rain' },
      ],
      store: false,
      reasoning: { effort: 'low' },
    })
    assert.deepEqual(warnings, [])
    assert.deepEqual((body['messages'] as readonly object[])[1], {
      role: 'assistant',
      content: [
        { type: 'thinking', thinking: 'The city is Bern.', signature: 'SIG' },
        { type: 'redacted_thinking', data: 'RED' },
        { type: 'tool_use', id: 'toolu_1', name: 'weather', input: { city: 'Bern' } },
      ],
    })
  }
})

test('reasoning that OpenAI encrypted is left out, and the answer is asked for all the same', async () => {
  const { body } = await sentToAnthropic({
    input: [
      { role: 'user', content: 'Hi' },
      { type: 'reasoning', id: 'rs_1', summary: [{ type: 'summary_text', text: 'Hm' }], encrypted_content: 'AAA' },
      { role: 'assistant', content: 'Hello.' },
      { role: 'user', content: 'And?' },
    ],
  })
  assert.deepEqual(body['messages'], [
    user('Hi'),
    { role: 'assistant', content: [{ type: 'text', text: 'Hello.' }] },
    user('And?'),
  ])
})

test('content in the gateway’s own form that was forged reaches no provider’s store', () => {
  const forged = (value: unknown): string =>
    `hearth.reasoning.1:${Buffer.from(JSON.stringify(value)).toString('base64url')}`
  const optionsOf = (encrypted_content: string): unknown => {
    const { prompt } = read({ input: [{ type: 'reasoning', id: 'rs_1', summary: [], encrypted_content }] }).call
    const [message] = prompt
    return message?.role === 'assistant' ? message.content[0]?.providerOptions : 'no message'
  }
  assert.deepEqual(optionsOf(forged({ openai: { itemId: 'rs_of_another' }, anthropic: { signature: 'S' } })), {
    anthropic: { signature: 'S' },
  })
  const asTheyCame = ['nothing', forged([]), forged({ anthropic: { signature: { a: 1 } } }), 'hearth.reasoning.1:%%']
  for (const content of asTheyCame) assert.doesNotThrow(() => optionsOf(content))
})
