// shows: A8
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type OpenAI from 'openai'
import { zodResponsesFunction, zodTextFormat } from 'openai/helpers/zod'
import * as z from 'zod'
import type { ChatContent } from '../../../src/language.ts'
import { answering, at, noUsage, type Script } from './answering.ts'

type Response = OpenAI.Responses.Response
type Params = OpenAI.Responses.ResponseCreateParamsNonStreaming

async function respond(script: Script, params: Partial<Params> = {}): Promise<Response> {
  await using there = await answering(script)
  return await there.client.responses.create({ model: 'm', input: 'Hi', ...params })
}

const text = (words: string, more: Partial<ChatContent> = {}): ChatContent =>
  ({ type: 'text', text: words, ...more }) as ChatContent
const outputText = (words: string): object => ({ type: 'output_text', text: words, annotations: [], logprobs: [] })

/** Every field that a response has on the wire by its type, but for those that it may leave out. */
const plain: Omit<Response, 'output_text'> = {
  id: 'resp_call1',
  object: 'response',
  created_at: Math.floor(at / 1000),
  status: 'completed',
  error: null,
  incomplete_details: null,
  model: 'the-model',
  output: [
    {
      type: 'message',
      id: 'msg_call1_0',
      role: 'assistant',
      status: 'completed',
      content: [{ type: 'output_text', text: 'Hello', annotations: [], logprobs: [] }],
    },
  ],
  usage: {
    input_tokens: 20,
    input_tokens_details: { cached_tokens: 6, cache_write_tokens: 2 },
    output_tokens: 9,
    output_tokens_details: { reasoning_tokens: 4 },
    total_tokens: 29,
  },
  access_programs: null,
  background: false,
  instructions: null,
  max_output_tokens: null,
  max_tool_calls: null,
  metadata: {},
  parallel_tool_calls: true,
  previous_response_id: null,
  prompt_cache_key: null,
  reasoning: { effort: null, summary: null },
  safety_identifier: null,
  temperature: null,
  text: { format: { type: 'text' } },
  tool_choice: 'auto',
  tools: [],
  top_logprobs: 0,
  top_p: null,
  truncation: 'disabled',
}

test('a text is a message of a response', async () => {
  await using there = await answering({ content: [text('Hello')] })
  const response = await there.client.responses.create({ model: 'm', input: 'Hi' })
  assert.equal(response.output_text, 'Hello')
  assert.deepEqual(JSON.parse(there.answers[0] ?? ''), { ...plain, store: false })
})

test('what was asked is repeated', async () => {
  const asked: Partial<Params> = {
    instructions: 'Be brief.',
    max_output_tokens: 50,
    max_tool_calls: 3,
    metadata: { team: 'a' },
    parallel_tool_calls: false,
    prompt_cache_key: 'key',
    safety_identifier: 'who',
    temperature: 0.5,
    tool_choice: { type: 'function', name: 'f' },
    tools: [{ type: 'function', name: 'f', parameters: { type: 'object' }, strict: true, description: null }],
    top_logprobs: 2,
    top_p: 0.5,
    truncation: 'auto',
    user: 'me',
  }
  const response = await respond(
    { content: [text('Hello')] },
    { ...asked, reasoning: { effort: 'low', summary: 'auto' }, text: { verbosity: 'low' } },
  )
  const { output_text: _, ...rest } = response as Response & { readonly store?: boolean }
  assert.deepEqual(rest, {
    ...plain,
    ...asked,
    store: false,
    reasoning: { effort: 'low', summary: 'auto' },
    text: { format: { type: 'text' }, verbosity: 'low' },
  })
})

test('texts of one message of the provider’s stay one message, and those of several do not', async () => {
  const of = (itemId: string, phase?: string): object => ({
    providerMetadata: { openai: { itemId, ...(phase === undefined ? {} : { phase }) } },
  })
  const { output, output_text: all } = await respond({
    content: [text('a', of('msg_1', 'commentary')), text('b', of('msg_1')), text('c', of('msg_2')), text('d')],
  })
  const message = (id: string, words: readonly string[], more: object = {}): object => ({
    type: 'message',
    id,
    role: 'assistant',
    status: 'completed',
    content: words.map(outputText),
    ...more,
  })
  assert.deepEqual(output, [
    message('msg_1', ['a', 'b'], { phase: 'commentary' }),
    message('msg_2', ['c']),
    message('msg_call1_2', ['d']),
  ])
  assert.equal(all, 'abcd')
})

test('reasoning with its encrypted content', async () => {
  const of = (itemId: string, reasoningEncryptedContent: string | null): Pick<ChatContent, 'providerMetadata'> => ({
    providerMetadata: { openai: { itemId, reasoningEncryptedContent } },
  })
  const { output } = await respond({
    content: [
      { type: 'reasoning', text: 'One', ...of('rs_1', 'AAA') },
      { type: 'reasoning', text: 'Two', ...of('rs_1', 'AAA') },
      { type: 'reasoning', text: '', ...of('rs_2', 'BBB') },
      { type: 'reasoning', text: 'Three', ...of('rs_3', null) },
      { type: 'reasoning', text: 'Four' },
      text('ok'),
    ],
  })
  const summary = (...texts: readonly string[]): object[] => texts.map((one) => ({ type: 'summary_text', text: one }))
  assert.deepEqual(output.slice(0, 4), [
    { type: 'reasoning', id: 'rs_1', summary: summary('One', 'Two'), encrypted_content: 'AAA' },
    { type: 'reasoning', id: 'rs_2', summary: [], encrypted_content: 'BBB' },
    { type: 'reasoning', id: 'rs_3', summary: summary('Three') },
    { type: 'reasoning', id: 'rs_call1_3', summary: summary('Four') },
  ])
})

test('calls of functions, several at once', async () => {
  await using there = await answering({
    content: [
      text('I look.'),
      { type: 'tool-call', toolCallId: 'c1', toolName: 'weather', input: '{"city":"Bern"}' },
      { type: 'tool-call', toolCallId: 'c2', toolName: 'time', input: '' },
    ],
    finish: 'tool-calls',
  })
  const response = await there.client.responses.parse({
    model: 'm',
    input: 'Hi',
    tools: [zodResponsesFunction({ name: 'weather', parameters: z.object({ city: z.string() }) })],
  })
  assert.equal(response.status, 'completed')
  assert.deepEqual(response.output.slice(1), [
    {
      type: 'function_call',
      id: 'fc_call1_1',
      call_id: 'c1',
      name: 'weather',
      arguments: '{"city":"Bern"}',
      status: 'completed',
      parsed_arguments: { city: 'Bern' },
    },
    {
      type: 'function_call',
      id: 'fc_call1_2',
      call_id: 'c2',
      name: 'time',
      arguments: '{}',
      status: 'completed',
      parsed_arguments: null,
    },
  ])
})

test('a call of a custom tool shows its text', async () => {
  const { output } = await respond(
    {
      content: [
        { type: 'tool-call', toolCallId: 'c1', toolName: 'shell', input: JSON.stringify('ls "a"') },
        { type: 'tool-call', toolCallId: 'c2', toolName: 'shell', input: 'ls b' },
        { type: 'tool-call', toolCallId: 'c3', toolName: 'shell', input: '{"a":1}' },
      ],
    },
    { tools: [{ type: 'custom', name: 'shell' }] },
  )
  assert.deepEqual(
    output.map((item) => (item.type === 'custom_tool_call' ? [item.id, item.call_id, item.name, item.input] : item)),
    [
      ['ctc_call1_0', 'c1', 'shell', 'ls "a"'],
      ['ctc_call1_1', 'c2', 'shell', 'ls b'],
      ['ctc_call1_2', 'c3', 'shell', '{"a":1}'],
    ],
  )
})

test('what a provider did itself is no call for the client', async () => {
  const { output } = await respond({
    content: [
      { type: 'tool-call', toolCallId: 's', toolName: 'web_search', input: '{}', providerExecuted: true },
      { type: 'tool-result', toolCallId: 's', toolName: 'web_search', result: { found: 1 } },
      { type: 'source', sourceType: 'url', id: 's1', url: 'https://example.com' },
      { type: 'custom', kind: 'other.thing' },
      text('ok'),
    ],
  })
  assert.deepEqual(
    output.map(({ type }) => type),
    ['message'],
  )
})

test('a picture', async () => {
  const { output } = await respond({
    content: [
      { type: 'file', mediaType: 'image/jpeg', data: { type: 'data', data: 'AAAA' } },
      { type: 'file', mediaType: 'image/png', data: { type: 'data', data: new Uint8Array([1, 2, 3]) } },
      { type: 'file', mediaType: 'audio/mp3', data: { type: 'data', data: 'AAAA' } },
    ],
  })
  const picture = { type: 'image_generation_call', status: 'completed' }
  assert.deepEqual(output, [
    { ...picture, id: 'ig_call1_0', output_format: 'jpeg', result: 'AAAA' },
    { ...picture, id: 'ig_call1_1', output_format: 'png', result: 'AQID' },
  ])
})

test('addresses that a text cites', async () => {
  const source = (url: string, title?: string): object => ({
    source: { type: 'source', sourceType: 'url', id: url, url, ...(title === undefined ? {} : { title }) },
  })
  const citations = [
    { ...source('https://a.example', 'A'), startIndex: 0, endIndex: 2 },
    source('https://b.example'),
    { source: { type: 'source', sourceType: 'document', id: 'd', mediaType: 'text/plain', title: 'D' } },
  ]
  const { output } = await respond({ content: [text('Hello', { citations } as Partial<ChatContent>)] })
  const [message] = output
  assert.deepEqual(
    message?.type === 'message' && message.content[0]?.type === 'output_text' && message.content[0].annotations,
    [
      { type: 'url_citation', start_index: 0, end_index: 2, url: 'https://a.example', title: 'A' },
      { type: 'url_citation', start_index: 0, end_index: 5, url: 'https://b.example', title: '' },
    ],
  )
})

const tokens = (...words: readonly string[]): object[] =>
  words.map((token) => ({
    token,
    logprob: -0.5,
    top_logprobs: [
      { token, logprob: -0.5 },
      { token: 'é', logprob: -1 },
    ],
  }))
const shown = (token: string, top: number): object => {
  const others = [
    { token, bytes: [...Buffer.from(token)], logprob: -0.5 },
    { token: 'é', bytes: [195, 169], logprob: -1 },
  ]
  return { token, bytes: [...Buffer.from(token)], logprob: -0.5, top_logprobs: others.slice(0, top) }
}

async function logprobsOf(params: Partial<Params>, script: Script): Promise<unknown> {
  const { output } = await respond(script, params)
  return output.map((item) =>
    item.type === 'message' ? item.content.map((part) => (part.type === 'output_text' ? part.logprobs : part)) : item,
  )
}

test('probabilities, where they were included and came', async () => {
  const include = ['message.output_text.logprobs' as const]
  const script = {
    content: [text('Hello')],
    metadata: { openai: { logprobs: [tokens('Hel', 'lo')] } },
  } as Script
  assert.deepEqual(await logprobsOf({ include, top_logprobs: 2 }, script), [[[shown('Hel', 2), shown('lo', 2)]]])
  assert.deepEqual(await logprobsOf({ include }, script), [[[shown('Hel', 0), shown('lo', 0)]]])
  assert.deepEqual(await logprobsOf({}, script), [[[]]])

  const flat = { ...script, metadata: { openai: { logprobs: tokens('Hello') } } } as Script
  assert.deepEqual(await logprobsOf({ include }, flat), [[[shown('Hello', 0)]]])

  const two = {
    content: [text('a'), text('b')],
    metadata: { openai: { logprobs: [tokens('a'), tokens('b')] } },
  } as Script
  assert.deepEqual(await logprobsOf({ include }, two), [[[shown('a', 0)]], [[shown('b', 0)]]])

  // Of which texts they are is not known.
  assert.deepEqual(await logprobsOf({ include }, { ...two, content: [...(two.content ?? []), text('c')] }), [
    [[]],
    [[]],
    [[]],
  ])

  const garbage = { content: [text('a')], metadata: { openai: { logprobs: [[null, 5, { token: 1 }, {}], 'x'] } } }
  assert.deepEqual(await logprobsOf({ include }, garbage), [[[]]])
})

test('how an answer ended', async () => {
  const ended = async (finish: NonNullable<Script['finish']>) => {
    const { status, incomplete_details: incomplete, error, output } = await respond({ content: [text('Hel')], finish })
    const [message] = output
    return [status, incomplete?.reason, error?.code, message?.type === 'message' && message.status]
  }
  for (const finish of ['stop', 'tool-calls', 'other'] as const)
    assert.deepEqual(await ended(finish), ['completed', undefined, undefined, 'completed'])
  assert.deepEqual(await ended('length'), ['incomplete', 'max_output_tokens', undefined, 'incomplete'])
  assert.deepEqual(await ended('content-filter'), ['incomplete', 'content_filter', undefined, 'incomplete'])
  for (const finish of ['error', 'interrupted'] as const)
    assert.deepEqual(await ended(finish), ['failed', undefined, 'server_error', 'incomplete'])
})

test('structured output is parsed, and not where it is cut', async () => {
  const format = zodTextFormat(z.object({ n: z.number() }), 'answer')
  const parsed = async (words: string, finish: NonNullable<Script['finish']>): Promise<unknown> => {
    await using there = await answering({ content: [text(words)], finish })
    const response = await there.client.responses.parse({ model: 'm', input: 'Hi', text: { format } })
    assert.deepEqual(response.text?.format?.type, 'json_schema')
    return response.output_parsed
  }
  assert.deepEqual(await parsed('{"n":5}', 'stop'), { n: 5 })
  assert.equal(await parsed('{"n":', 'length'), null)
})

test('an answer that says nothing, and one whose tokens nobody counted', async () => {
  const nothing = await respond({ content: [], usage: noUsage })
  assert.deepEqual([nothing.output, nothing.usage, nothing.output_text], [[], null, ''])
  const empty = await respond({ content: [text('')] })
  assert.deepEqual([empty.output.length, empty.output_text], [1, ''])
})

test('the tier that served it is told', async () => {
  const { service_tier: tier } = await respond({ content: [], metadata: { openai: { serviceTier: 'flex' } } })
  assert.equal(tier, 'flex')
})
