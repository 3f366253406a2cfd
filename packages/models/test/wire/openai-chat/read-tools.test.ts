// shows: A8
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { openaiChat } from '../../../src/wire/openai-chat/protocol.ts'
import { hello, settingsOf } from './asking.ts'

const parameters = { type: 'object', properties: { city: { type: 'string' } } }
const weather = { name: 'weather', description: 'Of a city', parameters }
const tools = [
  { type: 'function', function: { ...weather, strict: true } },
  { type: 'function', function: { name: 'time' } },
]
const read = [
  { type: 'function', name: 'weather', description: 'Of a city', inputSchema: parameters, strict: true },
  { type: 'function', name: 'time', inputSchema: { type: 'object', properties: {} } },
]
const [readWeather, readTime] = read
const named = (name: string) => ({ type: 'function', function: { name } })
const allowed = (mode: string, ...names: readonly string[]) => ({
  type: 'allowed_tools',
  allowed_tools: { mode, tools: names.map(named) },
})

const cases: readonly { readonly name: string; readonly fields: object; readonly call: object }[] = [
  { name: 'are offered', fields: { tools }, call: { tools: read } },
  { name: 'may be none', fields: { tools: [], tool_choice: 'none' }, call: {} },
  {
    name: 'are left to the model',
    fields: { tools, tool_choice: 'auto' },
    call: { tools: read, toolChoice: { type: 'auto' } },
  },
  {
    name: 'are forbidden',
    fields: { tools, tool_choice: 'none' },
    call: { tools: read, toolChoice: { type: 'none' } },
  },
  {
    name: 'are demanded',
    fields: { tools, tool_choice: 'required' },
    call: { tools: read, toolChoice: { type: 'required' } },
  },
  {
    name: 'are chosen',
    fields: { tools, tool_choice: named('time') },
    call: { tools: read, toolChoice: { type: 'tool', toolName: 'time' } },
  },
  {
    name: 'are allowed in part',
    fields: { tools, tool_choice: allowed('auto', 'time', 'time') },
    call: { tools: [readTime], toolChoice: { type: 'auto' } },
  },
  {
    name: 'are demanded of some',
    fields: { tools, tool_choice: allowed('required', 'time', 'weather') },
    call: { tools: [readWeather, readTime], toolChoice: { type: 'required' } },
  },
  {
    name: 'take nothing where they say so with an empty object',
    fields: {
      tools: [{ type: 'function', function: { name: 'time', parameters: {}, description: null, strict: null } }],
    },
    call: { tools: [readTime] },
  },
]

const oneAtATime = {
  providerOptions: { openai: { parallelToolCalls: false }, anthropic: { disableParallelToolUse: true } },
}
const older = [{ type: 'function', name: 'weather', description: 'Of a city', inputSchema: parameters }]

const legacy: readonly { readonly name: string; readonly fields: object; readonly call: object }[] = [
  { name: 'are offered', fields: { functions: [weather] }, call: { tools: older, ...oneAtATime } },
  {
    name: 'are left to the model',
    fields: { functions: [weather], function_call: 'auto', parallel_tool_calls: true },
    call: { tools: older, toolChoice: { type: 'auto' }, ...oneAtATime },
  },
  {
    name: 'are chosen',
    fields: { functions: [weather], function_call: { name: 'weather' } },
    call: { tools: older, toolChoice: { type: 'tool', toolName: 'weather' }, ...oneAtATime },
  },
]

describe('tools', () => {
  for (const { name, fields, call } of cases) it(name, () => assert.deepEqual(settingsOf(fields), call))
})

describe('functions of the older form', () => {
  for (const { name, fields, call } of legacy) it(name, () => assert.deepEqual(settingsOf(fields), call))

  it('are answered in the older form', () => {
    assert.equal(openaiChat.read({ model: 'm', messages: hello, functions: [weather] }).form['functionCall'], true)
    assert.equal(openaiChat.read({ model: 'm', messages: hello, tools }).form['functionCall'], false)
  })
})
