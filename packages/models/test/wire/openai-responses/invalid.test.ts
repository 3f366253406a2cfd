// shows: A8
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { HearthError } from '@hearth/protocol'
import { openaiResponses } from '../../../src/wire/openai-responses/protocol.ts'

function refusalOf(body: unknown): { readonly code: string; readonly paths: readonly string[]; readonly said: string } {
  try {
    openaiResponses.read(body)
  } catch (error) {
    assert.ok(error instanceof HearthError, String(error))
    const { code, issues = [], message } = error
    return { code, paths: issues.map(({ path }) => path), said: message }
  }
  return { code: 'none', paths: [], said: '' }
}

const refusedAs =
  (code: string) =>
  (path: string, request: object): void => {
    const refusal = refusalOf({ model: 'm', input: 'Hi', ...request })
    assert.deepEqual([refusal.code, refusal.paths], [code, [path]])
  }
const isInvalid = refusedAs('input.invalid')
const isNotSupported = refusedAs('models.not-supported')

const item = (value: unknown): object => ({ input: [{ role: 'user', content: 'Hi' }, value] })
const part = (value: unknown): object => ({ input: [{ role: 'user', content: [value] }] })
const tool = { type: 'function', name: 'f', parameters: {}, strict: true }

test('a body that is no object', () => {
  for (const body of [null, 'x', 5, [], undefined]) assert.equal(refusalOf(body).code, 'input.invalid')
})

test('the model and the input must be there', () => {
  isInvalid('model', { model: undefined })
  isInvalid('model', { model: '' })
  isInvalid('model', { model: 5 })
  isInvalid('input', { input: undefined })
  isInvalid('input', { input: null })
  isInvalid('input', { input: 5 })
  isInvalid('input', { input: [] })
})

test('fields of a wrong type, each with its path', () => {
  isInvalid('instructions', { instructions: [] })
  isInvalid('stream', { stream: 'yes' })
  isInvalid('store', { store: 1 })
  isInvalid('temperature', { temperature: '1' })
  isInvalid('temperature', { temperature: 2.5 })
  isInvalid('temperature', { temperature: Number.POSITIVE_INFINITY })
  isInvalid('top_p', { top_p: -0.1 })
  isInvalid('max_output_tokens', { max_output_tokens: 0 })
  isInvalid('max_output_tokens', { max_output_tokens: 1.5 })
  isInvalid('top_logprobs', { top_logprobs: 21 })
  isInvalid('include', { include: 'all' })
  isInvalid('include[0]', { include: [1] })
  isInvalid('metadata.a', { metadata: { a: 1 } })
  isInvalid('metadata.a', { metadata: { a: 'x'.repeat(513) } })
  isInvalid('metadata', { metadata: Object.fromEntries(Array.from({ length: 17 }, (_, index) => [index, ''])) })
  isInvalid('parallel_tool_calls', { parallel_tool_calls: 'no' })
  isInvalid('reasoning', { reasoning: 'high' })
  isInvalid('reasoning.effort', { reasoning: { effort: 'heroic' } })
  isInvalid('reasoning.summary', { reasoning: { summary: true } })
  isInvalid('truncation', { truncation: 'never' })
  isInvalid('user', { user: 5 })
  isInvalid('safety_identifier', { safety_identifier: {} })
  isInvalid('prompt_cache_key', { prompt_cache_key: [] })
  isInvalid('service_tier', { service_tier: 5 })
  isInvalid('text', { text: 'json' })
  isInvalid('text.verbosity', { text: { verbosity: 'huge' } })
  isInvalid('text.format.type', { text: { format: { type: 'xml' } } })
  isInvalid('text.format.name', { text: { format: { type: 'json_schema', schema: {} } } })
  isInvalid('text.format.schema', { text: { format: { type: 'json_schema', name: 'a', schema: 'x' } } })
})

test('every wrong field of a request is told', () => {
  const { paths } = refusalOf({ model: 5, input: 'Hi', temperature: 'hot', stream: 1 })
  assert.deepEqual(paths.toSorted(), ['model', 'stream', 'temperature'])
})

test('items of the input', () => {
  isInvalid('input[1]', item('Hi'))
  isInvalid('input[1]', item(null))
  isInvalid('input[1].type', item({ type: 5 }))
  isInvalid('input[1].type', item({ type: 'telepathy' }))
  isInvalid('input[1].role', item({ role: 'tool', content: 'x' }))
  isInvalid('input[1].content', item({ role: 'user' }))
  isInvalid('input[1].content', item({ role: 'user', content: {} }))
  isInvalid('input[1].call_id', item({ type: 'function_call', name: 'f', arguments: '{}' }))
  isInvalid('input[1].name', item({ type: 'function_call', call_id: 'c', name: '', arguments: '{}' }))
  isInvalid('input[1].arguments', item({ type: 'function_call', call_id: 'c', name: 'f', arguments: {} }))
  isInvalid('input[1].input', item({ type: 'custom_tool_call', call_id: 'c', name: 'f' }))
  isInvalid('input[1].call_id', item({ type: 'function_call_output', call_id: 'c', output: 'x' }))
  isInvalid('input[1].call_id', item({ type: 'function_call_output', output: 'x' }))
  isInvalid('input[1].output', item({ type: 'function_call_output', call_id: 'c', output: 5 }))
  isInvalid('input[1].summary', item({ type: 'reasoning', id: 'rs_1' }))
  isInvalid('input[1].summary[0].text', item({ type: 'reasoning', summary: [{ type: 'summary_text' }] }))
  isInvalid('input[1].encrypted_content', item({ type: 'reasoning', summary: [], encrypted_content: 5 }))
  isInvalid('input[1].result', item({ type: 'image_generation_call', result: 5 }))
})

test('what a user says', () => {
  isInvalid('input[0].content[0]', part('Hi'))
  isInvalid('input[0].content[0].type', part({}))
  isInvalid('input[0].content[0].type', part({ type: 'output_text', text: 'Hi' }))
  isInvalid('input[0].content[0].text', part({ type: 'input_text' }))
  isInvalid('input[0].content[0]', part({ type: 'input_image' }))
  isInvalid('input[0].content[0]', part({ type: 'input_image', image_url: 'https://a', file_id: 'f' }))
  isInvalid('input[0].content[0].detail', part({ type: 'input_image', image_url: 'https://a', detail: 'max' }))
  for (const image_url of [
    'x',
    'ftp://example.com/a.png',
    'file:///etc/passwd',
    'data:image/png,abc',
    'data:image/png;base64',
    'data:image/png;base64,',
    'data:text/plain;base64,SGk=',
  ])
    isInvalid('input[0].content[0].image_url', part({ type: 'input_image', image_url }))
  isInvalid('input[0].content[0]', part({ type: 'input_file', filename: 'a.pdf' }))
  isInvalid('input[0].content[0].file_url', part({ type: 'input_file', file_url: 'javascript:1' }))
  isInvalid('input[0].content[0].file_data', part({ type: 'input_file', file_data: 'data:a' }))
  isInvalid('input[0].content[0].filename', part({ type: 'input_file', file_data: 'AAAA', filename: 5 }))
})

test('what else may hold content', () => {
  const call = { type: 'function_call', call_id: 'c', name: 'f', arguments: '{}' }
  const output = { type: 'function_call_output', call_id: 'c', output: [{ type: 'output_text', text: 'x' }] }
  isInvalid('input[1].output[0].type', { input: [call, output] })
  const said = { role: 'assistant', content: [{ type: 'input_image', image_url: 'https://a' }] }
  isInvalid('input[0].content[0].type', { input: [said] })
  isNotSupported('input[0].content[0].type', {
    input: [{ role: 'system', content: [{ type: 'input_image', image_url: 'https://example.com/a' }] }],
  })
})

test('tools and the choice among them', () => {
  isInvalid('tools', { tools: {} })
  isInvalid('tools[0]', { tools: ['f'] })
  isInvalid('tools[0].type', { tools: [{ name: 'f' }] })
  isInvalid('tools[1].name', { tools: [tool, { type: 'function' }] })
  isInvalid('tools[0].parameters', { tools: [{ ...tool, parameters: 'x' }] })
  isInvalid('tools[0].strict', { tools: [{ ...tool, strict: 'x' }] })
  isInvalid('tools[0].format.type', { tools: [{ type: 'custom', name: 'c', format: { type: 'x' } }] })
  isInvalid('tool_choice', { tools: [tool], tool_choice: 'any' })
  isInvalid('tool_choice', { tools: [tool], tool_choice: 5 })
  isInvalid('tool_choice', { tool_choice: 'required' })
  isInvalid('tool_choice.name', { tools: [tool], tool_choice: { type: 'function' } })
  isInvalid('tool_choice.name', { tools: [tool], tool_choice: { type: 'function', name: 'g' } })
  isInvalid('tool_choice.name', { tools: [tool], tool_choice: { type: 'custom', name: 'f' } })
  isInvalid('tool_choice.tools', { tools: [tool], tool_choice: { type: 'allowed_tools', mode: 'auto', tools: [] } })
  isInvalid('tool_choice.tools[0].name', {
    tools: [tool],
    tool_choice: { type: 'allowed_tools', mode: 'auto', tools: [{ type: 'function', name: 'g' }] },
  })
})

test('what needs something that is kept', () => {
  isNotSupported('previous_response_id', { previous_response_id: 'resp_1' })
  isNotSupported('conversation', { conversation: 'conv_1' })
  isNotSupported('conversation', { conversation: { id: 'conv_1' } })
  isNotSupported('background', { background: true })
  isNotSupported('prompt', { prompt: { id: 'pmpt_1' }, input: undefined })
  isNotSupported('moderation', { moderation: { model: 'omni-moderation-latest' } })
  isNotSupported('input[1]', item({ type: 'item_reference', id: 'msg_1' }))
  isNotSupported('input[1]', item({ id: 'msg_1' }))
  assert.match(refusalOf({ model: 'm', ...item({ id: 'msg_1' }) }).said, /`store`/)
})

test('the tools of OpenAI, and what they left in a conversation', () => {
  for (const type of [
    'web_search',
    'file_search',
    'code_interpreter',
    'computer',
    'mcp',
    'namespace',
    'image_generation',
  ])
    isNotSupported('tools[0].type', { tools: [{ type }] })
  isNotSupported('tool_choice.type', { tools: [tool], tool_choice: { type: 'web_search_preview' } })
  isNotSupported('tool_choice.tools[0].type', {
    tools: [tool],
    tool_choice: { type: 'allowed_tools', mode: 'auto', tools: [{ type: 'mcp', server_label: 'x' }] },
  })
  for (const type of ['web_search_call', 'computer_call', 'mcp_call', 'compaction', 'shell_call_output'])
    isNotSupported('input[1].type', item({ type, id: 'x' }))
  isNotSupported('input[0].content[0].type', part({ type: 'input_audio', input_audio: { data: '', format: 'mp3' } }))
})

test('what is said of a request shows nothing of it', () => {
  const secret = 'sk-secret'
  for (const request of [
    { model: 'm', input: [{ type: secret }] },
    { model: 'm', input: 'Hi', tool_choice: secret },
    { model: 'm', input: 'Hi', temperature: secret },
    { model: 'm', input: [{ role: 'user', content: [{ type: 'input_image', image_url: secret }] }] },
  ]) {
    const { body } = openaiResponses.failed({ type: 'refusal', error: errorOf(request), status: 400 }, 'req')
    assert.doesNotMatch(JSON.stringify(body), /secret/)
  }
})

function errorOf(body: unknown): HearthError {
  try {
    openaiResponses.read(body)
  } catch (error) {
    if (error instanceof HearthError) return error
  }
  throw new assert.AssertionError({ message: 'it was taken' })
}

test('a hostile request is refused like any other', () => {
  let deep: unknown = 'x'
  for (let level = 0; level < 10_000; level += 1) deep = [deep]
  isInvalid('input[0]', { input: [deep] })
  isInvalid('input[0].content[0]', { input: [{ role: 'user', content: [deep] }] })
  isInvalid('tools[0]', { tools: [deep] })
  isInvalid('temperature', { temperature: deep })
  const deepArguments = `{"a":${'['.repeat(9000)}${']'.repeat(9000)}}`
  isInvalid('input[0].arguments', {
    input: [{ type: 'function_call', call_id: 'c', name: 'f', arguments: deepArguments }],
  })
  const many = Array.from({ length: 200_000 }, () => ({ role: 'user', content: 5 }))
  isInvalid('input[0].content', { input: many })
  isInvalid(
    'input[0].role',
    JSON.parse('{"input":[{"__proto__":{"role":"user"},"content":"x","constructor":{}}]}') as object,
  )
})

test('arguments that look deep are taken', () => {
  const text = JSON.stringify({ a: '[{"'.repeat(500), b: '\\"[['.repeat(500), c: [[[{}]]] })
  const { code } = refusalOf({
    model: 'm',
    input: [{ type: 'function_call', call_id: 'c', name: 'f', arguments: text }],
  })
  assert.equal(code, 'none')
})
