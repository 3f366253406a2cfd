// shows: A8
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Message, MessageCreateParamsNonStreaming, Tool } from '@anthropic-ai/sdk/resources/messages'
import { zodOutputFormat } from '@anthropic-ai/sdk/helpers/zod'
import { betaZodTool } from '@anthropic-ai/sdk/helpers/beta/zod'
import * as z from 'zod'
import type { ChatPart } from '../../../src/language.ts'
import { openDoor, type Script } from './door.ts'
import { call, finish, ofAnthropic, redacted, text, thought, tool } from './script.ts'

const hello: MessageCreateParamsNonStreaming = {
  model: 'claude-sonnet-5-5',
  max_tokens: 1000,
  messages: [{ role: 'user', content: 'Hello' }],
}

const weather: Tool = {
  name: 'weather',
  description: 'The weather of a city',
  input_schema: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] },
}

const says = (...parts: readonly (ChatPart | readonly ChatPart[])[]): Script => ({
  parts: [{ type: 'stream-start', warnings: [] }, { type: 'response-metadata', id: 'far' }, ...parts.flat()],
})

test('an answer that comes whole', async () => {
  await using door = await openDoor(() => says(text('0', 'Good ', 'day'), finish()))
  const message = await door.client.messages.create(hello)
  assert.deepEqual(message, {
    id: 'msg_01',
    type: 'message',
    role: 'assistant',
    model: 'claude-sonnet-5-5',
    content: [{ type: 'text', text: 'Good day', citations: null }],
    stop_reason: 'end_turn',
    stop_sequence: null,
    stop_details: null,
    container: null,
    diagnostics: null,
    usage: {
      input_tokens: 100,
      output_tokens: 50,
      cache_creation_input_tokens: 10,
      cache_read_input_tokens: 20,
      cache_creation: null,
      output_tokens_details: { thinking_tokens: 20 },
      server_tool_use: null,
      inference_geo: null,
      service_tier: null,
      speed: null,
    },
  })
  assert.equal(message._request_id, 'req_01')
})

test('an answer that streams, event by event', async () => {
  await using door = await openDoor(() => says(text('0', 'Good ', '', 'day'), finish()))
  const events = await Array.fromAsync(await door.client.messages.create({ ...hello, stream: true }))
  assert.deepEqual(
    events.map(({ type }) => type),
    [
      'message_start',
      'content_block_start',
      'content_block_delta',
      'content_block_delta',
      'content_block_stop',
      'message_delta',
      'message_stop',
    ],
  )
  assert.deepEqual(events.at(-2), {
    type: 'message_delta',
    delta: { stop_reason: 'end_turn', stop_sequence: null, stop_details: null, container: null },
    usage: {
      input_tokens: 100,
      output_tokens: 50,
      cache_creation_input_tokens: 10,
      cache_read_input_tokens: 20,
      output_tokens_details: { thinking_tokens: 20 },
      server_tool_use: null,
    },
  })
})

const anthropicThoughts = [ofAnthropic, thought('0', 'sig', 'Hm', '. '), redacted('1', 'sealed')].flat()
const cited: ChatPart[] = [
  { type: 'text-start', id: '0' },
  { type: 'text-delta', id: '0', delta: 'It is.' },
  {
    type: 'text-end',
    id: '0',
    providerMetadata: {
      anthropic: {
        citations: [
          {
            type: 'char_location',
            cited_text: 'is',
            document_index: 0,
            document_title: null,
            start_char_index: 0,
            end_char_index: 2,
            file_id: null,
          },
        ],
      },
    },
  },
]

const answers: Readonly<Record<string, readonly ChatPart[]>> = {
  text: [...text('0', 'Good ', 'day'), finish()],
  'nothing at all': [finish()],
  'an empty text': [...text('0', ''), ...text('1', 'Yes'), finish()],
  'lines and other letters': [...text('0', 'a\nb\r\n', 'ü€😀', ' "quoted" \\'), finish()],
  'one tool': [...text('0', 'Let me see'), ...tool('t1', 'weather', '{"city"', ':"Bern"}'), finish('tool-calls')],
  'tools one after the other': [
    ...tool('t1', 'weather', '{"city":"Bern"}'),
    ...tool('t2', 'weather', '{"city":', '"Basel"}'),
    finish('tool-calls'),
  ],
  'a tool without arguments': [...tool('t1', 'now'), finish('tool-calls')],
  'a call that was not streamed': [call('t1', 'weather', '{"city":"Bern"}'), finish('tool-calls')],
  'thoughts and a tool': [...anthropicThoughts, ...tool('t1', 'weather', '{"city":"Bern"}'), finish('tool-calls')],
  'thoughts and text': [...anthropicThoughts, ...text('2', 'Yes'), finish()],
  'thoughts that are not told': [ofAnthropic, ...thought('0', 'sig'), ...text('1', 'Yes'), finish()],
  'unsigned thoughts': [...thought('0', undefined, 'Hm'), ...text('1', 'Yes'), finish()],
  citations: [...cited, finish()],
  'the limit': [...text('0', 'Good '), finish('length')],
  'a refusal': [...text('0', 'No'), finish('content-filter')],
}

const settled = (message: Message): unknown => JSON.parse(JSON.stringify(message))

for (const thinking of ['unasked', 'asked'] as const) {
  for (const [what, parts] of Object.entries(answers)) {
    test(`what the stream adds up to is what comes whole: ${what}, thoughts ${thinking}`, async () => {
      await using door = await openDoor(() => says(parts))
      const request = thinking === 'asked' ? { ...hello, thinking: { type: 'adaptive' as const } } : hello
      const whole = settled(await door.client.messages.create(request))
      const { parsed_output: _, ...streamed } = settled(
        await door.client.messages.stream(request).finalMessage(),
      ) as Record<string, unknown>
      assert.deepEqual(streamed, whole)
    })
  }
}

test('a stream tells its text, its thoughts and its blocks as they come', async () => {
  await using door = await openDoor(() => says(anthropicThoughts, text('2', 'Good ', 'day'), finish()))
  const heard: string[] = []
  const stream = door.client.messages
    .stream(hello)
    .on('text', (delta, all) => heard.push(`text ${delta}|${all}`))
    .on('thinking', (delta, all) => heard.push(`thinking ${delta}|${all}`))
    .on('signature', (signature) => heard.push(`signature ${signature}`))
    .on('contentBlock', ({ type }) => heard.push(`block ${type}`))
  assert.equal(await stream.finalText(), 'Good day')
  assert.deepEqual(heard, [
    'thinking Hm|Hm',
    'thinking . |Hm. ',
    'signature sig',
    'block thinking',
    'block redacted_thinking',
    'text Good |Good ',
    'text day|Good day',
    'block text',
  ])
})

test('arguments of tools that come side by side arrive with their tools', async () => {
  await using door = await openDoor(() =>
    says(
      { type: 'text-start', id: '0' },
      { type: 'text-delta', id: '0', delta: 'Both.' },
      { type: 'tool-input-start', id: 't1', toolName: 'weather' },
      { type: 'tool-input-delta', id: 't1', delta: '{"city":' },
      { type: 'tool-input-start', id: 't2', toolName: 'weather' },
      { type: 'tool-input-delta', id: 't2', delta: '{"city":' },
      { type: 'tool-input-delta', id: 't1', delta: '"Bern"}' },
      { type: 'text-delta', id: '0', delta: ' Now.' },
      { type: 'tool-input-delta', id: 't2', delta: '"Basel"}' },
      { type: 'tool-input-end', id: 't1' },
      { type: 'tool-input-end', id: 't2' },
      call('t1', 'weather', '{"city":"Bern"}'),
      call('t2', 'weather', '{"city":"Basel"}'),
      { type: 'text-end', id: '0' },
      finish('tool-calls'),
    ),
  )
  const heard: string[] = []
  const stream = door.client.messages
    .stream({ ...hello, tools: [weather] })
    .on('inputJson', (delta, input) => heard.push(`${delta} ${JSON.stringify(input)}`))
  const { content, stop_reason: reason } = await stream.finalMessage()
  assert.equal(reason, 'tool_use')
  assert.deepEqual(
    content.map((block) => (block.type === 'tool_use' ? [block.id, block.input] : block.type === 'text' && block.text)),
    ['Both.', ['t1', { city: 'Bern' }], ['t2', { city: 'Basel' }], ' Now.'],
  )
  assert.deepEqual(heard, ['{"city": {}', '"Bern"} {"city":"Bern"}', '{"city": {}', '"Basel"} {"city":"Basel"}'])
})

test('structured outputs', async () => {
  await using door = await openDoor(() => says(text('0', '{"answer"', ': 4}'), finish()))
  const request = { ...hello, output_config: { format: zodOutputFormat(z.object({ answer: z.number() })) } }
  assert.deepEqual((await door.client.messages.parse(request)).parsed_output, { answer: 4 })
  assert.deepEqual((await door.client.messages.stream(request).finalMessage()).parsed_output, { answer: 4 })
  assert.deepEqual(door.asked[0]?.call.responseFormat, {
    type: 'json',
    schema: {
      type: 'object',
      properties: { answer: { type: 'number' } },
      required: ['answer'],
      additionalProperties: false,
    },
  })
})

for (const stream of [false, true]) {
  test(`the tool runner, ${stream ? 'streaming' : 'whole'}`, async () => {
    await using door = await openDoor((_, turn) =>
      turn === 1
        ? says(
            anthropicThoughts,
            text('2', 'Let me see.'),
            tool('t1', 'weather', '{"city":"Bern"}'),
            tool('t2', 'weather', '{"city":"Basel"}'),
            finish('tool-calls', 'tool_use'),
          )
        : says(text('0', 'Rain in both.'), finish('stop', 'end_turn')),
    )
    const run = betaZodTool({
      name: 'weather',
      description: 'The weather of a city',
      inputSchema: z.object({ city: z.string() }),
      run: ({ city }) => `Rain in ${city}`,
    })
    const final = await door.client.beta.messages.toolRunner({
      model: 'claude-sonnet-5-5',
      max_tokens: 1000,
      messages: [{ role: 'user', content: 'The weather in Bern and Basel?' }],
      tools: [run],
      stream,
    })
    assert.equal(final.content[0]?.type === 'text' && final.content[0].text, 'Rain in both.')
    assert.deepEqual(door.asked[1]?.call.prompt, [
      { role: 'user', content: [{ type: 'text', text: 'The weather in Bern and Basel?' }] },
      {
        role: 'assistant',
        content: [
          { type: 'reasoning', text: 'Hm. ', providerOptions: { anthropic: { signature: 'sig' } } },
          { type: 'reasoning', text: '', providerOptions: { anthropic: { redactedData: 'sealed' } } },
          { type: 'text', text: 'Let me see.' },
          { type: 'tool-call', toolCallId: 't1', toolName: 'weather', input: { city: 'Bern' } },
          { type: 'tool-call', toolCallId: 't2', toolName: 'weather', input: { city: 'Basel' } },
        ],
      },
      {
        role: 'tool',
        content: [
          {
            type: 'tool-result',
            toolCallId: 't1',
            toolName: 'weather',
            output: { type: 'text', value: 'Rain in Bern' },
          },
          {
            type: 'tool-result',
            toolCallId: 't2',
            toolName: 'weather',
            output: { type: 'text', value: 'Rain in Basel' },
          },
        ],
      },
    ])
  })
}

test('a thread goes on, though the door keeps none', async () => {
  await using door = await openDoor((_, turn) => says(text('0', `Answer ${turn}`), finish()))
  const thread = door.client.beta.messages.thread({ model: 'claude-sonnet-5-5', max_tokens: 1000 })
  await thread.send({ role: 'user', content: 'First' })
  await thread.send({ role: 'user', content: 'Second' })
  await thread.send({ role: 'user', content: 'Third' })
  assert.deepEqual(
    door.asked.map(({ call }) => call.prompt.length),
    [1, 3, 5],
  )
})

test('tokens are counted', async () => {
  await using door = await openDoor(() => says(finish()))
  const { max_tokens: _, ...request } = { ...hello, system: 'Be brief', tools: [weather] }
  assert.deepEqual(await door.client.messages.countTokens(request), { input_tokens: 2 })
})

test('a client that leaves in the middle of an answer', async () => {
  await using door = await openDoor(() => ({ ...says(text('0', 'Good ')), hangs: true }))
  const stream = door.client.messages.stream(hello)
  for await (const event of stream) if (event.type === 'content_block_delta') break
  await door.left()
  assert.equal(stream.aborted, true)
})
