// shows: A6, A8
import assert from 'node:assert/strict'
import { beforeEach, test } from 'node:test'
import { failureOf, useModelGround } from './model-ground.ts'
import { said } from './upstream.ts'

const ground = useModelGround()

const set = async (input: object) => {
  const { status, text } = await ground.hearth.call('templates.set', input)
  assert.equal(status, 200, text)
}
const sent = (at = -1) => JSON.parse(ground.upstream.asked.at(at)?.body ?? '{}')

const schema = {
  type: 'object',
  properties: { class: { type: 'string' } },
  required: ['class'],
  additionalProperties: false,
}

const sorting = {
  name: 'sort',
  messages: [
    { role: 'system', content: 'Sort {{ what }}.' },
    { role: 'user', content: 'To sort: {{ input }}' },
  ],
  variables: [
    { name: 'what', type: 'text', default: 'mail' },
    { name: 'most', type: 'number', default: 3 },
    { name: 'input', type: 'text' },
  ],
  examples: [{ input: 'x', output: 'y' }],
  model: 'fake/gpt-4o-mini',
  options: { temperature: 0.5, topP: 0.9, maxTokens: 77, effort: 'low', schema },
}

let preparing: Promise<void> | undefined
beforeEach(() => (preparing ??= prepare()))

async function prepare(): Promise<void> {
  await set(sorting)
  await set({
    name: 'pirate',
    messages: [{ role: 'system', content: 'Speak as a pirate of {{ sea }}.' }],
    model: 'fake/gpt-4o-mini',
  })
  await set({
    name: 'pirate',
    messages: [{ role: 'system', content: 'Speak as a pirate.' }],
    model: 'fake/gpt-4o-mini',
  })
  const claude = { name: 'claude', kind: 'anthropic', baseUrl: ground.upstream.url.replace('/v1', ''), key: 'sk-ant' }
  assert.equal((await ground.hearth.call('providers.add', claude)).status, 200)
}

test('in chat completions: a conversation with tools goes on around the question, pictures stay with it, and what the client says counts', async () => {
  const picture = { type: 'image_url' as const, image_url: { url: 'data:image/png;base64,aGk=' } }
  await ground.openai().chat.completions.create({
    model: 'template:sort',
    temperature: 1,
    max_tokens: 5,
    messages: [
      { role: 'user', content: 'Earlier' },
      { role: 'assistant', content: 'Yes' },
      { role: 'user', content: [{ type: 'text', text: 'This' }, picture] },
      { role: 'assistant', tool_calls: [{ id: 't1', type: 'function', function: { name: 'look', arguments: '{}' } }] },
      { role: 'tool', tool_call_id: 't1', content: 'seen' },
    ],
    tools: [{ type: 'function', function: { name: 'look', parameters: { type: 'object', properties: {} } } }],
  })
  const { messages, tools, ...rest } = sent()
  assert.deepEqual(messages, [
    { role: 'system', content: 'Sort mail.' },
    { role: 'user', content: 'x' },
    { role: 'assistant', content: 'y' },
    { role: 'user', content: 'Earlier' },
    { role: 'assistant', content: 'Yes' },
    { role: 'user', content: [{ type: 'text', text: 'To sort: This' }, picture] },
    { role: 'assistant', tool_calls: [{ id: 't1', type: 'function', function: { name: 'look', arguments: '{}' } }] },
    { role: 'tool', tool_call_id: 't1', content: 'seen' },
  ])
  assert.equal(tools.length, 1)
  assert.deepEqual(rest, {
    model: 'gpt-4o-mini',
    temperature: 1,
    max_tokens: 5,
    top_p: 0.9,
    reasoning_effort: 'low',
    response_format: { type: 'json_schema', json_schema: { name: 'answer', schema } },
  })
})

test('a template without a question of its own stands before what the client says; variables come beside it, of their types', async () => {
  await ground
    .openai()
    .chat.completions.create({ model: 'template:pirate', messages: [{ role: 'user', content: 'Hi' }] })
  assert.deepEqual(sent().messages, [
    { role: 'system', content: 'Speak as a pirate.' },
    { role: 'user', content: 'Hi' },
  ])
  const body = {
    model: 'template:pirate@1',
    messages: [{ role: 'user', content: 'Hi' }],
    hearth: { variables: { sea: 'Azov' } },
    metadata: { sea: 'not this one', ticket: '7' },
  }
  const answer = await ground.hearth.request('POST', '/v1/chat/completions', body)
  assert.deepEqual([answer.status, answer.headers.get('x-hearth-template')], [200, 'pirate@1'])
  assert.equal(sent().messages[0].content, 'Speak as a pirate of Azov.')
  // What is no variable is the client's own metadata, and goes on.
  assert.deepEqual([sent().metadata, sent().hearth], [{ ticket: '7' }, undefined])
  const wrong = await failureOf(
    ground.openai().chat.completions.create({
      model: 'template:sort',
      messages: [{ role: 'user', content: 'Hi' }],
      metadata: { most: 'many' },
    }),
  )
  assert.deepEqual([wrong.status, wrong.param], [400, 'variables.most'])
  const none = await failureOf(ground.openai().chat.completions.create({ model: 'template:sort', messages: [] }))
  assert.deepEqual([none.status, none.param], [400, 'variables.input'])
})

test('where its last message is no person’s, the question stays, and may be known to it all the same', async () => {
  await set({
    name: 'knows',
    messages: [{ role: 'system', content: 'They ask: {{ input }}' }],
    model: 'fake/gpt-4o-mini',
  })
  await ground
    .openai()
    .chat.completions.create({ model: 'template:knows', messages: [{ role: 'user', content: 'Hi' }] })
  assert.deepEqual(sent().messages, [
    { role: 'system', content: 'They ask: Hi' },
    { role: 'user', content: 'Hi' },
  ])
  const counted = await ground.anthropic().messages.countTokens({
    model: 'template:knows',
    messages: [{ role: 'user', content: 'Hi' }],
  })
  assert.ok(counted.input_tokens > 8)
})

test('in responses, and streamed', async () => {
  // One that has no responses of its own.
  const plain = { name: 'plain', kind: 'vllm', baseUrl: ground.upstream.url, models: ['m'] }
  assert.equal((await ground.hearth.call('providers.add', plain)).status, 200)
  await set({ ...sorting, name: 'plain-sort', model: 'plain/m' })
  const stream = ground
    .openai()
    .responses.stream({ model: 'template:plain-sort', input: 'A letter', instructions: 'Be kind.' })
  assert.equal((await stream.finalResponse()).output_text, said)
  const { messages, temperature, top_p: topP } = sent()
  assert.deepEqual(
    messages.map(({ role, content }: Record<string, unknown>) => [role, content]),
    [
      ['system', 'Be kind.'],
      ['system', 'Sort mail.'],
      ['user', 'x'],
      ['assistant', 'y'],
      ['user', 'To sort: A letter'],
    ],
  )
  assert.deepEqual([temperature, topP], [0.5, 0.9])
})

test('in Anthropic’s messages, for a model of Anthropic’s and for one of OpenAI’s', async () => {
  await set({
    name: 'claude-sort',
    messages: [
      { role: 'system', content: 'Sort.' },
      { role: 'user', content: 'To sort: {{ input }}' },
    ],
    model: 'claude/claude-fable-5',
  })
  const conversation = [
    { role: 'user' as const, content: 'A letter' },
    { role: 'assistant' as const, content: [{ type: 'tool_use' as const, id: 't1', name: 'look', input: {} }] },
    { role: 'user' as const, content: [{ type: 'tool_result' as const, tool_use_id: 't1', content: 'seen' }] },
  ]
  const asked = { max_tokens: 50, system: 'Be kind.', messages: conversation, metadata: { user_id: 'u1' } }
  await ground.anthropic().messages.create({ model: 'template:claude-sort', ...asked })
  const { system, messages, max_tokens: most, metadata } = sent()
  assert.deepEqual([system, most, metadata], ['Sort.\n\nBe kind.', 50, { user_id: 'u1' }])
  assert.deepEqual(messages, [{ role: 'user', content: 'To sort: A letter' }, ...conversation.slice(1)])
  await ground
    .anthropic()
    .messages.create({ model: 'template:sort', max_tokens: 50, messages: conversation.slice(0, 1) })
  assert.deepEqual(
    [sent().messages[0], sent().messages.at(-1)],
    [
      { role: 'system', content: 'Sort mail.' },
      { role: 'user', content: 'To sort: A letter' },
    ],
  )
  const unknown = await failureOf(ground.anthropic().messages.create({ model: 'template:sort@9', ...asked }))
  assert.equal(unknown.status, 404)
})

test('a template lends nobody a model that they may not use, nor money', async () => {
  const made = await ground.hearth.call('keys.create', { name: 'other', models: ['claude/*'], scopes: ['models.use'] })
  const refused = await failureOf(
    ground
      .openai(made.json.key)
      .chat.completions.create({ model: 'template:pirate', messages: [{ role: 'user', content: 'x' }] }),
  )
  assert.deepEqual([refused.status, refused.code], [403, 'models.not-allowed'])
  const poor = (await ground.hearth.call('keys.create', { name: 'poor', budget: { usd: 0.0000001, per: 'day' } })).json
  const asPoor = { authorization: `Bearer ${poor.key}` }
  const spent = await failureOf(
    ground
      .openai(poor.key)
      .chat.completions.create({ model: 'template:pirate', messages: [{ role: 'user', content: 'x' }] }),
  )
  assert.equal(spent.code, 'insufficient_quota')
  const tried = await ground.hearth.call('templates.test', { name: 'sort', variables: { input: 'x' } }, asPoor)
  assert.deepEqual([tried.status, tried.json.failed, tried.json.cases[0].error], [200, 1, 'budgets.exhausted'])
  assert.equal(ground.upstream.asked.length, 0)
  const bound = await ground.hearth.call('keys.create', { name: 'bound', scopes: ['models.use'], home: 'ann' })
  // It may ask with one, and cannot read it.
  const answered = await ground
    .openai(bound.json.key)
    .chat.completions.create({ model: 'template:pirate', messages: [{ role: 'user', content: 'x' }] })
  assert.equal(answered.choices[0]?.message.content, said)
  const read = await ground.hearth.call(
    'templates.get',
    { name: 'sort' },
    { authorization: `Bearer ${bound.json.key}` },
  )
  assert.equal(read.status, 403)
})

test('templates stand among the models that clients list, and embeddings have none', async () => {
  const listed = (await ground.openai().models.list()).data.map(({ id }) => id)
  assert.ok(listed.includes('template:sort') && listed.includes('fake/gpt-4o-mini'))
  const refused = await failureOf(ground.openai().embeddings.create({ model: 'template:sort', input: 'x' }))
  assert.deepEqual([refused.status, refused.code], [422, 'models.not-supported'])
})

test('a test run goes where calls go: another provider where one fails, and says so where none answers', async () => {
  ground.upstream.instead = (_asked, response) => {
    response.writeHead(400, { 'content-type': 'application/json' }).end('{"error":{"message":"not like this"}}')
    return true
  }
  const { json: answer } = await ground.hearth.call('templates.test', { name: 'sort', variables: { input: 'x' } })
  assert.deepEqual(
    [answer.passed, answer.failed, answer.cases[0].ok, answer.cases[0].error, answer.cases[0].faults],
    [0, 1, false, 'refused', ['not like this']],
  )
  assert.equal((await ground.recordOf(answer.cases[0].call))['outcome'], 'refused')
  const demo = await ground.hearth.call('templates.test', {
    name: 'sort',
    model: 'demo',
    variables: { input: '6 * 7' },
  })
  assert.deepEqual(
    [demo.json.passed, demo.json.cases[0].provider, JSON.parse(demo.json.cases[0].answer)],
    [1, 'demo', { class: '' }],
  )
})
