// shows: A8
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type OpenAI from 'openai'
import { zodResponsesFunction, zodTextFormat } from 'openai/helpers/zod'
import * as z from 'zod'
import type { ChatPart } from '../../../src/language.ts'
import { openaiResponses } from '../../../src/wire/openai-responses/protocol.ts'
import { answering, answerOf, at, eventsOf, facts, noUsage, read, streamed } from './answering.ts'
import { called, outline, said, told } from './telling.ts'

type StreamEvent = OpenAI.Responses.ResponseStreamEvent
type Response = OpenAI.Responses.Response

/** A bit of everything, one after the other and in between each other. */
const everything: readonly ChatPart[] = [
  { type: 'reasoning-start', id: 'r0' },
  { type: 'reasoning-delta', id: 'r0', delta: 'Think' },
  { type: 'reasoning-end', id: 'r0' },
  ...said('t0', 'Hel', 'lo\n"you"'),
  { type: 'tool-input-start', id: 'c1', toolName: 'weather' },
  { type: 'tool-input-delta', id: 'c1', delta: '{"city"' },
  ...called('c2', 'time', '{}'),
  { type: 'tool-input-delta', id: 'c1', delta: ':"Bern"}' },
  { type: 'tool-input-end', id: 'c1' },
  { type: 'tool-call', toolCallId: 'c1', toolName: 'weather', input: '{"city":"Bern"}' },
  { type: 'tool-call', toolCallId: 'c3', toolName: 'now', input: '' },
  { type: 'file', mediaType: 'image/png', data: { type: 'data', data: 'AAAA' } },
  ...said('t1', 'Bye'),
]

test('the official client reads the stream event by event, and puts it together', async () => {
  await using there = await answering({ parts: everything, finish: 'tool-calls' })
  const events: StreamEvent[] = []
  for await (const event of await there.client.responses.create({ model: 'm', input: 'Hi', stream: true }))
    events.push(event)
  assert.equal(events.length, eventsOf(there.answers[0] ?? '').length)

  const stream = there.client.responses.stream({
    model: 'm',
    input: 'Hi',
    tools: [zodResponsesFunction({ name: 'weather', parameters: z.object({ city: z.string() }) })],
  })
  const snapshots: string[] = []
  stream.on('response.output_text.delta', ({ snapshot }) => snapshots.push(snapshot))
  stream.on('response.function_call_arguments.delta', ({ snapshot }) => snapshots.push(snapshot))
  const final = await stream.finalResponse()
  assert.deepEqual(snapshots, ['Hel', 'Hello\n"you"', '{"city"', '{}', '{"city":"Bern"}', '{}', 'Bye'])
  assert.equal(final.output_text, 'Hello\n"you"Bye')
  assert.deepEqual(
    final.output.map((item) => [item.type, item.id, item.type === 'function_call' ? item.parsed_arguments : 0]),
    [
      ['reasoning', 'rs_call1_0', 0],
      ['message', 'msg_call1_1', 0],
      ['function_call', 'fc_call1_2', { city: 'Bern' }],
      ['function_call', 'fc_call1_3', null],
      ['function_call', 'fc_call1_4', null],
      ['image_generation_call', 'ig_call1_5', 0],
      ['message', 'msg_call1_6', 0],
    ],
  )
  assert.deepEqual(final.usage?.total_tokens, 29)
})

test('what the events add up to is what the last of them holds, and the whole answer too', () => {
  const events = eventsOf(streamed(read({ stream: true }), { parts: everything }))
  const items: unknown[] = []
  for (const event of events) {
    if (event['type'] === 'response.output_item.done') items[event['output_index'] as number] = event['item']
  }
  const last = events.at(-1)?.['response'] as Response
  assert.deepEqual(items, last.output)
  const whole = openaiResponses.whole(
    read({}),
    answerOf({
      content: [
        { type: 'reasoning', text: 'Think' },
        { type: 'text', text: 'Hello\n"you"' },
        { type: 'tool-call', toolCallId: 'c1', toolName: 'weather', input: '{"city":"Bern"}' },
        { type: 'tool-call', toolCallId: 'c2', toolName: 'time', input: '{}' },
        { type: 'tool-call', toolCallId: 'c3', toolName: 'now', input: '' },
        { type: 'file', mediaType: 'image/png', data: { type: 'data', data: 'AAAA' } },
        { type: 'text', text: 'Bye' },
      ],
    }),
    facts,
  )
  assert.deepEqual(JSON.parse(JSON.stringify(whole)), last)
})

test('structured output from a stream', async () => {
  await using there = await answering({ parts: said('t', '{"n"', ':5}') })
  const format = zodTextFormat(z.object({ n: z.number() }), 'answer')
  const final = await there.client.responses.stream({ model: 'm', input: 'Hi', text: { format } }).finalResponse()
  assert.deepEqual(final.output_parsed, { n: 5 })
})

test('an answer that is cut says so of its last item too', async () => {
  for (const [finish, reason] of [
    ['length', 'max_output_tokens'],
    ['content-filter', 'content_filter'],
  ] as const) {
    const cut: readonly ChatPart[] = [
      ...said('t', 'First'),
      { type: 'tool-input-start', id: 'c1', toolName: 'f' },
      { type: 'tool-input-delta', id: 'c1', delta: '{"a' },
    ]
    await using there = await answering({ parts: cut, finish })
    const final = await there.client.responses.stream({ model: 'm', input: 'Hi' }).finalResponse()
    assert.deepEqual([final.status, final.incomplete_details], ['incomplete', { reason }])
    const states = final.output.map((item) => ('status' in item ? item.status : null))
    assert.deepEqual(states, ['completed', 'incomplete'])
    assert.deepEqual(outline({ parts: said('t', 'Hel'), finish }).at(-1), 'incomplete')
    const [message] = told({ parts: said('t', 'Hel'), finish })
      .flatMap(({ item }) => item ?? [])
      .slice(-1) as { status: string }[]
    assert.equal(message?.status, 'incomplete')
  }
})

test('nothing is said before the first piece of the answer', () => {
  const stream = openaiResponses.streaming(read({ stream: true }), facts)
  const quiet: readonly ChatPart[] = [
    { type: 'stream-start', warnings: [] },
    { type: 'response-metadata', id: 'x' },
    { type: 'raw', rawValue: {} },
    { type: 'ping' },
  ]
  for (const part of quiet) assert.equal(stream.push(part), '')
  assert.match(stream.push({ type: 'text-start', id: 't' }), /^event: response\.created\n/)
})

test('a stream without any answer is a response without output', () => {
  const [completed, ...rest] = told({ usage: noUsage })
  assert.deepEqual([completed?.['type'], rest], ['response.completed', []])
})

test('a response knows what was asked from its first event on', () => {
  const request = { stream: true, instructions: 'Be brief.', metadata: { a: 'b' } }
  for (const { response } of eventsOf(streamed(read(request), {}))) {
    const { id, created_at: created, instructions, metadata } = response as Response
    assert.deepEqual(
      [id, created, instructions, metadata],
      ['resp_call1', Math.floor(at / 1000), 'Be brief.', { a: 'b' }],
    )
  }
})

test('parts that a provider has in no order are taken all the same', async () => {
  const wild: readonly ChatPart[] = [
    { type: 'text-delta', id: 'x', delta: 'a' },
    { type: 'text-end', id: 'never' },
    { type: 'tool-input-delta', id: 'never', delta: '{' },
    { type: 'reasoning-end', id: 'never' },
    { type: 'text-end', id: 'x' },
    { type: 'text-delta', id: 'x', delta: 'b' },
    { type: 'reasoning-delta', id: 'x', delta: 'c' },
    { type: 'tool-input-start', id: 'c', toolName: 'f' },
    { type: 'tool-input-start', id: 'c', toolName: 'g' },
    { type: 'tool-call', toolCallId: 'c', toolName: 'f', input: '{}' },
    { type: 'tool-call', toolCallId: 'c', toolName: 'f', input: '{"again":1}' },
    { type: 'tool-input-start', id: 's', toolName: 'search', providerExecuted: true },
    { type: 'tool-input-delta', id: 's', delta: '{}' },
    { type: 'tool-call', toolCallId: 's', toolName: 'search', input: '{}', providerExecuted: true },
    { type: 'text-start', id: 'y', providerMetadata: { openai: { itemId: 5, phase: {} } } },
    { type: 'tool-input-start', id: 'open', toolName: 'f' },
  ]
  const events = eventsOf(streamed(read({ stream: true }), { parts: wild }))
  const { output } = events.at(-1)?.['response'] as Response
  assert.deepEqual(
    output.map((item) => [item.type, 'status' in item ? item.status : null]),
    [
      ['message', 'completed'],
      ['message', 'completed'],
      ['reasoning', null],
      ['function_call', 'completed'],
      ['message', 'completed'],
      ['function_call', 'incomplete'],
    ],
  )
  assert.equal(new Set(output.map(({ id }) => id)).size, output.length)
  await using there = await answering({ parts: wild })
  const final = await there.client.responses.stream({ model: 'm', input: 'Hi' }).finalResponse()
  assert.deepEqual(
    final.output.map(({ id }) => id),
    output.map(({ id }) => id),
  )
})

test('two items of one id at a provider get two here', () => {
  const of = { providerMetadata: { openai: { itemId: 'msg_1' } } }
  const parts: readonly ChatPart[] = [
    { type: 'text-start', id: 'a', ...of },
    { type: 'text-start', id: 'b', ...of },
    { type: 'text-end', id: 'a' },
    { type: 'text-end', id: 'b' },
  ]
  const { output } = eventsOf(streamed(read({}), { parts })).at(-1)?.['response'] as Response
  assert.deepEqual(
    output.map(({ id }) => id),
    ['msg_1', 'msg_call1_1'],
  )
})

test('after its end a stream says nothing more', () => {
  const stream = openaiResponses.streaming(read({}), facts)
  stream.push({ type: 'text-start', id: 't' })
  assert.notEqual(stream.end(), '')
  assert.deepEqual([stream.push({ type: 'text-start', id: 'u' }), stream.end()], ['', ''])
  assert.equal(stream.fail({ type: 'model', failure: { type: 'lost', detail: 'x' } }), '')
})
