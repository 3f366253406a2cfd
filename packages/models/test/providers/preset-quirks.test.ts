// shows: A1
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { ChatCall } from '../../src/language.ts'
import { providers } from '../../src/providers/index.ts'
import { finishOf } from '../../src/providers/openai-compatible/finish.ts'
import { readUsage, usageInProtocol } from '../../src/wire/openai-chat/usage.ts'
import { ask, failureFrom, streamedBy, toldWhole } from './conformance/answer.ts'
import { json, stream } from './conformance/subject.ts'
import { createUpstream, type Upstream } from './conformance/upstream.ts'

async function chat(kind: string, { url }: Upstream) {
  const open = await providers.find((one) => one.kind === kind)?.open()
  const provider = open?.({ name: 'here', baseUrl: url, key: undefined, fetch: (input, init) => fetch(input, init) })
  return provider?.chat?.('m') ?? assert.fail()
}

const hello: ChatCall = ask('Hello')
const whole = (finish: string, more: object = {}) => ({
  choices: [{ index: 0, message: { role: 'assistant', content: 'Hi', ...more }, finish_reason: finish }],
})

test('TabbyAPI is asked to count whole answers too, and nobody else', async () => {
  await using upstream = await createUpstream()
  upstream.play(json(JSON.stringify(whole('stop'))))
  await (await chat('tabbyapi', upstream)).doGenerate(hello)
  await (await chat('vllm', upstream)).doGenerate(hello)
  assert.deepEqual(
    upstream.asked.map(({ body }) => body['stream_options']),
    [{ include_usage: true }, undefined],
  )
})

test('what was thought beside what was said is counted with it', () => {
  // xAI: all of it is in the total.
  const beside = { prompt_tokens: 12, completion_tokens: 500, total_tokens: 802 }
  const inside = { ...beside, total_tokens: 512 }
  const details = { completion_tokens_details: { reasoning_tokens: 290 } }
  const outputs = (usage: object) => readUsage(usage)?.outputTokens
  assert.deepEqual(outputs({ ...beside, ...details }), { total: 790, text: 500, reasoning: 290 })
  assert.deepEqual(outputs({ ...inside, ...details }), { total: 500, text: 210, reasoning: 290 })
  // DeepInfra: more thought than all of it.
  const few = { prompt_tokens: 12, completion_tokens: 84, total_tokens: 96 }
  assert.deepEqual(outputs({ ...few, ...details }), { total: 374, text: 84, reasoning: 290 })
  assert.deepEqual(outputs({ ...few, reasoning_tokens: 32 }), { total: 84, text: 52, reasoning: 32 })
  assert.deepEqual(outputs({ ...few, reasoning_tokens: 'many' }), { total: 84, text: 84, reasoning: 0 })
})

test('counts are put where the protocol has them, and none is made up', () => {
  const plain = { prompt_tokens: 3, completion_tokens: 2, total_tokens: 5 }
  assert.deepEqual(usageInProtocol(plain), plain)
  assert.deepEqual(usageInProtocol({ ...plain, prompt_cache_hit_tokens: 1, reasoning_tokens: 1 }), {
    ...plain,
    prompt_cache_hit_tokens: 1,
    reasoning_tokens: 1,
    prompt_tokens_details: { cached_tokens: 1 },
    completion_tokens_details: { reasoning_tokens: 1 },
  })
  assert.deepEqual(usageInProtocol({ prompt_tokens: 'x' }), { prompt_tokens: 'x' })
})

test('reasons of an end are those of the protocol', () => {
  for (const [reason, hasCalls, expected] of [
    ['eos', false, 'stop'],
    ['stop_sequence', false, 'stop'],
    ['eos_token', true, 'tool_calls'],
    ['stop', true, 'tool_calls'],
    ['length', true, 'length'],
    ['model_length', false, 'length'],
    ['content_filter', true, 'content_filter'],
    ['constructor', false, 'constructor'],
    ['', false, null],
    [7, false, null],
  ] as const)
    assert.equal(finishOf(reason, hasCalls), expected, String(reason))
})

test('an answer that was given up is none, whole and as a stream', async () => {
  for (const reason of ['error', 'abort']) {
    await using upstream = await createUpstream()
    upstream.play(json(JSON.stringify(whole(reason))))
    assert.equal((await failureFrom((await chat('sglang', upstream)).doGenerate(hello))).type, 'away')
    const events = [
      { choices: [{ index: 0, delta: { content: 'Hi' } }] },
      { choices: [{ index: 0, delta: {}, finish_reason: reason }] },
    ]
    upstream.play(stream(events.map((one) => `data: ${JSON.stringify(one)}\n\n`).join('')))
    const { text, failure } = await streamedBy(await chat('sglang', upstream), hello)
    assert.deepEqual([text, failure?.type], ['Hi', 'away'])
  }
})

test('calls that come with the end of an ordinary answer end it with calls', async () => {
  await using upstream = await createUpstream()
  const call = { id: '0', type: 'function', function: { name: 'now', arguments: {} } }
  upstream.play(json(JSON.stringify(whole('stop', { content: null, tool_calls: [call] }))))
  const { calls, finish } = toldWhole(await (await chat('tgi', upstream)).doGenerate(hello))
  assert.deepEqual([calls, finish?.unified], [[{ name: 'now', input: {} }], 'tool-calls'])
  upstream.play(json(JSON.stringify(whole('stop', { tool_calls: [] }))))
  assert.equal(toldWhole(await (await chat('tgi', upstream)).doGenerate(hello)).finish?.unified, 'stop')
})

test('what Groq says in a place of its own is read', async () => {
  await using upstream = await createUpstream()
  const said = { choices: [{ index: 0, delta: { content: 'Hi' } }] }
  const last = { choices: [{ index: 0, delta: {}, finish_reason: 'stop' }] }
  const usage = { prompt_tokens: 3, completion_tokens: 2, total_tokens: 5 }
  const play = (...list: readonly object[]): void =>
    upstream.play(stream(list.map((one) => `data: ${JSON.stringify(one)}\n\n`).join('')))
  play(said, { ...last, x_groq: { usage } })
  const answer = await streamedBy(await chat('groq', upstream), hello)
  assert.deepEqual([answer.usage?.inputTokens.total, answer.usage?.outputTokens.total], [3, 2])
  play(said, { choices: [], x_groq: { error: 'over capacity' } })
  const failed = await streamedBy(await chat('groq', upstream), hello)
  assert.deepEqual([failed.text, failed.failure?.type], ['Hi', 'away'])
})
