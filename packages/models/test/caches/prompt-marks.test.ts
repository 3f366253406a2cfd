// shows: A5
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { markedBody, markedCall } from '../../src/caches/prompt-marks.ts'
import type { ChatCall } from '../../src/language.ts'

const long = 'All that there is to know. '.repeat(400)
const mark = { type: 'ephemeral' }
const turns = [
  { role: 'user', content: 'Hello' },
  { role: 'assistant', content: 'Hello' },
  { role: 'user', content: 'Go on.' },
]
const tools = [
  { name: 'a', input_schema: {}, description: long },
  { name: 'b', input_schema: {} },
]

test('instructions are marked at their end, whatever their form; tools where there are no instructions', () => {
  const ofText = markedBody({ system: long, messages: turns.slice(0, 1) }, 20_000)
  assert.deepEqual(ofText, { system: [{ type: 'text', text: long, cache_control: mark }], messages: turns.slice(0, 1) })
  const blocks = [
    { type: 'text', text: 'a' },
    { type: 'text', text: long },
  ]
  const ofBlocks = markedBody({ system: blocks, messages: [] }, 20_000)
  assert.deepEqual(ofBlocks['system'], [blocks[0], { ...blocks[1], cache_control: mark }])
  const ofTools = markedBody({ tools, messages: [] }, 20_000)
  assert.deepEqual(ofTools['tools'], [tools[0], { ...tools[1], cache_control: mark }])
})

test('a conversation is marked behind what was said last, once it is one', () => {
  const { messages } = markedBody({ messages: turns }, 20_000)
  assert.deepEqual((messages as readonly unknown[])[2], {
    role: 'user',
    content: [{ type: 'text', text: 'Go on.', cache_control: mark }],
  })
  const result = { role: 'user', content: [{ type: 'tool_result', tool_use_id: '1', content: 'x' }] }
  const told = markedBody({ messages: [...turns.slice(0, 2), result] }, 20_000)['messages'] as readonly unknown[]
  assert.deepEqual(told[2], { role: 'user', content: [{ ...result.content[0], cache_control: mark }] })
})

test('what is short, marked already, empty or nonsense stays the very same', () => {
  const same: readonly (readonly [Record<string, unknown>, number])[] = [
    [{ system: long, messages: turns }, 5_999],
    [{ system: [{ type: 'text', text: long, cache_control: mark }], messages: turns }, 20_000],
    [
      { system: long, messages: [{ role: 'user', content: [{ type: 'text', text: 'x', cache_control: mark }] }] },
      20_000,
    ],
    [{ cache_control: mark, system: long, messages: turns }, 20_000],
  ]
  for (const [json, size] of same) assert.equal(markedBody(json, size), json)
  for (const json of [
    { messages: [...turns.slice(0, 2), { role: 'user', content: [{ type: 'text', text: '' }] }] },
    { messages: [...turns.slice(0, 2), { role: 'user', content: '' }] },
    {
      system: [
        { type: 'text', text: long },
        { type: 'text', text: '' },
      ],
      messages: turns.slice(0, 1),
    },
    { system: 7, tools: { a: long }, messages: 'none' },
    { messages: [null, 'x', 3] },
  ])
    assert.deepEqual(markedBody(json, 20_000), json, JSON.stringify(json).slice(0, 200))
})

test('the same is marked of a call in the words of the gateway', () => {
  const call: ChatCall = {
    prompt: [
      { role: 'system', content: long },
      { role: 'user', content: [{ type: 'text', text: 'Hello' }] },
      { role: 'assistant', content: [{ type: 'text', text: 'Hello' }] },
      { role: 'user', content: [{ type: 'text', text: 'Go on.' }], providerOptions: { openai: { name: 'ann' } } },
    ],
  }
  const { prompt } = markedCall(call, 20_000)
  assert.deepEqual(
    prompt.map(({ providerOptions }) => providerOptions),
    [
      { anthropic: { cacheControl: mark } },
      undefined,
      undefined,
      { openai: { name: 'ann' }, anthropic: { cacheControl: mark } },
    ],
  )
  assert.equal(markedCall(call, 100), call)
  assert.equal(markedCall({ prompt }, 20_000).prompt, prompt)
})
