// shows: A15, A4, A2
import assert from 'node:assert/strict'
import { beforeEach, test } from 'node:test'
import { hearthCommand } from './hearth.ts'
import { failureOf, hello, useModelGround } from './model-ground.ts'
import { json, said } from './upstream.ts'

const ground = useModelGround()

const call = async (operation: string, input: object) => {
  const { status, json: answer } = await ground.hearth.call(operation, input)
  return { status, ...answer }
}
const declare = async (input: object) => {
  const answer = await call('models.declare', input)
  assert.equal(answer.status, 200, JSON.stringify(answer))
  return answer
}
const sent = () => JSON.parse(ground.upstream.asked.at(-1)?.body ?? '{}')

beforeEach(async () => {
  const local = { name: 'local', kind: 'vllm', baseUrl: ground.upstream.url }
  assert.equal((await call('providers.add', local)).status, 200)
})

test('a price that is said makes a budget able to hold, and a call costs it', async () => {
  const { key } = await call('keys.create', { name: 'a team', budget: { usd: 0.01, per: 'day' } })
  const ask = () => ground.openai(key).chat.completions.create({ model: 'local/qwen', messages: hello })
  assert.equal((await failureOf(ask())).code, 'models.price-unknown')
  await declare({
    provider: 'local',
    model: 'qwen',
    facts: { context: 8000, prices: { input: 1_000_000, output: 2_000_000, cacheRead: 100_000 }, dataPolicy: 'own' },
    note: 'by our electricity',
  })
  const { data, response } = await ask().withResponse()
  assert.equal(data.choices[0]?.message.content, said)
  // 11 tokens at one dollar and 4 at two dollars a million.
  const record = await ground.recordOf(response.headers.get('x-hearth-call'))
  assert.deepEqual([record['provider'], record['costUsd']], ['local', '0.000019'])
  const listed = (await call('models.list', { provider: 'local' })).items
  assert.deepEqual(
    listed.map(({ id, context, inputUsd, outputUsd, cachedUsd, dataPolicy }: Record<string, unknown>) => [
      id,
      context,
      inputUsd,
      outputUsd,
      cachedUsd,
      dataPolicy,
    ]),
    [['local/qwen', 8000, '1', '2', '0.1', 'own']],
  )
  assert.equal((await call('models.undeclare', { provider: 'local', model: 'qwen' })).status, 200)
  assert.equal((await failureOf(ask())).code, 'models.price-unknown')
  assert.equal((await call('models.undeclare', { provider: 'local', model: 'qwen' })).code, 'models.undeclared')
})

test('a model of one’s own has versions: on trial by their numbers alone, promoted by its name, retired not at all', async () => {
  const facts = { prices: { input: 1_000_000, output: 1_000_000 } }
  await declare({ provider: 'local', model: 'support', version: '1', id: 'tuned-a', facts })
  await declare({ provider: 'local', model: 'support', version: '2', id: 'tuned-b', state: 'trial', facts })
  const ask = async (model: string) => {
    const { response } = await ground.openai().chat.completions.create({ model, messages: hello }).withResponse()
    const record = await ground.recordOf(response.headers.get('x-hearth-call'))
    return [sent().model, record['model'], record['version']]
  }
  assert.deepEqual(await ask('support'), ['tuned-a', 'support', '1'])
  assert.deepEqual(await ask('local/support'), ['tuned-a', 'support', '1'])
  assert.deepEqual(await ask('support@2'), ['tuned-b', 'support@2', '2'])
  // With what was measured it is promoted; what is not said again stays.
  const quality = [{ task: 'chat', score: 0.93, source: 'our sample of May' }]
  await declare({ provider: 'local', model: 'support', version: '2', state: 'promoted', facts: { ...facts, quality } })
  assert.deepEqual(await ask('support'), ['tuned-b', 'support', '2'])
  await declare({ provider: 'local', model: 'support', version: '1' })
  assert.deepEqual(await ask('support'), ['tuned-a', 'support', '1'])
  await declare({ provider: 'local', model: 'support', version: '1', state: 'retired' })
  assert.deepEqual(await ask('support'), ['tuned-b', 'support', '2'])
  const streamed = await Array.fromAsync(
    await ground.openai().chat.completions.create({ model: 'support', messages: hello, stream: true }),
  )
  assert.equal(streamed.map(({ choices }) => choices[0]?.delta.content ?? '').join(''), said)
  const message = await ground.anthropic().messages.create({ model: 'support', max_tokens: 9, messages: hello })
  assert.deepEqual([message.content[0]?.type, sent().model], ['text', 'tuned-b'])
  const { items } = await call('models.declared', {})
  assert.deepEqual(
    items.map(({ id, state, called, facts: known }: Record<string, { readonly quality?: readonly unknown[] }>) => [
      id,
      state,
      called,
      known?.quality?.length,
    ]),
    [
      ['local/support@1', 'retired', 'tuned-a', undefined],
      ['local/support@2', 'promoted', 'tuned-b', 1],
    ],
  )
  const printed = await hearthCommand(['models', 'list', 'local', '--json', '--data', ground.hearth.data])
  const [listed] = JSON.parse(printed.said).items
  assert.deepEqual([listed.id, listed.version, listed.quality], ['local/support', '2', quality])
})

test('the policy chooses by what was said', async () => {
  await declare({ provider: 'local', model: 'near', facts: { dataPolicy: 'own', regions: ['eu'] } })
  await declare({ provider: 'local', model: 'far', facts: { dataPolicy: 'no-training', regions: ['us'] } })
  assert.equal((await call('router.setPolicy', { policy: { constraints: { dataPolicy: 'own' } } })).status, 200)
  try {
    await ground.openai().chat.completions.create({ model: 'auto', messages: hello })
    assert.equal(sent().model, 'near')
    const refused = await failureOf(ground.openai().chat.completions.create({ model: 'local/far', messages: hello }))
    assert.equal(refused.code, 'models.none-fits')
  } finally {
    await call('router.setPolicy', { policy: null })
  }
})

test('a provider is asked for its models, and what it says is kept until it is asked again', async () => {
  const list = (models: readonly object[]) => {
    ground.upstream.instead = (asked, response) => {
      if (asked.path !== '/v1/models') return false
      json(response, { object: 'list', data: models })
      return true
    }
  }
  list([
    { id: 'listed-a', object: 'model', max_model_len: 4096 },
    { id: 'listed-b', object: 'model' },
  ])
  assert.deepEqual(await call('models.refresh', { provider: 'local' }), {
    status: 200,
    provider: 'local',
    models: 2,
    left: 0,
  })
  const ids = async () =>
    (await call('models.list', { provider: 'local' })).items.map(({ id, context }: Record<string, unknown>) => [
      id,
      context,
    ])
  assert.deepEqual(
    (await ids()).filter(([id]: readonly unknown[]) => !/support|far/.test(String(id))),
    [
      ['local/listed-a', 4096],
      ['local/listed-b', undefined],
      ['local/near', undefined],
    ],
  )
  await ground.openai().chat.completions.create({ model: 'listed-a', messages: hello })
  assert.equal(sent().model, 'listed-a')
  list([{ id: 'listed-c', object: 'model' }])
  const printed = await hearthCommand(['models', 'refresh', 'local', '--json', '--data', ground.hearth.data])
  assert.deepEqual([printed.code, JSON.parse(printed.said)], [0, [{ provider: 'local', models: 1, left: 0 }]])
  assert.equal(
    (await ids()).some(([id]: readonly unknown[]) => id === 'local/listed-a'),
    false,
  )
  ground.upstream.instead = (_asked, response) => {
    response.writeHead(500).end()
    return true
  }
  assert.equal((await call('models.refresh', { provider: 'local' })).code, 'providers.no-listing')
  ground.upstream.instead = undefined
  assert.equal(
    (await ids()).some(([id]: readonly unknown[]) => id === 'local/listed-c'),
    true,
  )
  // Where somebody said which models there are, a listing adds none, and of another server it says nothing.
  const restricted = { name: 'local', kind: 'vllm', baseUrl: ground.upstream.url, models: ['only'] }
  await call('providers.add', restricted)
  await call('models.refresh', { provider: 'local' })
  const some = (await ids()).map(([id]: readonly unknown[]) => id)
  assert.deepEqual([some.includes('local/only'), some.includes('local/gpt-4o-mini')], [true, false])
  await call('providers.add', { ...restricted, models: undefined })
  assert.equal(
    (await ids()).some(([id]: readonly unknown[]) => id === 'local/gpt-4o-mini'),
    false,
  )
  await call('models.refresh', { provider: 'local' })
  assert.equal(
    (await ids()).some(([id]: readonly unknown[]) => id === 'local/gpt-4o-mini'),
    true,
  )
})

test('what cannot be said is refused', async () => {
  for (const [input, code] of [
    [{ provider: 'nowhere', model: 'm' }, 'providers.unknown'],
    [{ provider: 'local', model: 'm', state: 'trial' }, 'input.invalid'],
    [{ provider: 'local', model: 'a*', facts: {} }, 'input.invalid'],
    [{ provider: 'local', model: 'm', facts: { prices: { input: -1 } } }, 'input.invalid'],
    [{ provider: 'local', model: 'm', facts: { unheard: 1 } }, 'input.invalid'],
  ] as const)
    assert.equal((await call('models.declare', input)).code, code, JSON.stringify(input))
})

test('on the command line a model is declared in words', async () => {
  const on = ['--data', ground.hearth.data]
  const facts = ['--context', '32768', '--input-usd', '0.15', '--output-usd', '0.6', '--can', 'tools,no-images,json']
  const more = ['--regions', 'eu, us', '--data-policy', 'own', '--note', 'as its list says']
  const { code, said } = await hearthCommand(['models', 'declare', 'local/by/hand', ...facts, ...more, ...on])
  assert.deepEqual([code, said.startsWith('local/by/hand: noted.')], [0, true])
  const { items } = await call('models.declared', {})
  const kept = items.find(({ id }: { readonly id: string }) => id === 'local/by/hand')
  assert.deepEqual(kept.facts, {
    context: 32_768,
    prices: { input: 150_000, output: 600_000 },
    can: { tools: true, images: false, structured: 'json' },
    regions: ['eu', 'us'],
    dataPolicy: 'own',
  })
  assert.equal(kept.note, 'as its list says')
  const version = await hearthCommand(['models', 'declare', 'local/tuned', '--version', '3', '--state', 'trial', ...on])
  assert.match(version.said, /^local\/tuned@3, trial: noted/)
  for (const [words, complaint] of [
    [['declare'], /Which model\?/],
    [['declare', 'local'], /Which model\?/],
    [['declare', 'local/x'], /What is to be said/],
    [['declare', 'local/x', '--input-usd', '1e3'], /--input-usd needs dollars/],
    [['declare', 'local/x', '--context', 'many'], /--context needs a number/],
    [['declare', 'local/x', '--since', 'today'], /has no option --since/],
    [['declare', 'nobody/x', '--context', '1'], /no provider of this name/],
    [['declare', 'local/x', '--can', 'fly'], /fly/],
    [['dance'], /There is no "hearth models dance": list, test/],
  ] as const) {
    const refused = await hearthCommand(['models', ...words, ...on])
    assert.notEqual(refused.code, 0)
    assert.match(refused.complained, complaint)
  }
})
