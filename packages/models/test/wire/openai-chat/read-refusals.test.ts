// shows: A8
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { openaiChat } from '../../../src/wire/openai-chat/protocol.ts'
import { refusalOf } from './asking.ts'

const model = 'm'
const messages = [{ role: 'user', content: 'x' }]
const base = { model, messages }
const tools = [{ type: 'function', function: { name: 'f' } }]
const call = { id: 'a', type: 'function', function: { name: 'f', arguments: '{}' } }
const says = (...more: readonly unknown[]) => ({ model, messages: [...messages, ...more] })
const part = (one: unknown) => ({ model, messages: [{ role: 'user', content: [{ type: 'text', text: 'x' }, one] }] })
const format = (one: unknown) => ({ ...base, response_format: one })

const invalid: readonly (readonly [body: unknown, issue: string])[] = [
  [undefined, ': must be an object'],
  [null, ': must be an object'],
  ['text', ': must be an object'],
  [[], ': must be an object'],
  [{ messages }, 'model: is missing'],
  [{ model: 7, messages }, 'model: must be text'],
  [{ model: '', messages }, 'model: must not be empty'],
  [{ model }, 'messages: is missing'],
  [{ model, messages: {} }, 'messages: must be a list'],
  [{ model, messages: [] }, 'messages: must not be empty'],
  [says('x'), 'messages[1]: must be an object'],
  [says({ content: 'x' }), 'messages[1].role: is missing'],
  [
    says({ role: 'root', content: 'x' }),
    'messages[1].role: must be one of system, developer, user, assistant, tool, function',
  ],
  [says({ role: 'user' }), 'messages[1].content: is missing'],
  [says({ role: 'user', content: null }), 'messages[1].content: is missing'],
  [says({ role: 'user', content: 7 }), 'messages[1].content: must be text or a list of parts'],
  [says({ role: 'user', content: {} }), 'messages[1].content: must be text or a list of parts'],
  [says({ role: 'user', content: [] }), 'messages[1].content: must not be empty'],
  [says({ role: 'user', content: 'x', name: 1 }), 'messages[1].name: must be text'],
  [says({ role: 'system', content: [] }), 'messages[1].content: must not be empty'],
  [
    says({ role: 'system', content: [{ type: 'image_url' }] }),
    'messages[1].content[0].type: must be one of text, refusal',
  ],
  [says({ role: 'assistant', content: {} }), 'messages[1].content: must be text or a list of parts'],
  [says({ role: 'assistant', tool_calls: {} }), 'messages[1].tool_calls: must be a list'],
  [says({ role: 'assistant', tool_calls: [1] }), 'messages[1].tool_calls[0]: must be an object'],
  [says({ role: 'assistant', tool_calls: [{ ...call, id: '' }] }), 'messages[1].tool_calls[0].id: must not be empty'],
  [says({ role: 'assistant', tool_calls: [call, { id: 'b' }] }), 'messages[1].tool_calls[1].function: is missing'],
  [
    says({ role: 'assistant', tool_calls: [{ id: 'b', function: { name: 'f' } }] }),
    'messages[1].tool_calls[0].function.arguments: is missing',
  ],
  [
    says({ role: 'assistant', tool_calls: [{ id: 'b', function: { name: 'f', arguments: {} } }] }),
    'messages[1].tool_calls[0].function.arguments: must be text',
  ],
  [says({ role: 'assistant', function_call: { name: 'f' } }), 'messages[1].function_call.arguments: is missing'],
  [says({ role: 'tool', content: 'x' }), 'messages[1].tool_call_id: is missing'],
  [
    says({ role: 'tool', content: 'x', tool_call_id: 'a' }),
    'messages[1].tool_call_id: is the id of no tool call before it',
  ],
  [
    says({ role: 'assistant', tool_calls: [call] }, { role: 'tool', tool_call_id: 'a' }),
    'messages[2].content: is missing',
  ],
  [says({ role: 'function', name: 'f', content: 'x' }), 'messages[1].name: is the name of no function call before it'],
  [part(7), 'messages[0].content[1]: must be an object'],
  [part({ text: 'x' }), 'messages[0].content[1].type: is missing'],
  [part({ type: 'video' }), 'messages[0].content[1].type: must be one of text, image_url, input_audio, file'],
  [part({ type: 'text' }), 'messages[0].content[1].text: is missing'],
  [part({ type: 'text', text: 7 }), 'messages[0].content[1].text: must be text'],
  [part({ type: 'text', text: 'x', cache_control: 1 }), 'messages[0].content[1].cache_control: must be an object'],
  [part({ type: 'image_url' }), 'messages[0].content[1].image_url: is missing'],
  [part({ type: 'image_url', image_url: {} }), 'messages[0].content[1].image_url.url: is missing'],
  ...['', 'a.png', 'file:///etc/passwd', 'ftp://a/b', 'javascript:1', 'https://'].map(
    (url) =>
      [
        part({ type: 'image_url', image_url: { url } }),
        'messages[0].content[1].image_url.url: must be an address or a data: URL',
      ] as const,
  ),
  ...[
    'data:',
    'data:,',
    'data:image/png;base64',
    'data:image/png;base64,',
    'data:x,y',
    'data:a/b,%zz',
    `data:${';'.repeat(9_000_000)},a`,
  ].map(
    (url) =>
      [
        part({ type: 'image_url', image_url: { url } }),
        'messages[0].content[1].image_url.url: is no data: URL',
      ] as const,
  ),
  [part({ type: 'input_audio', input_audio: { data: 'x' } }), 'messages[0].content[1].input_audio.format: is missing'],
  [
    part({ type: 'input_audio', input_audio: { data: 'x', format: 'a/b' } }),
    'messages[0].content[1].input_audio.format: is no format of sound',
  ],
  [
    part({ type: 'input_audio', input_audio: { format: 'wav' } }),
    'messages[0].content[1].input_audio.data: is missing',
  ],
  [part({ type: 'file', file: {} }), 'messages[0].content[1].file: needs file_data or file_id'],
  [part({ type: 'file', file: { file_data: 'data:x' } }), 'messages[0].content[1].file.file_data: is no data: URL'],
  [{ ...base, temperature: '0.5' }, 'temperature: must be a number'],
  [JSON.parse('{"model":"m","messages":[{"role":"user","content":"x"}],"top_p":1e999}'), 'top_p: must be a number'],
  [{ ...base, presence_penalty: [] }, 'presence_penalty: must be a number'],
  [{ ...base, frequency_penalty: true }, 'frequency_penalty: must be a number'],
  [{ ...base, seed: 1.5 }, 'seed: must be a whole number'],
  [{ ...base, max_tokens: 0 }, 'max_tokens: must be a whole number from 1 on'],
  [{ ...base, max_tokens: '5' }, 'max_tokens: must be a whole number from 1 on'],
  [{ ...base, max_tokens: -1, max_completion_tokens: 5 }, 'max_tokens: must be a whole number from 1 on'],
  [{ ...base, max_completion_tokens: 1.5 }, 'max_completion_tokens: must be a whole number from 1 on'],
  [{ ...base, n: 0 }, 'n: must be a whole number from 1 on'],
  [{ ...base, stop: 1 }, 'stop: must be a list'],
  [{ ...base, stop: ['a', 1] }, 'stop[1]: must be text'],
  [{ ...base, stream: 'yes' }, 'stream: must be true or false'],
  [{ ...base, stream_options: true }, 'stream_options: must be an object'],
  [{ ...base, stream_options: { include_usage: 1 } }, 'stream_options.include_usage: must be true or false'],
  [
    { ...base, reasoning_effort: 'huge' },
    'reasoning_effort: must be one of none, minimal, low, medium, high, xhigh, max',
  ],
  [format('json'), 'response_format: must be an object'],
  [format({ type: 'xml' }), 'response_format.type: must be one of text, json_object, json_schema'],
  [format({ type: 'json_schema' }), 'response_format.json_schema: is missing'],
  [format({ type: 'json_schema', json_schema: { schema: {} } }), 'response_format.json_schema.name: is missing'],
  [
    format({ type: 'json_schema', json_schema: { name: 'a', schema: [] } }),
    'response_format.json_schema.schema: must be an object',
  ],
  [
    format({ type: 'json_schema', json_schema: { name: 'a', strict: 1 } }),
    'response_format.json_schema.strict: must be true or false',
  ],
  [{ ...base, tools: {} }, 'tools: must be a list'],
  [{ ...base, tools: [1] }, 'tools[0]: must be an object'],
  [{ ...base, tools: [{ function: { name: 'f' } }] }, 'tools[0].type: is missing'],
  [{ ...base, tools: [...tools, { type: 'function' }] }, 'tools[1].function: is missing'],
  [{ ...base, tools: [{ type: 'function', function: {} }] }, 'tools[0].function.name: is missing'],
  [
    { ...base, tools: [{ type: 'function', function: { name: 'f', parameters: [] } }] },
    'tools[0].function.parameters: must be an object',
  ],
  [{ ...base, tools, functions: [{ name: 'f' }] }, 'functions: cannot be together with tools'],
  [{ ...base, functions: [{ description: 'x' }] }, 'functions[0].name: is missing'],
  [{ ...base, functions: [{ name: 'f' }], function_call: 'required' }, 'function_call: must be one of none, auto'],
  [
    { ...base, functions: [{ name: 'f' }], function_call: { name: 'g' } },
    'function_call.name: is none of the tools offered',
  ],
  [{ ...base, tools, tool_choice: 'any' }, 'tool_choice: must be one of none, auto, required'],
  [{ ...base, tools, tool_choice: 7 }, 'tool_choice: must be an object'],
  [
    { ...base, tools, tool_choice: { type: 'tool' } },
    'tool_choice.type: must be one of function, allowed_tools, custom',
  ],
  [{ ...base, tools, tool_choice: { type: 'function' } }, 'tool_choice.function: is missing'],
  [
    { ...base, tools, tool_choice: { type: 'function', function: { name: 'g' } } },
    'tool_choice.function.name: is none of the tools offered',
  ],
  [
    { ...base, tools, tool_choice: { type: 'allowed_tools', allowed_tools: { mode: 'auto', tools: [] } } },
    'tool_choice.allowed_tools.tools: must not be empty',
  ],
  [
    {
      ...base,
      tools,
      tool_choice: { type: 'allowed_tools', allowed_tools: { mode: 'auto', tools: [{ type: 'function' }] } },
    },
    'tool_choice.allowed_tools.tools[0].function: is missing',
  ],
  [{ ...base, tool_choice: 'required' }, 'tool_choice: asks for a tool where none is offered'],
  [{ ...base, function_call: { name: 'f' } }, 'function_call: asks for a tool where none is offered'],
  [{ ...base, logprobs: 5 }, 'logprobs: must be true or false'],
  [{ ...base, logprobs: true, top_logprobs: 21 }, 'top_logprobs: must be 20 at most'],
  [{ ...base, top_logprobs: 2 }, 'top_logprobs: needs logprobs to be true'],
  [{ ...base, logit_bias: [] }, 'logit_bias: must be an object'],
  [{ ...base, logit_bias: { word: 1 } }, 'logit_bias.word: must be the number of a token'],
  [{ ...base, logit_bias: { 5: '1' } }, 'logit_bias.5: must be a number'],
  [{ ...base, metadata: { a: 1 } }, 'metadata.a: must be text'],
  [{ ...base, metadata: { a: 'x'.repeat(513) } }, 'metadata.a: must be 512 characters at most'],
  [
    { ...base, metadata: { ['k'.repeat(65)]: '' } },
    `metadata.${'k'.repeat(64)}: must have a name of 64 characters at most`,
  ],
  [{ ...base, user: 5 }, 'user: must be text'],
  [{ ...base, store: 'yes' }, 'store: must be true or false'],
  [{ ...base, service_tier: 1 }, 'service_tier: must be text'],
  [{ ...base, verbosity: 'loud' }, 'verbosity: must be one of low, medium, high'],
  [{ ...base, prediction: { type: 'x' } }, 'prediction.type: must be one of content'],
  [{ ...base, prompt_cache_key: 1 }, 'prompt_cache_key: must be text'],
  [{ ...base, prompt_cache_retention: '1h' }, 'prompt_cache_retention: must be one of in_memory, 24h'],
  [{ ...base, prompt_cache_options: { mode: 'x' } }, 'prompt_cache_options.mode: must be one of implicit, explicit'],
  [{ ...base, safety_identifier: 1 }, 'safety_identifier: must be text'],
  [{ ...base, parallel_tool_calls: 'no' }, 'parallel_tool_calls: must be true or false'],
]

const unsupported: readonly (readonly [body: unknown, path: string])[] = [
  [{ ...base, n: 2 }, 'n'],
  [{ ...base, modalities: ['text', 'audio'] }, 'modalities'],
  [{ ...base, web_search_options: {} }, 'web_search_options'],
  [{ ...base, moderation: { model: 'm' } }, 'moderation'],
  [{ ...base, tools: [{ type: 'custom', custom: { name: 'c' } }] }, 'tools[0].type'],
  [{ ...base, tools, tool_choice: { type: 'custom', custom: { name: 'c' } } }, 'tool_choice.type'],
  [says({ role: 'assistant', audio: { id: 'a' } }), 'messages[1].audio'],
  [
    says({ role: 'assistant', tool_calls: [{ id: 'a', type: 'custom', custom: { name: 'c', input: '' } }] }),
    'messages[1].tool_calls[0].type',
  ],
]

describe('a request that is not one', () => {
  for (const [body, issue] of invalid) {
    it(`is refused: ${issue}`, () => assert.deepEqual(refusalOf(body), { code: 'input.invalid', issues: [issue] }))
  }
})

describe('a request for what is not done here', () => {
  for (const [body, path] of unsupported) {
    it(`is refused: ${path}`, () => {
      const { code, issues } = refusalOf(body)
      assert.equal(code, 'models.not-supported')
      assert.deepEqual(
        issues.map((issue) => issue.slice(0, issue.indexOf(': '))),
        [path],
      )
    })
  }
})

describe('a hostile request', () => {
  it('reaches no prototype', () => {
    const { stream, call: read } = openaiChat.read(
      JSON.parse(
        '{"model":"m","__proto__":{"stream":true},"metadata":{"__proto__":"a"},"messages":[{"role":"assistant","tool_calls":[{"id":"__proto__","function":{"name":"f","arguments":"{\\"__proto__\\":{\\"x\\":1}}"}}]},{"role":"tool","tool_call_id":"__proto__","content":"1"}]}',
      ),
    )
    assert.equal(stream, false)
    assert.equal(read.prompt.length, 2)
    assert.equal(({} as { x?: number }).x, undefined)
  })

  it('says little of itself in its refusal', () => {
    const { issues } = refusalOf({ ...base, logit_bias: { ['x'.repeat(1_000_000)]: 1 } })
    assert.ok(issues.join('').length < 200)
  })
})
