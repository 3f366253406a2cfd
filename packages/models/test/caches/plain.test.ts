// shows: A5
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { hashOf } from '../../src/caches/key.ts'
import { meantBy, plainIn } from '../../src/caches/plain.ts'
import { anthropicMessages } from '../../src/wire/anthropic-messages/protocol.ts'
import { openaiChat } from '../../src/wire/openai-chat/protocol.ts'
import { openaiResponses } from '../../src/wire/openai-responses/protocol.ts'
import type { WireProtocol } from '../../src/wire/protocol.ts'

type Json = Record<string, unknown>

function meaning(wire: WireProtocol, json: Json, dialect: Record<string, string> = {}): string | null {
  const exchange = { json, dialect, protocol: wire.name, asked: () => wire.read(json) }
  const asked = plainIn(exchange)
  const meant = asked === null ? null : meantBy(exchange, asked)
  return meant === null ? null : hashOf([json['model'], meant])
}

const schema = { type: 'object', properties: { city: { type: 'string' } } }
const input = '{"city":"Oslo"}'

const chat = {
  model: 'm',
  temperature: 0,
  max_tokens: 9,
  messages: [
    { role: 'system', content: 'Be short.' },
    { role: 'user', content: [{ type: 'text', text: 'x' }] },
    {
      role: 'assistant',
      content: null,
      tool_calls: [{ id: 'c', type: 'function', function: { name: 'f', arguments: input } }],
    },
    { role: 'tool', tool_call_id: 'c', content: 'y' },
  ],
  tools: [{ type: 'function', function: { name: 'f', description: 'd', parameters: schema } }],
}
const responses = {
  model: 'm',
  temperature: 0,
  max_output_tokens: 9,
  instructions: 'Be short.',
  input: [
    { role: 'user', content: 'x' },
    { type: 'function_call', call_id: 'c', name: 'f', arguments: input },
    { type: 'function_call_output', call_id: 'c', output: 'y' },
  ],
  tools: [{ type: 'function', name: 'f', description: 'd', parameters: schema, strict: null }],
}
const messages = {
  model: 'm',
  temperature: 0,
  max_tokens: 9,
  system: [{ type: 'text', text: 'Be short.' }],
  messages: [
    { role: 'user', content: 'x' },
    { role: 'assistant', content: [{ type: 'tool_use', id: 'c', name: 'f', input: { city: 'Oslo' } }] },
    { role: 'user', content: [{ type: 'tool_result', tool_use_id: 'c', content: 'y' }] },
  ],
  tools: [{ name: 'f', description: 'd', input_schema: schema }],
}

const requests: readonly (readonly [WireProtocol, Json])[] = [
  [openaiChat, chat],
  [openaiResponses, responses],
  [anthropicMessages, messages],
]

test('a question means the same in every protocol', () => {
  const meanings = requests.map(([wire, json]) => meaning(wire, json, { 'anthropic-version': '2023-06-01' }))
  assert.notEqual(meanings[0], null)
  assert.equal(new Set(meanings).size, 1, JSON.stringify(meanings))
})

test('nothing of a request is passed over, at whatever depth: it means something else, or nothing that is known', () => {
  for (const [wire, json] of requests) {
    const usual = meaning(wire, json)
    let places = 0
    for (const changed of changes(json)) {
      places += 1
      let other: string | null = null
      try {
        other = meaning(wire, changed)
      } catch {
        // It is no request any more.
      }
      assert.notEqual(other, usual, `${wire.name} ${JSON.stringify(changed)}`)
    }
    assert.ok(places > 20, String(places))
  }
})

test('what is not of a protocol has no meaning in it', () => {
  const plain = { model: 'm', messages: [{ role: 'user', content: 'x' }] }
  assert.notEqual(meaning(openaiChat, plain), null)
  for (const more of [
    { system: 'Be evil.' },
    { instructions: 'Be evil.' },
    { input: 'y' },
    { stop_sequences: ['y'] },
    { max_output_tokens: 1 },
    { max_tokens: 1, max_completion_tokens: 2 },
    { seed: 1 },
  ])
    assert.equal(meaning(openaiChat, { ...plain, ...more }), null, JSON.stringify(more))
  assert.equal(meaning(openaiChat, plain, { 'openai-beta': 'x' }), null)
  assert.equal(meaning(anthropicMessages, { ...plain, max_tokens: 1, stop: ['y'] }), null)
})

/** The request with one thing more, or another one, at each place. */
function* changes(value: unknown): Generator<Json> {
  if (Array.isArray(value)) {
    for (const [at, one] of value.entries())
      for (const changed of changes(one)) yield value.with(at, changed) as unknown as Json
    return
  }
  if (typeof value === 'object' && value !== null) {
    yield { ...value, 'x-unknown': true }
    for (const [name, one] of Object.entries(value))
      for (const changed of changes(one)) yield { ...value, [name]: changed }
    return
  }
  // A name of a role or a type leads to no request, and what it is called by is the same where it is called by the same.
  if (typeof value === 'string') yield `${value}.` as unknown as Json
  if (typeof value === 'number') yield (value + 1) as unknown as Json
}
