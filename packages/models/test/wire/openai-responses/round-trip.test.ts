// shows: A8
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createOpenAI } from '@ai-sdk/openai'
import type OpenAI from 'openai'
import type { ChatPart } from '../../../src/language.ts'
import { openaiResponses } from '../../../src/wire/openai-responses/protocol.ts'
import { eventsOf, facts, read } from './answering.ts'

// What OpenAI answers comes through the AI SDK and the gateway's own words to the client as it was.

type Response = OpenAI.Responses.Response

const summary = (...texts: readonly string[]): object[] => texts.map((text) => ({ type: 'summary_text', text }))
const text = (words: string): object => ({ type: 'output_text', text: words, annotations: [], logprobs: [] })

const reasoning = { id: 'rs_up1', type: 'reasoning', summary: summary('One', 'Two'), encrypted_content: 'AAA' }
const silent = { id: 'rs_up2', type: 'reasoning', summary: [], encrypted_content: 'BBB' }
const message = {
  id: 'msg_up',
  type: 'message',
  role: 'assistant',
  status: 'completed',
  phase: 'commentary',
  content: [text('Hello')],
}
const call = (name: string, more: object = {}): object => ({
  id: `fc_up_${name}`,
  type: 'function_call',
  status: 'completed',
  call_id: `call_${name}`,
  name,
  arguments: '{"a": 1}',
  ...more,
})
const custom = {
  id: 'ctc_up',
  type: 'custom_tool_call',
  status: 'completed',
  call_id: 'call_c',
  name: 'shell',
  input: 'ls',
}
const output = [reasoning, message, call('f'), call('g'), custom, silent]

const response = {
  id: 'resp_up',
  object: 'response',
  created_at: 1,
  status: 'completed',
  model: 'gpt-5.2',
  output,
  service_tier: 'default',
  usage: {
    input_tokens: 20,
    input_tokens_details: { cached_tokens: 6, cache_write_tokens: 2 },
    output_tokens: 9,
    output_tokens_details: { reasoning_tokens: 4 },
    total_tokens: 29,
  },
}

/** As OpenAI streams it: what it encrypts is not whole when an item begins. */
function upstream(): string {
  const added = (output_index: number, item: object): object => ({
    type: 'response.output_item.added',
    output_index,
    item,
  })
  const done = (output_index: number): object => ({
    type: 'response.output_item.done',
    output_index,
    item: output[output_index],
  })
  const of = (type: string, item_id: string, output_index: number, fields: object): object => ({
    type: `response.${type}`,
    item_id,
    output_index,
    ...fields,
  })
  const thought = (summary_index: number, words: string): object[] => [
    of('reasoning_summary_part.added', 'rs_up1', 0, { summary_index, part: { type: 'summary_text', text: '' } }),
    of('reasoning_summary_text.delta', 'rs_up1', 0, { summary_index, delta: words }),
    of('reasoning_summary_text.done', 'rs_up1', 0, { summary_index, text: words }),
    of('reasoning_summary_part.done', 'rs_up1', 0, { summary_index, part: { type: 'summary_text', text: words } }),
  ]
  const called = (index: number, name: string): object[] => [
    added(index, call(name, { arguments: '', status: 'in_progress' })),
    of('function_call_arguments.delta', `fc_up_${name}`, index, { delta: '{"a"' }),
    of('function_call_arguments.delta', `fc_up_${name}`, index, { delta: ': 1}' }),
    of('function_call_arguments.done', `fc_up_${name}`, index, { arguments: '{"a": 1}' }),
    done(index),
  ]
  const at = { content_index: 0 }
  const events: object[] = [
    { type: 'response.created', response: { ...response, status: 'in_progress', output: [] } },
    { type: 'response.in_progress', response: { ...response, status: 'in_progress', output: [] } },
    added(0, { ...reasoning, summary: [], encrypted_content: 'half' }),
    ...thought(0, 'One'),
    ...thought(1, 'Two'),
    done(0),
    added(1, { ...message, status: 'in_progress', content: [] }),
    of('content_part.added', 'msg_up', 1, { ...at, part: text('') }),
    of('output_text.delta', 'msg_up', 1, { ...at, delta: 'Hello', logprobs: [] }),
    of('output_text.done', 'msg_up', 1, { ...at, text: 'Hello', logprobs: [] }),
    of('content_part.done', 'msg_up', 1, { ...at, part: text('Hello') }),
    done(1),
    ...called(2, 'f'),
    ...called(3, 'g'),
    added(4, { ...custom, input: '', status: 'in_progress' }),
    of('custom_tool_call_input.delta', 'ctc_up', 4, { delta: 'ls' }),
    of('custom_tool_call_input.done', 'ctc_up', 4, { input: 'ls' }),
    done(4),
    added(5, { ...silent, encrypted_content: 'half' }),
    done(5),
    { type: 'response.completed', response },
  ]
  return events
    .map(
      (event, sequence_number) =>
        `event: ${(event as { type: string }).type}\ndata: ${JSON.stringify({ ...event, sequence_number })}\n\n`,
    )
    .join('')
}

function model(body: string, contentType: string) {
  const fetch = async (): Promise<globalThis.Response> =>
    new globalThis.Response(body, { headers: { 'content-type': contentType } })
  return createOpenAI({ apiKey: 'key', fetch }).responses('gpt-5.2')
}

const request = { tools: [{ type: 'custom', name: 'shell' }], store: false, input: 'Hi' }

/** But for the ids that say nothing to OpenAI, and the state that it refuses. */
const shown = (items: readonly object[]): readonly object[] =>
  items.map((item) => {
    const { id, ...rest } = item as { readonly id: string; readonly type: string }
    return rest.type === 'reasoning' || rest.type === 'message' ? { id, ...rest } : rest
  })

async function streamedBack(asked: object): Promise<Response> {
  const wire = read(asked)
  const { stream } = await model(upstream(), 'text/event-stream').doStream(wire.call)
  const back = openaiResponses.streaming(wire, facts)
  let told = ''
  for await (const part of stream as unknown as AsyncIterable<ChatPart>) told += back.push(part)
  return eventsOf(told + back.end()).at(-1)?.['response'] as Response
}

test('a whole answer', async () => {
  const wire = read(request)
  const answer = await model(JSON.stringify(response), 'application/json').doGenerate(wire.call)
  const back = openaiResponses.whole(wire, answer, facts) as Response
  assert.deepEqual(shown(JSON.parse(JSON.stringify(back.output)) as object[]), shown(output))
  assert.deepEqual([back.status, back.usage, back.service_tier], ['completed', response.usage, 'default'])
})

test('a stream', async () => {
  for (const asked of [request, { ...request, store: null }]) {
    const back = await streamedBack(asked)
    assert.deepEqual(shown(back.output), shown(output))
    assert.deepEqual([back.status, back.usage, back.service_tier], ['completed', response.usage, 'default'])
  }
})

test('the AI SDK keeps to itself what is encrypted where OpenAI stores it, and half of it is not taken for it', async () => {
  const { output: items } = await streamedBack({ ...request, store: true })
  const { encrypted_content: _, ...open } = reasoning
  assert.deepEqual(items[0], open)
})

test('the output sent back is what OpenAI would have been sent', async () => {
  const { output: items } = await streamedBack(request)
  let sent: unknown
  const fetch: typeof globalThis.fetch = async (_address, init) => {
    sent = (JSON.parse(String(init?.body)) as { readonly input: unknown }).input
    return new globalThis.Response(JSON.stringify(response), { headers: { 'content-type': 'application/json' } })
  }
  const results = ['call_f', 'call_g'].map((call_id) => ({ type: 'function_call_output', call_id, output: 'ok' }))
  const last = { type: 'custom_tool_call_output', call_id: 'call_c', output: 'ok' }
  const again = read({ ...request, input: [...items, ...results, last] })
  await createOpenAI({ apiKey: 'key', fetch }).responses('gpt-5.2').doGenerate(again.call)
  const bare = (name: string): object => ({
    type: 'function_call',
    call_id: `call_${name}`,
    name,
    arguments: '{"a":1}',
  })
  assert.deepEqual(sent, [
    reasoning,
    { role: 'assistant', content: 'Hello', phase: 'commentary' },
    bare('f'),
    bare('g'),
    { type: 'custom_tool_call', call_id: 'call_c', name: 'shell', input: 'ls' },
    silent,
    ...results,
    last,
  ])
})
