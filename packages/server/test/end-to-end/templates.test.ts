// shows: A6
import assert from 'node:assert/strict'
import { beforeEach, test } from 'node:test'
import { failureOf, useModelGround } from './model-ground.ts'
import { json, said, usage } from './upstream.ts'

const ground = useModelGround()

const call = async (operation: string, input: object) => {
  const { status, json: answer } = await ground.hearth.call(operation, input)
  return { status, ...answer }
}
const sent = (at = -1) => JSON.parse(ground.upstream.asked.at(at)?.body ?? '{}')

const sorting = {
  name: 'sort-mail',
  messages: [
    { role: 'system', content: 'One word of: {{ classes | join(", ") }}.{% if strict %} Nothing else.{% endif %}' },
    { role: 'user', content: 'Mail: {{ input }}' },
  ],
  variables: [
    { name: 'classes', type: 'list', default: ['bill', 'private'] },
    { name: 'strict', type: 'boolean', default: false },
    { name: 'input', type: 'text' },
  ],
  examples: [
    { input: 'Your invoice of May is attached.', output: 'bill' },
    { input: 'Dinner on Friday?', output: 'private' },
    { input: 'The second reminder of your unpaid invoice', output: 'bill' },
  ],
  selection: { by: 'likeness', most: 2, input: 'input' },
  model: 'fake/gpt-4o-mini',
  options: { temperature: 0, maxTokens: 20 },
}

beforeEach(async () => {
  assert.equal((await call('templates.set', sorting)).status, 200)
})

test('a template has versions, a difference between them, and a way back', async () => {
  const first = await call('templates.set', { name: 'greeting', body: 'Greet {{ name }}.\nBe brief.', note: 'begun' })
  assert.deepEqual(first, { status: 200, name: 'greeting', version: 1, changed: true, variables: ['name'] })
  const again = await call('templates.set', { name: 'greeting', body: 'Greet {{ name }}.\nBe brief.' })
  assert.deepEqual([again.version, again.changed], [1, false])
  const second = await call('templates.set', { name: 'greeting', body: 'Greet {{ name }}.\nBe warm.', model: 'demo' })
  assert.deepEqual([second.version, second.changed], [2, true])
  const diff = await call('templates.diff', { name: 'greeting' })
  assert.deepEqual([diff.from, diff.to, diff.added, diff.removed], [1, 2, 2, 2])
  assert.equal(
    diff.text,
    [
      '- model: as the policy chooses',
      '+ model: demo',
      '  variable name: any, required',
      '  --- user',
      '  Greet {{ name }}.',
      '- Be brief.',
      '+ Be warm.',
    ].join('\n'),
  )
  const back = await call('templates.rollback', { name: 'greeting', version: 1, note: 'it was too warm' })
  assert.equal(back.version, 3)
  const { items } = await call('templates.versions', { name: 'greeting' })
  assert.deepEqual(
    items.map(({ version, from, note, by }: Record<string, unknown>) => [version, from, note, by]),
    [
      [3, 1, 'it was too warm', 'owner'],
      [2, undefined, undefined, 'owner'],
      [1, undefined, 'begun', 'owner'],
    ],
  )
  const page = await call('templates.versions', { name: 'greeting', limit: 2 })
  const rest = await call('templates.versions', { name: 'greeting', limit: 2, after: page.next })
  assert.deepEqual([page.items.length, rest.items.length, rest.items[0].version, rest.next], [2, 1, 1, null])
  assert.equal((await call('templates.get', { name: 'greeting' })).messages[0].content, 'Greet {{ name }}.\nBe brief.')
  assert.equal((await call('templates.get', { name: 'greeting', version: 2 })).model, 'demo')
  const names = (await call('templates.list', {})).items.map(({ name }: { readonly name: string }) => name)
  assert.deepEqual(names, ['greeting', 'sort-mail'])
  assert.equal((await call('templates.remove', { name: 'greeting' })).status, 200)
  assert.equal((await call('templates.get', { name: 'greeting' })).code, 'templates.unknown')
  assert.equal((await call('templates.get', { name: 'greeting', version: 1 })).code, 'templates.unknown')
  assert.equal((await call('templates.rollback', { name: 'greeting', version: 1 })).code, 'templates.unknown')
  // A record of a call that names a version names that one for good.
  assert.equal((await call('templates.set', { name: 'greeting', body: 'Hi.' })).version, 4)
  assert.equal((await call('templates.get', { name: 'greeting', version: 3 })).code, 'templates.version-unknown')
  assert.equal((await call('templates.remove', { name: 'greeting' })).status, 200)
})

test('what comes out is told without a model: variables, conditions, loops, and the examples that are most alike', async () => {
  const answer = await call('templates.render', {
    name: 'sort-mail',
    variables: { strict: true, input: 'Here is the invoice.' },
  })
  assert.deepEqual(answer.messages, [
    { role: 'system', content: 'One word of: bill, private. Nothing else.' },
    { role: 'user', content: 'The second reminder of your unpaid invoice', example: true },
    { role: 'assistant', content: 'bill', example: true },
    { role: 'user', content: 'Your invoice of May is attached.', example: true },
    { role: 'assistant', content: 'bill', example: true },
    { role: 'user', content: 'Mail: Here is the invoice.' },
  ])
  assert.deepEqual(
    answer.examples.map(({ index }: { readonly index: number }) => index),
    [2, 0],
  )
  assert.ok(answer.tokens > 40 && answer.tokens < 200, String(answer.tokens))
  assert.equal(ground.upstream.asked.length, 0)
})

test('a client names a template in the place of a model; its own words are a variable, and the record says which version', async () => {
  const { data, response } = await ground
    .openai()
    .chat.completions.create({
      model: 'template:sort-mail',
      messages: [{ role: 'user', content: 'Dinner?' }],
      metadata: { strict: 'true' },
    })
    .withResponse()
  assert.equal(data.choices[0]?.message.content, said)
  const { messages, model, temperature, max_completion_tokens: most, metadata } = sent()
  assert.deepEqual([model, temperature, most, metadata], ['gpt-4o-mini', 0, 20, undefined])
  assert.deepEqual(
    [messages[0], messages.at(-1)],
    [
      { role: 'system', content: 'One word of: bill, private. Nothing else.' },
      { role: 'user', content: 'Mail: Dinner?' },
    ],
  )
  const record = await ground.recordOf(response.headers.get('x-hearth-call'))
  assert.deepEqual(
    [record['template'], record['asked'], record['outcome'], record['costUsd']],
    ['sort-mail@1', 'fake/gpt-4o-mini', 'done', '0.00000405'],
  )
  assert.equal(response.headers.get('x-hearth-template'), 'sort-mail@1')
})

test('a test run asks a model for each case, and says which did what was expected', async () => {
  ground.upstream.instead = (asked, response) => {
    const { messages } = JSON.parse(asked.body)
    const content = messages.at(-1).content.includes('invoice') ? 'bill' : '{"class": 7}'
    const choices = [{ index: 0, message: { role: 'assistant', content }, finish_reason: 'stop' }]
    json(response, { id: 'c', object: 'chat.completion', created: 1, model: 'gpt-4o-mini', choices, usage })
    return true
  }
  const schema = { type: 'object', properties: { class: { type: 'string' } }, required: ['class'] }
  const answer = await call('templates.test', {
    name: 'sort-mail',
    cases: [
      { name: 'bill', variables: { input: 'an invoice' }, expect: [{ type: 'equals', text: 'bill' }] },
      { name: 'other', variables: { input: 'hello' }, expect: [{ type: 'contains', text: 'class' }] },
      { name: 'pattern', variables: { input: 'invoice' }, expect: [{ type: 'matches', pattern: '^private' }] },
      { name: 'shape', variables: { input: 'hello' }, expect: [{ type: 'schema', schema }] },
    ],
  })
  assert.deepEqual([answer.status, answer.version, answer.passed, answer.failed], [200, 1, 2, 2])
  assert.deepEqual(
    answer.cases.map(({ ok, answer: text, faults }: Record<string, unknown>) => [ok, text, faults]),
    [
      [true, 'bill', []],
      [true, '{"class": 7}', []],
      [false, 'bill', ['It does not match "^private".']],
      [
        false,
        '{"class": 7}',
        ['It does not keep to the schema: class: Invalid input: expected string, received number'],
      ],
    ],
  )
  assert.equal(answer.costUsd, '0.0000162')
  const [first] = answer.cases
  assert.deepEqual([first.provider, first.inputTokens, first.outputTokens], ['fake', 11, 4])
  const record = await ground.recordOf(first.call)
  assert.deepEqual([record['door'], record['template'], record['caller']], ['templates.test', 'sort-mail@1', 'owner'])
})

test('what cannot be is refused, in the words of whoever asked', async () => {
  const missing = await call('templates.render', { name: 'sort-mail', variables: { stric: true } })
  assert.deepEqual(
    [missing.code, missing.issues.map(({ path, message }: Record<string, string>) => `${path} ${message}`)],
    ['input.invalid', ['variables.input is missing', 'variables.stric is no variable of this template']],
  )
  const broken = await call('templates.set', { name: 'broken', body: '{% for x in y %}' })
  assert.deepEqual([broken.status, broken.code, /message 1: /.test(broken.detail)], [422, 'templates.invalid', true])
  const unknown = await failureOf(
    ground.openai().chat.completions.create({ model: 'template:none', messages: [{ role: 'user', content: 'x' }] }),
  )
  assert.deepEqual([unknown.status, unknown.code], [404, 'templates.unknown'])
  const hostile = await call('templates.set', {
    name: 'hostile',
    body: '{% for a in range(20000) %}{% for b in range(20000) %}x{% endfor %}{% endfor %}',
  })
  assert.equal(hostile.status, 200)
  assert.equal((await call('templates.render', { name: 'hostile' })).code, 'templates.too-much')
})
