// shows: A8
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type OpenAI from 'openai'
import type { ChatPart } from '../../../src/language.ts'
import type { Script } from './answering.ts'
import { called, outline, said, told } from './telling.ts'

type StreamEvent = OpenAI.Responses.ResponseStreamEvent

/** With the fields that the official types require, and no others. */
const expected = (events: readonly OmitNumber<StreamEvent>[]): readonly object[] => events
type OmitNumber<E> = E extends unknown ? Omit<E, 'sequence_number' | 'response'> : never

test('the events of a text, each field of each', () => {
  const place = { item_id: 'msg_call1_0', output_index: 0, content_index: 0 }
  const part = (text: string) => ({ type: 'output_text' as const, text, annotations: [], logprobs: [] })
  const item = { type: 'message' as const, id: 'msg_call1_0', role: 'assistant' as const }
  assert.deepEqual(
    told({ parts: said('t', 'Hel', '', 'lo') }),
    expected([
      {
        type: 'response.output_item.added',
        output_index: 0,
        item: { ...item, status: 'in_progress', content: [] },
      },
      { type: 'response.content_part.added', ...place, part: part('') },
      { type: 'response.output_text.delta', ...place, delta: 'Hel', logprobs: [] },
      { type: 'response.output_text.delta', ...place, delta: 'lo', logprobs: [] },
      { type: 'response.output_text.done', ...place, text: 'Hello', logprobs: [] },
      { type: 'response.content_part.done', ...place, part: part('Hello') },
      {
        type: 'response.output_item.done',
        output_index: 0,
        item: { ...item, status: 'completed', content: [part('Hello')] },
      },
      { type: 'response.completed' },
    ]),
  )
})

test('the events of a call', () => {
  const place = { item_id: 'fc_call1_0', output_index: 0 }
  const item = { type: 'function_call' as const, id: 'fc_call1_0', call_id: 'c1', name: 'f' }
  assert.deepEqual(
    told({ parts: called('c1', 'f', '{"a"', ':1}'), finish: 'tool-calls' }),
    expected([
      {
        type: 'response.output_item.added',
        output_index: 0,
        item: { ...item, arguments: '', status: 'in_progress' },
      },
      { type: 'response.function_call_arguments.delta', ...place, delta: '{"a"' },
      { type: 'response.function_call_arguments.delta', ...place, delta: ':1}' },
      { type: 'response.function_call_arguments.done', ...place, arguments: '{"a":1}' },
      {
        type: 'response.output_item.done',
        output_index: 0,
        item: { ...item, arguments: '{"a":1}', status: 'completed' },
      },
      { type: 'response.completed' },
    ]),
  )
})

test('the events of a call of a custom tool', () => {
  const place = { item_id: 'ctc_call1_0', output_index: 0 }
  const item = { type: 'custom_tool_call' as const, id: 'ctc_call1_0', call_id: 'c1', name: 'shell' }
  const shown = expected([
    {
      type: 'response.output_item.added',
      output_index: 0,
      item: { ...item, input: '', status: 'in_progress' } as never,
    },
    { type: 'response.custom_tool_call_input.delta', ...place, delta: 'ls' },
    { type: 'response.custom_tool_call_input.done', ...place, input: 'ls' },
    {
      type: 'response.output_item.done',
      output_index: 0,
      item: { ...item, input: 'ls', status: 'completed' } as never,
    },
    { type: 'response.completed' },
  ])
  const tools = { tools: [{ type: 'custom', name: 'shell' }] }
  const call: ChatPart = { type: 'tool-call', toolCallId: 'c1', toolName: 'shell', input: '"ls"' }
  const asText: readonly ChatPart[] = [
    { type: 'tool-input-start', id: 'c1', toolName: 'shell', inputEncoding: 'text' },
    { type: 'tool-input-delta', id: 'c1', delta: 'ls' },
    { type: 'tool-input-end', id: 'c1' },
    call,
  ]
  const asJson: readonly ChatPart[] = [
    { type: 'tool-input-start', id: 'c1', toolName: 'shell' },
    { type: 'tool-input-delta', id: 'c1', delta: '"l' },
    { type: 'tool-input-delta', id: 'c1', delta: 's"' },
    { type: 'tool-input-end', id: 'c1' },
    call,
  ]
  for (const parts of [asText, asJson, [call]]) assert.deepEqual(told({ parts }, tools), shown)
})

test('the events of reasoning', () => {
  const place = (summary_index: number) => ({ item_id: 'rs_up', output_index: 0, summary_index })
  const part = (text: string) => ({ type: 'summary_text' as const, text })
  const item = { type: 'reasoning' as const, id: 'rs_up' }
  const of = (content?: string) => ({
    providerMetadata: {
      openai: { itemId: 'rs_up', ...(content === undefined ? {} : { reasoningEncryptedContent: content }) },
    },
  })
  assert.deepEqual(
    told({
      parts: [
        { type: 'reasoning-start', id: 'rs_up:0', ...of('partial') },
        { type: 'reasoning-delta', id: 'rs_up:0', delta: 'One', ...of() },
        { type: 'reasoning-end', id: 'rs_up:0', ...of() },
        { type: 'reasoning-start', id: 'rs_up:1', ...of('partial') },
        { type: 'reasoning-delta', id: 'rs_up:1', delta: 'Two', ...of() },
        { type: 'reasoning-end', id: 'rs_up:1', ...of('AAA') },
      ],
    }),
    expected([
      { type: 'response.output_item.added', output_index: 0, item: { ...item, summary: [] } },
      { type: 'response.reasoning_summary_part.added', ...place(0), part: part('') },
      { type: 'response.reasoning_summary_text.delta', ...place(0), delta: 'One' },
      { type: 'response.reasoning_summary_text.done', ...place(0), text: 'One' },
      { type: 'response.reasoning_summary_part.done', ...place(0), part: part('One') },
      { type: 'response.reasoning_summary_part.added', ...place(1), part: part('') },
      { type: 'response.reasoning_summary_text.delta', ...place(1), delta: 'Two' },
      { type: 'response.reasoning_summary_text.done', ...place(1), text: 'Two' },
      { type: 'response.reasoning_summary_part.done', ...place(1), part: part('Two') },
      {
        type: 'response.output_item.done',
        output_index: 0,
        item: { ...item, summary: [part('One'), part('Two')], encrypted_content: 'AAA' },
      },
      { type: 'response.completed' },
    ]),
  )
})

test('what OpenAI encrypts is not shown before it is complete', () => {
  const half = { providerMetadata: { openai: { itemId: 'rs_1', reasoningEncryptedContent: 'half' } } }
  const parts: readonly ChatPart[] = [
    { type: 'reasoning-start', id: 'r', ...half },
    { type: 'reasoning-end', id: 'r', providerMetadata: { openai: { itemId: 'rs_1' } } },
  ]
  const [, done] = told({ parts })
  assert.deepEqual(done?.['item'], { type: 'reasoning', id: 'rs_1', summary: [] })
})

test('reasoning that shows nothing has no part of a summary', () => {
  const parts: readonly ChatPart[] = [
    {
      type: 'reasoning-start',
      id: 'r',
      providerMetadata: { openai: { itemId: 'rs_1', reasoningEncryptedContent: null } },
    },
    {
      type: 'reasoning-end',
      id: 'r',
      providerMetadata: { openai: { itemId: 'rs_1', reasoningEncryptedContent: 'A' } },
    },
  ]
  const [, done] = told({ parts })
  assert.deepEqual(done?.['item'], { type: 'reasoning', id: 'rs_1', summary: [], encrypted_content: 'A' })
})

test('parts that interleave keep their places', () => {
  const parts: readonly ChatPart[] = [
    { type: 'text-start', id: 'a' },
    { type: 'tool-input-start', id: 'c1', toolName: 'f' },
    { type: 'text-delta', id: 'a', delta: '1' },
    { type: 'reasoning-start', id: 'a' },
    { type: 'tool-input-delta', id: 'c1', delta: '{' },
    { type: 'tool-input-start', id: 'c2', toolName: 'g' },
    { type: 'reasoning-delta', id: 'a', delta: 'hm' },
    { type: 'tool-input-delta', id: 'c2', delta: '[' },
    { type: 'tool-input-delta', id: 'c1', delta: '}' },
    { type: 'text-delta', id: 'a', delta: '2' },
    { type: 'text-end', id: 'a' },
    { type: 'tool-input-delta', id: 'c2', delta: ']' },
    { type: 'tool-call', toolCallId: 'c2', toolName: 'g', input: '[]' },
    { type: 'tool-call', toolCallId: 'c1', toolName: 'f', input: '{}' },
    { type: 'reasoning-end', id: 'a' },
  ]
  assert.deepEqual(outline({ parts }), [
    'output_item.added 0',
    'content_part.added 0',
    'output_item.added 1',
    'output_text.delta 0 1',
    'output_item.added 2',
    'function_call_arguments.delta 1 {',
    'output_item.added 3',
    'reasoning_summary_part.added 2',
    'reasoning_summary_text.delta 2 hm',
    'function_call_arguments.delta 3 [',
    'function_call_arguments.delta 1 }',
    'output_text.delta 0 2',
    'output_text.done 0',
    'content_part.done 0',
    'output_item.done 0',
    'function_call_arguments.delta 3 ]',
    'function_call_arguments.done 3',
    'output_item.done 3',
    'function_call_arguments.done 1',
    'output_item.done 1',
    'reasoning_summary_text.done 2',
    'reasoning_summary_part.done 2',
    'output_item.done 2',
    'completed',
  ])
})

test('what nobody ended is ended in its order', () => {
  const parts: readonly ChatPart[] = [
    { type: 'tool-input-start', id: 'c', toolName: 'f' },
    { type: 'reasoning-start', id: 'r' },
    { type: 'text-start', id: 't' },
    { type: 'text-start', id: 'u' },
    { type: 'text-end', id: 'u' },
  ]
  const done = outline({ parts }).filter((event) => event.startsWith('output_item.done'))
  assert.deepEqual(done, ['output_item.done 0', 'output_item.done 1', 'output_item.done 2', 'output_item.done 3'])
})

test('probabilities of a stream come with the end of its text', () => {
  const metadata = {
    openai: {
      logprobs: [[{ token: 'Hel', logprob: -1, top_logprobs: [] }], [{ token: 'lo', logprob: -2, top_logprobs: [] }]],
    },
  }
  const include = { include: ['message.output_text.logprobs'] }
  const of = (script: Script): unknown[] =>
    told(script, include).flatMap(({ type, logprobs }) => (type === 'response.output_text.done' ? [logprobs] : []))
  const logprobs = [
    { token: 'Hel', bytes: [72, 101, 108], logprob: -1, top_logprobs: [] },
    { token: 'lo', bytes: [108, 111], logprob: -2, top_logprobs: [] },
  ]
  assert.deepEqual(of({ parts: said('t', 'Hel', 'lo'), metadata }), [logprobs])
  // Of which of two texts they are is not said.
  assert.deepEqual(of({ parts: [...said('t', 'Hel'), ...said('u', 'lo')], metadata }), [[], []])
  assert.deepEqual(
    told({ parts: said('t', 'Hel', 'lo'), metadata }).find(({ type }) => type === 'response.output_text.done')?.[
      'logprobs'
    ],
    [],
  )
})

test('citations are told before the text is done', () => {
  const parts: readonly ChatPart[] = [
    { type: 'text-start', id: 't' },
    { type: 'text-delta', id: 't', delta: 'Hello' },
    {
      type: 'text-end',
      id: 't',
      citations: [
        {
          source: { type: 'source', sourceType: 'url', id: 's', url: 'https://a.example', title: 'A' },
          startIndex: 1,
          endIndex: 3,
        },
      ],
    },
  ]
  const annotation = { type: 'url_citation', start_index: 1, end_index: 3, url: 'https://a.example', title: 'A' }
  const events = told({ parts })
  assert.deepEqual(events[3], {
    type: 'response.output_text.annotation.added',
    item_id: 'msg_call1_0',
    output_index: 0,
    content_index: 0,
    annotation_index: 0,
    annotation,
  })
  assert.deepEqual((events[5]?.['part'] as { annotations: unknown }).annotations, [annotation])
})
