// shows: A8
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { callOf, hi, type Params } from './calling.ts'
import type { ChatCall } from '../../../src/language.ts'
import { read } from './answering.ts'

const promptOf = async (input: NonNullable<Params['input']>): Promise<ChatCall['prompt']> =>
  (await callOf({ input })).prompt

test('text is what a user says', async () => {
  assert.deepEqual(await callOf({}), { prompt: hi })
})

test('the model and whether to stream stand beside the call', () => {
  const { model, stream } = read({ model: 'gpt-x', stream: true })
  assert.deepEqual([model, stream], ['gpt-x', true])
  assert.equal(read({ stream: null }).stream, false)
})

test('instructions come first, and what a developer says has the place where it stands', async () => {
  const { prompt } = await callOf({
    instructions: 'Be brief.',
    input: [
      { role: 'developer', content: 'Speak French.' },
      { role: 'user', content: 'Hi' },
      {
        role: 'system',
        content: [
          { type: 'input_text', text: 'Now' },
          { type: 'input_text', text: 'German.' },
        ],
      },
    ],
  })
  assert.deepEqual(prompt, [
    { role: 'system', content: 'Be brief.' },
    { role: 'system', content: 'Speak French.' },
    ...hi,
    { role: 'system', content: 'Now\nGerman.' },
  ])
})

test('an instruction that is empty is none', async () => {
  assert.deepEqual((await callOf({ instructions: '' })).prompt, hi)
})

test('pictures and documents', async () => {
  const prompt = await promptOf([
    {
      role: 'user',
      content: [
        { type: 'input_text', text: 'See', prompt_cache_breakpoint: { mode: 'explicit', ttl: '12h' } },
        { type: 'input_image', image_url: 'https://example.com/a.png', detail: 'high' },
        { type: 'input_image', image_url: 'data:image/png;base64,iVBORw0KGgo=', detail: 'auto' },
        { type: 'input_image', file_id: 'file_1', detail: 'low' },
        { type: 'input_file', file_data: 'data:application/pdf;base64,JVBERi0=', filename: 'a.pdf' },
        { type: 'input_file', file_data: 'data:text/plain;charset=utf-8;base64,SGk=', filename: 'a' },
        { type: 'input_file', file_data: 'YSxi', filename: 'a.csv' },
        { type: 'input_file', file_data: 'JVBERi0=' },
        { type: 'input_file', file_url: 'https://example.com/pdf/1706.03762' },
        { type: 'input_file', file_url: 'https://example.com/notes.txt?x=1' },
        { type: 'input_file', file_id: 'file_2' },
      ],
    },
  ])
  const openai = (fields: object): object => ({ providerOptions: { openai: fields } })
  assert.deepEqual(prompt, [
    {
      role: 'user',
      content: [
        { type: 'text', text: 'See', ...openai({ promptCacheBreakpoint: { mode: 'explicit', ttl: '12h' } }) },
        {
          type: 'file',
          mediaType: 'image/*',
          data: { type: 'url', url: new URL('https://example.com/a.png') },
          ...openai({ imageDetail: 'high' }),
        },
        {
          type: 'file',
          mediaType: 'image/png',
          data: { type: 'data', data: 'iVBORw0KGgo=' },
          ...openai({ imageDetail: 'auto' }),
        },
        {
          type: 'file',
          mediaType: 'image/*',
          data: { type: 'reference', reference: { openai: 'file_1' } },
          ...openai({ imageDetail: 'low' }),
        },
        { type: 'file', mediaType: 'application/pdf', data: { type: 'data', data: 'JVBERi0=' }, filename: 'a.pdf' },
        { type: 'file', mediaType: 'text/plain', data: { type: 'data', data: 'SGk=' }, filename: 'a' },
        { type: 'file', mediaType: 'text/csv', data: { type: 'data', data: 'YSxi' }, filename: 'a.csv' },
        { type: 'file', mediaType: 'application/pdf', data: { type: 'data', data: 'JVBERi0=' } },
        {
          type: 'file',
          mediaType: 'application/pdf',
          data: { type: 'url', url: new URL('https://example.com/pdf/1706.03762') },
        },
        {
          type: 'file',
          mediaType: 'text/plain',
          data: { type: 'url', url: new URL('https://example.com/notes.txt?x=1') },
        },
        {
          type: 'file',
          mediaType: 'application/octet-stream',
          data: { type: 'reference', reference: { openai: 'file_2' } },
        },
      ],
    },
  ])
})

test('a turn with tools, as an agent sends it back', async () => {
  // As the OpenAI Agents SDK does: every item with its id and status, results as text.
  const prompt = await promptOf([
    { role: 'user', content: 'What is the weather?' },
    {
      id: 'rs_1',
      type: 'reasoning',
      summary: [{ type: 'summary_text', text: 'Two cities.' }],
      encrypted_content: 'AAA',
    },
    {
      id: 'msg_1',
      type: 'message',
      role: 'assistant',
      status: 'completed',
      phase: 'commentary',
      content: [{ type: 'output_text', text: 'I look.', annotations: [] }],
    },
    {
      id: 'fc_1',
      type: 'function_call',
      name: 'weather',
      call_id: 'c1',
      arguments: '{"city": "Bern"}',
      status: 'completed',
    },
    {
      id: 'fc_2',
      type: 'function_call',
      name: 'weather',
      call_id: 'c2',
      arguments: '{"city":"Rome"}',
      status: 'completed',
    },
    { type: 'function_call_output', call_id: 'c1', output: 'rain', status: 'completed' },
    {
      type: 'function_call_output',
      call_id: 'c2',
      output: [
        { type: 'input_text', text: 'sun' },
        { type: 'input_image', image_url: 'data:image/png;base64,AAAA' },
      ],
    },
    { role: 'user', content: 'And?' },
  ])
  assert.deepEqual(prompt, [
    { role: 'user', content: [{ type: 'text', text: 'What is the weather?' }] },
    {
      role: 'assistant',
      content: [
        { type: 'reasoning', text: 'Two cities.', providerOptions: { openai: { reasoningEncryptedContent: 'AAA' } } },
        { type: 'text', text: 'I look.', providerOptions: { openai: { phase: 'commentary' } } },
        { type: 'tool-call', toolCallId: 'c1', toolName: 'weather', input: { city: 'Bern' } },
        { type: 'tool-call', toolCallId: 'c2', toolName: 'weather', input: { city: 'Rome' } },
      ],
    },
    {
      role: 'tool',
      content: [
        { type: 'tool-result', toolCallId: 'c1', toolName: 'weather', output: { type: 'text', value: 'rain' } },
        {
          type: 'tool-result',
          toolCallId: 'c2',
          toolName: 'weather',
          output: {
            type: 'content',
            value: [
              { type: 'text', text: 'sun' },
              { type: 'file', mediaType: 'image/png', data: { type: 'data', data: 'AAAA' } },
            ],
          },
        },
      ],
    },
    { role: 'user', content: [{ type: 'text', text: 'And?' }] },
  ])
})

test('what the model said and refused is one text a message', async () => {
  const prompt = await promptOf([
    {
      id: 'msg_1',
      type: 'message',
      role: 'assistant',
      status: 'completed',
      content: [
        { type: 'output_text', text: 'I ', annotations: [] },
        { type: 'refusal', refusal: 'cannot.' },
      ],
    },
    { role: 'assistant', content: 'Sorry.' },
    { role: 'assistant', content: '' },
  ])
  assert.deepEqual(prompt, [
    {
      role: 'assistant',
      content: [
        { type: 'text', text: 'I cannot.' },
        { type: 'text', text: 'Sorry.' },
      ],
    },
  ])
})

test('arguments that are no JSON object are an empty one', async () => {
  const inputOf = async (given: string): Promise<unknown> => {
    const [message] = await promptOf([{ type: 'function_call', call_id: 'c', name: 'f', arguments: given }])
    const part = message?.role === 'assistant' ? message.content[0] : undefined
    return part?.type === 'tool-call' ? part.input : undefined
  }
  assert.deepEqual(await inputOf('{"a":{"b":[1]}}'), { a: { b: [1] } })
  for (const given of ['', '{"a":', '5', '[1]', 'null']) assert.deepEqual(await inputOf(given), {})
})

test('a call of a tool in a namespace keeps it', async () => {
  const call = { type: 'function_call' as const, call_id: 'c', name: 'f', namespace: 'crm', arguments: '{}' }
  const providerOptions = { openai: { namespace: 'crm' } }
  assert.deepEqual(await promptOf([call]), [
    { role: 'assistant', content: [{ type: 'tool-call', toolCallId: 'c', toolName: 'f', input: {}, providerOptions }] },
  ])
})

test('calls of custom tools keep their text', async () => {
  const prompt = await promptOf([
    { type: 'custom_tool_call', call_id: 'c', name: 'run', input: 'print("hi")' },
    { type: 'custom_tool_call_output', call_id: 'c', output: 'hi' },
  ])
  assert.deepEqual(prompt, [
    { role: 'assistant', content: [{ type: 'tool-call', toolCallId: 'c', toolName: 'run', input: 'print("hi")' }] },
    {
      role: 'tool',
      content: [{ type: 'tool-result', toolCallId: 'c', toolName: 'run', output: { type: 'text', value: 'hi' } }],
    },
  ])
})

test('reasoning keeps its id and the parts of its summary where nothing is stored', async () => {
  const item = {
    id: 'rs_1',
    type: 'reasoning' as const,
    summary: ['One', 'Two'].map((text) => ({ type: 'summary_text' as const, text })),
    encrypted_content: 'AAA',
  }
  const stored = await callOf({ input: [item] })
  assert.deepEqual(stored.prompt, [
    {
      role: 'assistant',
      content: [
        { type: 'reasoning', text: 'One\n\nTwo', providerOptions: { openai: { reasoningEncryptedContent: 'AAA' } } },
      ],
    },
  ])
  const unstored = await callOf({ input: [item, { ...item, id: 'rs_2', summary: [] }], store: false })
  const options = (itemId: string): object => ({
    providerOptions: { openai: { itemId, reasoningEncryptedContent: 'AAA' } },
  })
  assert.deepEqual(unstored.prompt, [
    {
      role: 'assistant',
      content: [
        { type: 'reasoning', text: 'One', ...options('rs_1') },
        { type: 'reasoning', text: 'Two', ...options('rs_1') },
        { type: 'reasoning', text: '', ...options('rs_2') },
      ],
    },
  ])
})

test('a picture that a model made stands in its message', async () => {
  const prompt = await promptOf([
    { type: 'image_generation_call', id: 'ig_1', result: 'AAAA', output_format: 'webp', status: 'completed' },
    { type: 'image_generation_call', id: 'ig_2', result: null, status: 'failed' },
  ])
  assert.deepEqual(prompt, [
    { role: 'assistant', content: [{ type: 'file', mediaType: 'image/webp', data: { type: 'data', data: 'AAAA' } }] },
  ])
})
