// shows: A8
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { sentToOpenai } from './upstream.ts'

// What a client asks comes to OpenAI as it was meant, through the gateway's own words and the AI SDK.

const hi = [{ role: 'user', content: [{ type: 'input_text', text: 'Hi' }] }]

/** What is sent beside the model, without anything left out. */
async function arrives(request: object, model?: string): Promise<Record<string, unknown>> {
  const { body, warnings } = await sentToOpenai(request, model)
  assert.deepEqual(warnings, [])
  const { model: _, ...rest } = body
  return rest
}

const inputOf = async (input: unknown, more: object = {}): Promise<unknown> =>
  (await arrives({ input, ...more }))['input']

test('text and instructions', async () => {
  assert.deepEqual(await arrives({}), { input: hi })
  assert.deepEqual(await inputOf('Hi', { instructions: 'Be brief.' }), [
    { role: 'developer', content: 'Be brief.' },
    ...hi,
  ])
  assert.deepEqual(
    await inputOf([
      { role: 'system', content: 'Be brief.' },
      { role: 'user', content: 'Hi' },
    ]),
    [{ role: 'developer', content: 'Be brief.' }, ...hi],
  )
  const old = await arrives({ instructions: 'Be brief.' }, 'gpt-4.1')
  assert.deepEqual(old['input'], [{ role: 'system', content: 'Be brief.' }, ...hi])
})

test('pictures and documents', async () => {
  const content = [
    { type: 'input_text', text: 'See', prompt_cache_breakpoint: { mode: 'explicit' } },
    { type: 'input_image', image_url: 'https://example.com/a.png', detail: 'high' },
    { type: 'input_image', image_url: 'data:image/png;base64,iVBORw0KGgo=', detail: 'low' },
    { type: 'input_image', file_id: 'file_1', detail: 'auto' },
    { type: 'input_file', filename: 'a.pdf', file_data: 'data:application/pdf;base64,JVBERi0=' },
    { type: 'input_file', filename: 'a.csv', file_data: 'data:text/csv;base64,YSxi' },
    { type: 'input_file', file_url: 'https://example.com/a.pdf' },
    { type: 'input_file', file_id: 'file_2' },
  ]
  assert.deepEqual(await inputOf([{ role: 'user', content }]), [{ role: 'user', content }])
})

test('a turn with tools and reasoning', async () => {
  const user = { role: 'user', content: [{ type: 'input_text', text: 'Weather?' }] }
  const reasoning = {
    type: 'reasoning',
    id: 'rs_1',
    summary: [
      { type: 'summary_text', text: 'Two' },
      { type: 'summary_text', text: 'cities' },
    ],
    encrypted_content: 'AAA',
  }
  const silent = { type: 'reasoning', id: 'rs_2', summary: [], encrypted_content: 'BBB' }
  const calls = ['c1', 'c2'].map((call_id) => ({
    type: 'function_call',
    call_id,
    name: 'weather',
    arguments: `{"city":"${call_id}"}`,
  }))
  const results = [
    { type: 'function_call_output', call_id: 'c1', output: '{"rain":true}' },
    {
      type: 'function_call_output',
      call_id: 'c2',
      output: [
        { type: 'input_text', text: 'see' },
        { type: 'input_image', image_url: 'data:image/png;base64,iVBORw0KGgo=', detail: 'low' },
        { type: 'input_file', filename: 'a.txt', file_data: 'data:text/plain;base64,SGk=' },
      ],
    },
  ]
  const said = { role: 'assistant', content: 'I look.', phase: 'commentary' }
  const input = [
    user,
    reasoning,
    {
      type: 'message',
      id: 'msg_1',
      role: 'assistant',
      status: 'completed',
      phase: 'commentary',
      content: [{ type: 'output_text', text: 'I look.', annotations: [] }],
    },
    ...calls.map((call, index) => ({ ...call, id: `fc_${index}`, status: 'completed' })),
    ...results,
    silent,
    { role: 'user', content: 'Hi' },
  ]
  const history = [user, reasoning, said, ...calls, ...results, silent, ...hi]
  const unstored = await arrives({ input, store: false })
  assert.deepEqual(unstored, { input: history, store: false, include: ['reasoning.encrypted_content'] })

  // With storing, the AI SDK would send the ids alone. The content is what counts.
  const { id: _a, summary: _b, ...bare } = reasoning
  const { id: _c, ...bareSilent } = silent
  const joined = { ...bare, summary: [{ type: 'summary_text', text: 'Two\n\ncities' }] }
  const stored = [user, joined, said, ...calls, ...results, bareSilent, ...hi]
  assert.deepEqual(await arrives({ input }), { input: stored })
  assert.deepEqual(await arrives({ input, store: true }), { input: stored, store: true })
})

test('function tools and the choice among them', async () => {
  const tool = {
    type: 'function',
    name: 'weather',
    description: 'The weather',
    parameters: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] },
    strict: true,
  }
  const other = { ...tool, name: 'other', strict: false }
  const tools = [tool, other]
  assert.deepEqual(await arrives({ tools }), { input: hi, tools })
  for (const tool_choice of ['auto', 'none', 'required', { type: 'function', name: 'weather' }])
    assert.deepEqual(await arrives({ tools, tool_choice }), { input: hi, tools, tool_choice })
  assert.deepEqual(await arrives({ tools, parallel_tool_calls: false }), {
    input: hi,
    tools,
    parallel_tool_calls: false,
  })
  const allowed = { type: 'allowed_tools', mode: 'required', tools: [{ type: 'function', name: 'other' }] }
  assert.deepEqual(await arrives({ tools, tool_choice: allowed }), {
    input: hi,
    tools: [other],
    tool_choice: 'required',
  })
})

test('custom tools', async () => {
  const grammar = { type: 'grammar', syntax: 'regex', definition: 'a+' }
  const tools = [
    { type: 'custom', name: 'shell', description: 'Runs it', format: grammar },
    { type: 'custom', name: 'text', format: { type: 'text' } },
  ]
  const input = [
    { type: 'custom_tool_call', call_id: 'c1', name: 'shell', input: 'aaa' },
    // JSON to the eye, and text all the same.
    { type: 'custom_tool_call', call_id: 'c2', name: 'text', input: '{"a": 1}' },
    { type: 'custom_tool_call_output', call_id: 'c1', output: 'done' },
    { type: 'custom_tool_call_output', call_id: 'c2', output: [{ type: 'input_text', text: 'done' }] },
  ]
  assert.deepEqual(await arrives({ input, tools, tool_choice: { type: 'custom', name: 'shell' } }), {
    input,
    tools,
    tool_choice: { type: 'custom', name: 'shell' },
  })
})

test('structured output', async () => {
  const schema = {
    type: 'object',
    properties: { n: { type: 'number' } },
    required: ['n'],
    additionalProperties: false,
  }
  const strict = { type: 'json_schema', name: 'answer', description: 'An answer', schema, strict: true }
  for (const format of [strict, { ...strict, strict: false }, { type: 'json_object' }])
    assert.deepEqual(await arrives({ text: { format } }), { input: hi, text: { format } })
  const { strict: _, ...unsaid } = strict
  assert.deepEqual(await arrives({ text: { format: unsaid, verbosity: 'high' } }), {
    input: hi,
    text: { format: { ...unsaid, strict: false }, verbosity: 'high' },
  })
  assert.deepEqual(await arrives({ text: { format: { type: 'text' } } }), { input: hi })
})

test('how the model thinks and samples', async () => {
  for (const reasoning of [
    { effort: 'high' },
    { effort: 'none' },
    { effort: 'low', summary: 'auto' },
    { summary: 'detailed' },
  ])
    assert.deepEqual(await arrives({ reasoning }), { input: hi, reasoning })
  const sampled = { temperature: 0.5, top_p: 0.9, max_output_tokens: 77 }
  assert.deepEqual(await arrives(sampled, 'gpt-4.1'), { input: hi, ...sampled })
})

test('what OpenAI alone understands', async () => {
  const own = {
    include: ['reasoning.encrypted_content'],
    metadata: { team: 'a' },
    prompt_cache_key: 'key',
    safety_identifier: 'who',
    service_tier: 'flex',
    store: false,
    truncation: 'auto',
    user: 'me',
  }
  assert.deepEqual(await arrives(own), { input: hi, ...own })
  const probable = { include: ['message.output_text.logprobs'], top_logprobs: 3 }
  assert.deepEqual(await arrives(probable, 'gpt-4.1'), { input: hi, ...probable })
})

test('reasoning of another provider does not come to OpenAI', async () => {
  const { body } = await sentToOpenai({
    input: [
      { type: 'reasoning', id: 'rs_1', summary: [{ type: 'summary_text', text: 'Hm' }] },
      { role: 'user', content: 'Hi' },
    ],
    store: false,
  })
  assert.deepEqual(body['input'], hi)
})
