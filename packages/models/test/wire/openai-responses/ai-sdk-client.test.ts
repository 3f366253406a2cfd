// shows: A8
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createOpenAI } from '@ai-sdk/openai'
import { APICallError } from '@ai-sdk/provider'
import type { ChatAnswer, ChatCall, ChatPart } from '../../../src/language.ts'
import { answering, type Answering, type Script } from './answering.ts'

// The AI SDK as a client of the gateway. It checks every answer against a schema of its own.

type Model = ReturnType<ReturnType<typeof createOpenAI>['responses']>

const modelAt = ({ baseUrl }: Answering): Model =>
  createOpenAI({ baseURL: baseUrl, apiKey: 'key' }).responses('gpt-5.2')
const prompt: ChatCall['prompt'] = [{ role: 'user', content: [{ type: 'text', text: 'Hi' }] }]

async function whole(script: Script, call: Partial<ChatCall> = {}): Promise<ChatAnswer> {
  await using there = await answering(script)
  return await modelAt(there).doGenerate({ prompt, ...call })
}

async function parts(script: Script, call: Partial<ChatCall> = {}): Promise<ChatPart[]> {
  await using there = await answering(script)
  const { stream } = await modelAt(there).doStream({ prompt, ...call })
  return await Array.fromAsync(stream as unknown as AsyncIterable<ChatPart>)
}

const content: ChatAnswer['content'] = [
  { type: 'reasoning', text: 'Think', providerMetadata: { anthropic: { signature: 'SIG' } } },
  {
    type: 'text',
    text: 'Hello',
    citations: [
      {
        source: { type: 'source', sourceType: 'url', id: 's', url: 'https://a.example', title: 'A' },
        startIndex: 0,
        endIndex: 2,
      },
    ],
  },
  { type: 'tool-call', toolCallId: 'c1', toolName: 'f', input: '{"a":1}' },
  { type: 'tool-call', toolCallId: 'c2', toolName: 'g', input: '' },
  { type: 'tool-call', toolCallId: 'c3', toolName: 'shell', input: '"ls"' },
  { type: 'file', mediaType: 'image/png', data: { type: 'data', data: 'AAAA' } },
]
const streamedParts: readonly ChatPart[] = [
  { type: 'reasoning-start', id: '0' },
  { type: 'reasoning-delta', id: '0', delta: 'Thi' },
  { type: 'reasoning-delta', id: '0', delta: 'nk' },
  { type: 'reasoning-delta', id: '0', delta: '', providerMetadata: { anthropic: { signature: 'SIG' } } },
  { type: 'reasoning-end', id: '0' },
  { type: 'text-start', id: '1' },
  { type: 'text-delta', id: '1', delta: 'Hel' },
  { type: 'tool-input-start', id: 'c1', toolName: 'f' },
  { type: 'tool-input-delta', id: 'c1', delta: '{"a"' },
  { type: 'text-delta', id: '1', delta: 'lo' },
  { type: 'tool-input-delta', id: 'c1', delta: ':1}' },
  { type: 'text-end', id: '1', citations: content[1]?.type === 'text' ? (content[1].citations ?? []) : [] },
  { type: 'tool-call', toolCallId: 'c1', toolName: 'f', input: '{"a":1}' },
  { type: 'tool-call', toolCallId: 'c2', toolName: 'g', input: '' },
  { type: 'tool-call', toolCallId: 'c3', toolName: 'shell', input: '"ls"' },
  { type: 'file', mediaType: 'image/png', data: { type: 'data', data: 'AAAA' } },
]
const shell: Partial<ChatCall> = {
  tools: [{ type: 'provider', id: 'openai.custom', name: 'shell', args: { description: 'Runs it' } }],
}

const sealed = `hearth.reasoning.1:${Buffer.from('{"anthropic":{"signature":"SIG"}}').toString('base64url')}`

/** What a client sees of both, without ids that it makes up. */
const seen = [
  ['reasoning', 'Think', sealed],
  ['text', 'Hello', 'https://a.example'],
  ['tool-call', 'c1', 'f', '{"a":1}'],
  ['tool-call', 'c2', 'g', '{}'],
  ['tool-call', 'c3', 'shell', '"ls"'],
  ['tool-call', 'ig_call1_5', 'image_generation', '{}'],
]

test('a whole answer passes its schema and means the same', async () => {
  const answer = await whole({ content, finish: 'tool-calls' }, shell)
  const found = answer.content.flatMap((one) => {
    if (one.type === 'reasoning')
      return [[one.type, one.text, one.providerMetadata?.['openai']?.['reasoningEncryptedContent']]]
    if (one.type === 'text')
      return [[one.type, one.text, ...(one.citations ?? []).map(({ source }) => 'url' in source && source.url)]]
    return one.type === 'tool-call' ? [[one.type, one.toolCallId, one.toolName, one.input]] : []
  })
  assert.deepEqual(found, seen)
  assert.equal(answer.finishReason.unified, 'tool-calls')
  assert.equal(answer.response?.id, 'resp_call1')
  const { raw: _, ...used } = answer.usage
  assert.deepEqual(used, {
    inputTokens: { total: 20, noCache: 12, cacheRead: 6, cacheWrite: 2 },
    outputTokens: { total: 9, text: 5, reasoning: 4 },
  })
})

test('a stream passes its schema and means the same', async () => {
  const found = await parts({ parts: streamedParts, finish: 'tool-calls' }, shell)
  assert.deepEqual(
    found.filter(({ type }) => type === 'error'),
    [],
  )
  const texts = (type: string): string =>
    found.flatMap((part) => (part.type === type && 'delta' in part ? [part.delta] : [])).join('')
  const ends = found.flatMap((part): unknown[] => {
    if (part.type === 'reasoning-end')
      return [['reasoning', texts('reasoning-delta'), part.providerMetadata?.['openai']?.['reasoningEncryptedContent']]]
    if (part.type === 'text-end')
      return [
        ['text', texts('text-delta'), ...(part.citations ?? []).map(({ source }) => 'url' in source && source.url)],
      ]
    return part.type === 'tool-call' ? [[part.type, part.toolCallId, part.toolName, part.input]] : []
  })
  assert.deepEqual(ends, seen)
  const deltas = found.flatMap((part) => (part.type === 'tool-input-delta' ? [[part.id, part.delta]] : []))
  assert.deepEqual(deltas, [
    ['c1', '{"a"'],
    ['c1', ':1}'],
    ['c2', '{}'],
    ['c3', 'ls'],
  ])
  const last = found.at(-1)
  assert.ok(last?.type === 'finish')
  assert.equal(last.finishReason.unified, 'tool-calls')
  assert.equal(last.usage.outputTokens.total, 9)
})

test('structured output and probabilities', async () => {
  const answer = await whole(
    {
      content: [{ type: 'text', text: '{"n":5}' }],
      metadata: { openai: { logprobs: [[{ token: '{', logprob: -1, top_logprobs: [] }]] } },
    },
    {
      responseFormat: { type: 'json', name: 'answer', schema: { type: 'object' } },
      providerOptions: { openai: { logprobs: 2, forceReasoning: false } },
    },
  )
  assert.deepEqual(answer.providerMetadata?.['openai']?.['logprobs'], [[{ token: '{', logprob: -1, top_logprobs: [] }]])
})

test('how an answer ended', async () => {
  for (const [finish, expected] of [
    ['stop', 'stop'],
    ['length', 'length'],
    ['content-filter', 'content-filter'],
  ] as const) {
    const script = { finish, content: [{ type: 'text', text: 'x' }] } as const
    assert.equal((await whole(script)).finishReason.unified, expected)
    const last = (await parts({ finish, parts: [{ type: 'text-delta', id: 't', delta: 'x' }] })).at(-1)
    assert.equal(last?.type === 'finish' && last.finishReason.unified, expected)
  }
})

test('an answer that failed is an error, in its place and in the middle of it', async () => {
  const fails = { type: 'model', failure: { type: 'rate', detail: 'Slow down.' } } as const
  const isCall = (error: unknown): boolean =>
    APICallError.isInstance(error) && error.statusCode === 429 && error.message === 'Slow down.'
  await assert.rejects(whole({ fails }), isCall)
  await assert.rejects(parts({ fails }), isCall)
  // After its head, and before any output.
  await assert.rejects(parts({ fails, parts: [] }), isCall)
  await assert.rejects(whole({ content: [], finish: 'error' }), /The answer broke off/)

  const found = await parts({ fails, parts: [{ type: 'text-delta', id: 't', delta: 'x' }] })
  const errors = found.flatMap((part) => (part.type === 'error' ? [part.error as Error] : []))
  assert.deepEqual(
    errors.map(({ message }) => message),
    ['Slow down.'],
  )
  const last = found.at(-1)
  assert.equal(last?.type === 'finish' && last.finishReason.unified, 'error')
})

test('a conversation goes on where nothing is stored, and says what to do where it is', async () => {
  await using there = await answering({ content })
  const model = modelAt(there)
  const off = { providerOptions: { openai: { store: false } } }
  const { content: first } = await model.doGenerate({ prompt, ...shell, ...off })
  const history = first.flatMap((part) =>
    part.type === 'reasoning' || part.type === 'text'
      ? [{ ...part, ...(part.providerMetadata === undefined ? {} : { providerOptions: part.providerMetadata }) }]
      : [],
  )
  const next: ChatCall['prompt'] = [...prompt, { role: 'assistant', content: history }, ...prompt]
  await model.doGenerate({ prompt: next, ...shell, ...off })
  assert.deepEqual(there.asked[1]?.call.prompt, [
    ...prompt,
    {
      role: 'assistant',
      content: [
        { type: 'reasoning', text: 'Think', providerOptions: { anthropic: { signature: 'SIG' } } },
        { type: 'text', text: 'Hello' },
      ],
    },
    ...prompt,
  ])
  // Its default is to send ids in the place of what was stored.
  await assert.rejects(
    async () => await model.doGenerate({ prompt: next, ...shell }),
    /send each in full, with `store` set to false/,
  )
})
