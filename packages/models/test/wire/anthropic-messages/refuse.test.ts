// shows: A8
import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { HearthError } from '@hearth/protocol'
import { anthropicMessages, readTokenCount } from '../../../src/wire/anthropic-messages/protocol.ts'
import { cases } from './requests/all.ts'
import { hello } from './requests/case.ts'

const refusal = (body: unknown): HearthError => {
  try {
    anthropicMessages.read(body)
  } catch (error) {
    assert.ok(error instanceof HearthError, String(error))
    return error
  }
  return assert.fail(`it was read: ${JSON.stringify(body)}`)
}

const user = (...content: readonly unknown[]): object => ({ messages: [{ role: 'user', content }] })
const assistant = (...content: readonly unknown[]): object => ({
  messages: [
    { role: 'user', content: 'Hello' },
    { role: 'assistant', content },
  ],
})
/** After a call of a tool, so that its result is the first block of the third message. */
const result = (block: object): object => ({
  messages: [
    { role: 'user', content: 'Hello' },
    { role: 'assistant', content: [{ type: 'tool_use', id: 't1', name: 'weather', input: {} }] },
    { role: 'user', content: [{ type: 'tool_result', tool_use_id: 't1', ...block }] },
  ],
})
const image = (source: unknown): object => ({ type: 'image', source })
const document = (source: unknown, more: object = {}): object => ({ type: 'document', source, ...more })
const png = { type: 'base64', media_type: 'image/png', data: 'iVBORw0KGgo=' }
const note = { type: 'text', media_type: 'text/plain', data: 'Milk' }
const weather = { name: 'weather', input_schema: { type: 'object' } }

const first = 'messages[0].content[0]'

const wrong: readonly (readonly [object, string])[] = [
  [{ model: undefined }, 'model'],
  [{ model: '' }, 'model'],
  [{ model: 7 }, 'model'],
  [{ stream: 'yes' }, 'stream'],
  [{ max_tokens: undefined }, 'max_tokens'],
  [{ max_tokens: null }, 'max_tokens'],
  [{ max_tokens: -1 }, 'max_tokens'],
  [{ max_tokens: 1.5 }, 'max_tokens'],
  [{ max_tokens: '9' }, 'max_tokens'],
  [{ max_tokens: 1e300 }, 'max_tokens'],
  [{ temperature: 1.1 }, 'temperature'],
  [{ temperature: '1' }, 'temperature'],
  [{ top_p: -0.1 }, 'top_p'],
  [{ top_k: 0.5 }, 'top_k'],
  [{ stop_sequences: 'END' }, 'stop_sequences'],
  [{ stop_sequences: ['END', 7] }, 'stop_sequences[1]'],
  [{ metadata: 'me' }, 'metadata'],
  [{ metadata: { user_id: 7 } }, 'metadata.user_id'],
  [{ service_tier: 'best' }, 'service_tier'],
  [{ speed: 'slow' }, 'speed'],
  [{ cache_control: 'ephemeral' }, 'cache_control'],
  [{ cache_control: { type: 'forever' } }, 'cache_control.type'],
  [{ cache_control: { type: 'ephemeral', ttl: '2h' } }, 'cache_control.ttl'],
  [{ thinking: true }, 'thinking'],
  [{ thinking: { type: 'deep' } }, 'thinking.type'],
  [{ thinking: { type: 'enabled' } }, 'thinking.budget_tokens'],
  [{ thinking: { type: 'enabled', budget_tokens: 0 } }, 'thinking.budget_tokens'],
  [{ thinking: { type: 'adaptive', display: 'all' } }, 'thinking.display'],
  [{ output_config: [] }, 'output_config'],
  [{ output_config: { effort: 'some' } }, 'output_config.effort'],
  [{ output_config: { format: 'json' } }, 'output_config.format'],
  [{ output_config: { format: { type: 'xml' } } }, 'output_config.format.type'],
  [{ output_config: { format: { type: 'json_schema' } } }, 'output_config.format.schema'],
  [{ output_format: { type: 'json_schema', schema: [] } }, 'output_format.schema'],
  [{ thread: 'new' }, 'thread'],
  [{ thread: { type: 'fork' } }, 'thread.type'],
  [{ tools: {} }, 'tools'],
  [{ tools: [7] }, 'tools[0]'],
  [{ tools: [{ type: 7 }] }, 'tools[0].type'],
  [{ tools: [weather, { input_schema: {} }] }, 'tools[1].name'],
  [{ tools: [{ name: 'weather' }] }, 'tools[0].input_schema'],
  [{ tools: [{ ...weather, input_schema: 'any' }] }, 'tools[0].input_schema'],
  [{ tools: [{ ...weather, description: 7 }] }, 'tools[0].description'],
  [{ tools: [{ ...weather, strict: 'yes' }] }, 'tools[0].strict'],
  [{ tools: [{ ...weather, input_examples: [7] }] }, 'tools[0].input_examples[0]'],
  [{ tools: [{ ...weather, defer_loading: 1 }] }, 'tools[0].defer_loading'],
  [{ tools: [{ ...weather, allowed_callers: 'me' }] }, 'tools[0].allowed_callers'],
  [{ tools: [{ ...weather, eager_input_streaming: 1 }] }, 'tools[0].eager_input_streaming'],
  [{ tools: [{ ...weather, cache_control: {} }] }, 'tools[0].cache_control.type'],
  [{ tools: [{ type: 'bash_20250124', name: 'shell' }] }, 'tools[0].name'],
  [{ tool_choice: 'auto' }, 'tool_choice'],
  [{ tool_choice: { type: 'some' } }, 'tool_choice.type'],
  [{ tool_choice: { type: 'tool' } }, 'tool_choice.name'],
  [{ tool_choice: { type: 'auto', disable_parallel_tool_use: 1 } }, 'tool_choice.disable_parallel_tool_use'],
  [{ system: 7 }, 'system'],
  [{ system: ['Be brief'] }, 'system[0]'],
  [{ system: [{ type: 'text' }] }, 'system[0].text'],
  [{ system: [image(png)] }, 'system[0].type'],
  [{ messages: undefined }, 'messages'],
  [{ messages: 'Hello' }, 'messages'],
  [{ messages: [] }, 'messages'],
  [{ messages: ['Hello'] }, 'messages[0]'],
  [{ messages: [null] }, 'messages[0]'],
  [{ messages: [{ content: 'Hello' }] }, 'messages[0].role'],
  [{ messages: [{ role: 'tool', content: 'Hello' }] }, 'messages[0].role'],
  [{ messages: [{ role: 'user' }] }, 'messages[0].content'],
  [{ messages: [{ role: 'user', content: null }] }, 'messages[0].content'],
  [{ messages: [{ role: 'user', content: {} }] }, 'messages[0].content'],
  [{ messages: [{ role: 'user', content: [] }] }, 'messages[0].content'],
  [{ messages: [{ role: 'user', content: 'Hello' }, { role: 'assistant' }] }, 'messages[1].content'],
  [{ messages: [{ role: 'system', content: [7] }] }, first],
  [user('Hello'), first],
  [user({}), `${first}.type`],
  [user({ type: 7 }), `${first}.type`],
  [user({ type: 'text' }), `${first}.text`],
  [user({ type: 'text', text: 'a', cache_control: 7 }), `${first}.cache_control`],
  [user({ type: 'thinking', thinking: '', signature: '' }), `${first}.type`],
  [user({ type: 'tool_use', id: 't1', name: 'weather', input: {} }), `${first}.type`],
  [user(image(undefined)), `${first}.source`],
  [user(image({})), `${first}.source.type`],
  [user(image({ ...png, media_type: 'text/html' })), `${first}.source.media_type`],
  [user(image({ ...png, data: '' })), `${first}.source.data`],
  [user(image({ ...png, data: 7 })), `${first}.source.data`],
  [user(image({ type: 'url', url: 'nowhere' })), `${first}.source.url`],
  [user(image({ type: 'url', url: 'file:///etc/passwd' })), `${first}.source.url`],
  [user(image({ type: 'url', url: 'data:image/png;base64,AAAA' })), `${first}.source.url`],
  [user(document('a')), `${first}.source`],
  [user(document({ ...png })), `${first}.source.media_type`],
  [user(document({ ...note, media_type: 'text/html' })), `${first}.source.media_type`],
  [user(document({ ...note, data: undefined })), `${first}.source.data`],
  [user(document({ type: 'url' })), `${first}.source.url`],
  [user(document(note, { title: 7 })), `${first}.title`],
  [user(document(note, { context: 7 })), `${first}.context`],
  [user(document(note, { citations: { enabled: 'yes' } })), `${first}.citations.enabled`],
  [user({ type: 'tool_result' }), `${first}.tool_use_id`],
  [user({ type: 'tool_result', tool_use_id: 't1' }), `${first}.tool_use_id`],
  [assistant(image(png)), 'messages[1].content[0].type'],
  [assistant({ type: 'text', text: 7 }), 'messages[1].content[0].text'],
  [assistant({ type: 'text', text: '', citations: 7 }), 'messages[1].content[0].citations'],
  [assistant({ type: 'thinking', thinking: 'Hm' }), 'messages[1].content[0].signature'],
  [assistant({ type: 'thinking', signature: 's' }), 'messages[1].content[0].thinking'],
  [assistant({ type: 'redacted_thinking' }), 'messages[1].content[0].data'],
  [assistant({ type: 'tool_use', name: 'a', input: {} }), 'messages[1].content[0].id'],
  [assistant({ type: 'tool_use', id: 't1', input: {} }), 'messages[1].content[0].name'],
  [assistant({ type: 'tool_use', id: 't1', name: 'a' }), 'messages[1].content[0].input'],
  [assistant({ type: 'tool_use', id: 't1', name: 'a', input: '{}' }), 'messages[1].content[0].input'],
  [assistant({ type: 'tool_result', tool_use_id: 't1' }), 'messages[1].content[0].type'],
  [result({ content: 7 }), 'messages[2].content[0].content'],
  [result({ content: ['Rain'] }), 'messages[2].content[0].content[0]'],
  [result({ content: [null] }), 'messages[2].content[0].content[0]'],
  [result({ content: [{ type: 'text' }] }), 'messages[2].content[0].content[0].text'],
  [result({ content: [image({ type: 'url' })] }), 'messages[2].content[0].content[0].source.url'],
  [
    result({ content: [{ type: 'text', text: 'Rain', cache_control: { type: 'x' } }] }),
    'messages[2].content[0].content[0].cache_control.type',
  ],
  [result({ is_error: 'yes' }), 'messages[2].content[0].is_error'],
]

suite('what is not valid is named by its place', () => {
  for (const [change, path] of wrong) {
    test(`${path}: ${JSON.stringify(change).slice(0, 100)}`, () => {
      const error = refusal({ ...hello, ...change })
      assert.equal(error.code, 'input.invalid')
      assert.deepEqual(
        error.issues?.map((issue) => issue.path),
        [path],
      )
      const issue = error.issues?.[0]?.message
      assert.match(issue ?? '', /^(must|is|cannot|names) /)
      assert.equal(error.message, `${path} ${issue}.`)
    })
  }

  test('a body that is none', () => {
    for (const body of [undefined, null, 7, 'Hello', [], true]) {
      const error = refusal(body)
      assert.equal(error.code, 'input.invalid')
      assert.equal(error.issues?.[0]?.path, '')
    }
  })

  test('a count of tokens needs all but their limit', () => {
    assert.throws(() => readTokenCount({ model: 'm' }), { code: 'input.invalid' })
    assert.throws(() => readTokenCount({ messages: hello.messages }), { code: 'input.invalid' })
  })
})

const unsupported: readonly (readonly [object, string])[] = [
  [{ container: 'c' }, 'container'],
  [{ mcp_servers: [{ type: 'url', url: 'https://example.com', name: 'a' }] }, 'mcp_servers'],
  [{ compaction: { type: 'summarize' } }, 'compaction'],
  [{ inference_geo: 'moon' }, 'inference_geo'],
  [{ tools: [{ type: 'web_search_20250305', name: 'web_search' }] }, 'tools[0].type'],
  [{ tools: [{ type: 'code_execution_20250825', name: 'code_execution' }] }, 'tools[0].type'],
  [{ tools: [{ type: 'toString', name: 'a' }] }, 'tools[0].type'],
  [user(image({ type: 'file', file_id: 'f' })), `${first}.source.type`],
  [user(document({ type: 'content', content: 'a' })), `${first}.source.type`],
  [user({ type: 'search_result', source: 'a', title: 'b', content: [] }), `${first}.type`],
  [user({ type: 'container_upload', file_id: 'f' }), `${first}.type`],
  [assistant({ type: 'server_tool_use', id: 'a', name: 'web_search', input: {} }), 'messages[1].content[0].type'],
  [
    assistant({ type: 'tool_use', id: 'a', name: 'left_click', input: {}, toolset_name: 'computer' }),
    'messages[1].content[0].toolset_name',
  ],
  [result({ content: [{ type: 'tool_reference', tool_name: 'a' }] }), 'messages[2].content[0].content[0].type'],
  [{ messages: [{ role: 'system', content: [{ type: 'tool_removal' }] }] }, `${first}.type`],
]

suite('what cannot be said to every provider is refused as that', () => {
  for (const [change, path] of unsupported) {
    test(path, () => {
      const error = refusal({ ...hello, ...change })
      assert.equal(error.code, 'models.not-supported')
      assert.ok(error.message.startsWith(`${path}: `), error.message)
    })
  }

  test('a conversation that is kept elsewhere', () => {
    const thread = { type: 'continue', previous_message_id: 'msg_01' }
    assert.equal(refusal({ ...hello, thread }).code, 'models.thread-unknown')
    assert.equal(anthropicMessages.read({ ...hello, thread: { type: 'create' } }).model, hello.model)
  })

  test('no name from outside is said back at length', () => {
    const error = refusal({ ...hello, ...user({ type: 'x'.repeat(100_000) }) })
    assert.ok(error.message.length < 200)
  })
})

const odd: readonly unknown[] = [
  null,
  7,
  '',
  'x',
  true,
  [],
  {},
  [null],
  { type: 'text' },
  JSON.parse('{"__proto__":7}'),
]

/** The same value, once for every place in it and every odd thing that can stand there. */
function* spoiled(value: unknown): Generator<unknown> {
  yield* odd
  if (Array.isArray(value)) {
    for (const [at, item] of value.entries()) for (const other of spoiled(item)) yield value.with(at, other)
  } else if (typeof value === 'object' && value !== null) {
    for (const [key, field] of Object.entries(value))
      for (const other of [undefined, ...spoiled(field)]) yield { ...value, [key]: other }
  }
}

test('whatever stands wherever, a request is read or refused', () => {
  let refused = 0
  let read = 0
  for (const { asked } of cases) {
    for (const body of spoiled({ ...hello, ...asked })) {
      try {
        anthropicMessages.read(body)
        read += 1
      } catch (error) {
        if (!(error instanceof HearthError)) throw new Error(JSON.stringify(body), { cause: error })
        assert.match(error.code, /^(input\.invalid|models\.(not-supported|thread-unknown))$/)
        refused += 1
      }
    }
  }
  assert.ok(refused > 1000 && read > 1000, `${refused} refused, ${read} read`)
})
