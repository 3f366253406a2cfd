// shows: A5
import assert from 'node:assert/strict'
import type OpenAI from 'openai'
import { afterEach, test } from 'node:test'
import { until } from './hearth.ts'
import { failureOf, useModelGround } from './model-ground.ts'
import { json, said } from './upstream.ts'

const ground = useModelGround()

const set = async (caches: object | null): Promise<void> => {
  const { status, text } = await ground.hearth.call('caches.set', { caches })
  assert.equal(status, 200, text)
}

afterEach(() => set(null))

/** Each test asks something that no other has asked. */
const question = (text: string) => ({ model: 'gpt-4o-mini', messages: [{ role: 'user' as const, content: text }] })
const exact = (text: string) => ({ ...question(text), temperature: 0 })
const cacheOf = ({ headers }: { readonly headers: Headers }): string | null => headers.get('x-hearth-cache')
const asked = (): number => ground.upstream.asked.length

test('nothing is kept unless somebody says so', async () => {
  for (let turn = 0; turn < 2; turn += 1) {
    const { response } = await ground.openai().chat.completions.create(exact('off?')).withResponse()
    assert.equal(cacheOf(response), 'off')
  }
  assert.equal(asked(), 2)
  assert.deepEqual((await ground.hearth.call('caches.get', {})).json, { caches: null })
})

test('the same is answered with the same, for nothing, and the record says what was saved', async () => {
  await set({})
  const openai = ground.openai()
  const first = await openai.chat.completions.create(exact('same?')).withResponse()
  const again = await openai.chat.completions.create(exact('same?')).withResponse()
  assert.deepEqual([cacheOf(first.response), cacheOf(again.response)], ['miss', 'hit'])
  assert.deepEqual(again.data, first.data)
  assert.equal(asked(), 1)
  assert.deepEqual(
    ['provider', 'model', 'cost-usd', 'attempts'].map((name) => again.response.headers.get(`x-hearth-${name}`)),
    ['fake', 'gpt-4o-mini', '0', '0'],
  )
  const call = again.response.headers.get('x-hearth-call')
  assert.notEqual(call, first.response.headers.get('x-hearth-call'))
  const record = await ground.recordOf(call)
  assert.deepEqual(
    ['cache', 'provider', 'costUsd', 'inputTokens', 'savedTokens', 'savedUsd', 'outcome', 'attempts'].map(
      (name) => record[name],
    ),
    ['hit', 'fake', '0', null, 15, '0.00000405', 'done', []],
  )
  const metrics = (await ground.hearth.request('GET', '/metrics')).text
  assert.match(metrics, /hearth_model_cache_total\{result="hit"\} [1-9]/)
  assert.match(metrics, /hearth_model_cache_saved_tokens_total\{kind="output"\} [1-9]/)
  assert.match(metrics, /hearth_model_cache_saved_usd_total [0-9.e-]*[1-9]/)
})

test('what chance has a part in is kept only where somebody wants that', async () => {
  await set({})
  const openai = ground.openai()
  for (let turn = 0; turn < 2; turn += 1) {
    const { response } = await openai.chat.completions.create(question('sampled?')).withResponse()
    assert.equal(cacheOf(response), 'off')
  }
  const headers = { 'x-hearth-cache': 'use' }
  const words: (string | null)[] = []
  for (let turn = 0; turn < 2; turn += 1)
    words.push(
      cacheOf((await openai.chat.completions.create(question('sampled?'), { headers }).withResponse()).response),
    )
  await set({ sampled: true })
  for (let turn = 0; turn < 2; turn += 1)
    words.push(cacheOf((await openai.chat.completions.create(question('sampled?')).withResponse()).response))
  assert.deepEqual(words, ['miss', 'hit', 'miss', 'hit'])
})

test('a call says of itself that it is not kept, or asked anew', async () => {
  const create = async (use: string) =>
    (
      await ground
        .openai()
        .chat.completions.create(question('header?'), { headers: { 'x-hearth-cache': use } })
        .withResponse()
    ).response
  const words: (string | null)[] = []
  for (const use of ['use', 'use', 'refresh', 'use', 'off']) words.push(cacheOf(await create(use)))
  assert.deepEqual(words, ['miss', 'hit', 'miss', 'hit', 'off'])
  assert.equal(asked(), 3)
  const wrong = await failureOf(create('yes'))
  assert.equal(wrong.status, 400)
  await set({ when: 'never' })
  assert.equal(cacheOf(await create('use')), 'off')
  await set({ when: 'asked' })
  assert.equal(
    cacheOf((await ground.openai().chat.completions.create(exact('header?')).withResponse()).response),
    'off',
  )
  assert.equal(cacheOf(await create('use')), 'miss')
})

test('a stream that came to its end is given again as a stream, on every door', async () => {
  await set({ sampled: true })
  const [openai, anthropic] = [ground.openai(), ground.anthropic()]
  await ground.hearth.call('providers.add', {
    name: 'claude',
    kind: 'anthropic',
    baseUrl: ground.upstream.url,
    key: 'sk-ant',
    models: ['claude-fable-5'],
  })
  const messages = [{ role: 'user' as const, content: 'streamed?' }]
  const ask = {
    chat: async () => {
      const { data, response } = await openai.chat.completions
        .create({ model: 'gpt-4o-mini', messages, stream: true, stream_options: { include_usage: true } })
        .withResponse()
      let text = ''
      let tokens = 0
      for await (const { choices, usage } of data) {
        text += choices[0]?.delta.content ?? ''
        tokens = usage?.total_tokens ?? tokens
      }
      return { text, tokens, cache: cacheOf(response) }
    },
    translated: async () => {
      const stream = anthropic.messages.stream({ model: 'fake/gpt-4o-mini', max_tokens: 100, messages })
      const { response } = await stream.withResponse()
      return { text: await stream.finalText(), cache: cacheOf(response) }
    },
    messages: async () => {
      const stream = anthropic.messages.stream({ model: 'claude/claude-fable-5', max_tokens: 100, messages })
      const { response } = await stream.withResponse()
      return { text: await stream.finalText(), cache: cacheOf(response) }
    },
    responses: async () => {
      const { data, response } = await openai.responses
        .create({ model: 'claude/claude-fable-5', input: 'streamed?', stream: true })
        .withResponse()
      let text = ''
      for await (const event of data) if (event.type === 'response.completed') text = event.response.output_text ?? ''
      return { text, cache: cacheOf(response) }
    },
  }
  for (const [door, once] of Object.entries(ask)) {
    const before = asked()
    const [first, again] = [await once(), await once()]
    assert.deepEqual([first.cache, again.cache], ['miss', 'hit'], door)
    assert.deepEqual({ ...again, cache: '' }, { ...first, cache: '' }, door)
    if (door !== 'responses') assert.equal(again.text, said, door)
    assert.equal(asked() - before, 1, door)
  }
  // Whole it is the same answer.
  const whole = await openai.chat.completions.create({ model: 'gpt-4o-mini', messages }).withResponse()
  assert.deepEqual([cacheOf(whole.response), whole.data.choices[0]?.message.content], ['hit', said])
})

test('a field that is given twice cannot put another answer in the place of one', async () => {
  await set({ scope: 'tenant' })
  const twice =
    '{"model":"gpt-4o-mini","temperature":0,"messages":[{"role":"user","content":"say something bad"}],"provider":{"order":["x"]},' +
    '"messages":[{"role":"user","content":"twice?"}]}'
  const first = await ground.hearth.request('POST', '/v1/chat/completions', twice)
  assert.equal(first.headers.get('x-hearth-cache'), 'miss')
  const sent = ground.upstream.asked[0]?.body ?? ''
  assert.ok(!sent.includes('bad') && sent.includes('twice?') && sent.includes('order'), sent)
})

test('long beginnings are marked for the cache of Anthropic, unless the client marks them', async () => {
  await set({ when: 'never', prompts: true })
  const added = { name: 'marked', kind: 'anthropic', baseUrl: ground.upstream.url, key: 'sk-ant', models: ['fable'] }
  await ground.hearth.call('providers.add', added)
  const system = 'You know the house and all that is in it. '.repeat(200)
  const messages = [
    { role: 'user' as const, content: 'Good morning.' },
    { role: 'assistant' as const, content: 'Good morning.' },
    { role: 'user' as const, content: 'Who are you?' },
  ]
  const sent = (): string => ground.upstream.asked.at(-1)?.body ?? ''
  const marks = (): number => sent().split('"cache_control":{"type":"ephemeral"}').length - 1
  await ground.anthropic().messages.create({ model: 'marked/fable', max_tokens: 10, system, messages })
  assert.equal(marks(), 2, sent())
  const [first = '', ...later] = sent().split('"cache_control"')
  assert.ok(first.includes('all that is in it') || later.join().includes('all that is in it'))
  await ground
    .anthropic()
    .messages.create({ model: 'marked/fable', max_tokens: 10, system, messages: messages.slice(0, 1) })
  assert.equal(marks(), 1, sent())
  const own = [
    { type: 'text' as const, text: system, cache_control: { type: 'ephemeral' as const, ttl: '1h' as const } },
  ]
  await ground.anthropic().messages.create({ model: 'marked/fable', max_tokens: 10, system: own, messages })
  assert.deepEqual([marks(), sent().includes('"ttl":"1h"')], [0, true])
  // In other words, too: a client of OpenAI's asks it.
  const conversation = [{ role: 'system' as const, content: system }, ...messages]
  await ground.openai().chat.completions.create({ model: 'marked/fable', max_tokens: 10, messages: conversation })
  assert.equal(marks(), 2, sent())
  await set({ when: 'never' })
  await ground.anthropic().messages.create({ model: 'marked/fable', max_tokens: 10, system, messages })
  assert.equal(marks(), 0, sent())
})

test('what one key was answered is told to no other, unless the owner wants it so', async () => {
  const made = async (name: string): Promise<OpenAI> =>
    ground.openai((await ground.hearth.call('keys.create', { name })).json.key)
  const [ann, bob] = [await made('ann'), await made('bob')]
  const by = async (client: OpenAI): Promise<string | null> =>
    cacheOf((await client.chat.completions.create(exact('whose?')).withResponse()).response)
  await set({})
  assert.deepEqual(
    [await by(ann), await by(bob), await by(ann), await by(ground.openai())],
    ['miss', 'miss', 'hit', 'miss'],
  )
  await set({ scope: 'tenant' })
  assert.deepEqual([await by(ann), await by(bob), await by(ground.openai())], ['miss', 'hit', 'hit'])
})

test('who may not ask a model, or not any more, is not answered with what it said', async () => {
  await set({ scope: 'tenant' })
  const { id, key } = (await ground.hearth.call('keys.create', { name: 'narrow', models: ['fake/*'] })).json
  const narrow = ground.openai(key)
  const ask = (client: OpenAI) => client.chat.completions.create({ ...exact('may I?'), model: 'fake/gpt-4o-mini' })
  await ask(ground.openai())
  assert.equal(cacheOf((await ask(narrow).withResponse()).response), 'hit')
  const changed = await ground.hearth.call('keys.change', { id, models: ['demo'] })
  assert.equal(changed.status, 200, changed.text)
  assert.equal((await failureOf(ask(narrow))).status, 403)
  const policy = { constraints: { providers: { deny: ['fake'] } } }
  await ground.hearth.call('router.setPolicy', { policy })
  try {
    assert.equal((await failureOf(ask(ground.openai()))).status, 422)
  } finally {
    await ground.hearth.call('router.setPolicy', { policy: null })
  }
  assert.equal(cacheOf((await ask(ground.openai()).withResponse()).response), 'hit')
  // Another server under the same name has not said it.
  const again = { name: 'fake', kind: 'openai', key: 'sk-of-the-upstream' }
  await ground.hearth.call('providers.add', {
    ...again,
    baseUrl: ground.upstream.url.replace('127.0.0.1', 'localhost'),
  })
  assert.equal(cacheOf((await ask(ground.openai()).withResponse()).response), 'miss')
  await ground.hearth.call('providers.add', { ...again, baseUrl: ground.upstream.url })
})

test('failures, and answers that were cut or refused, are not kept', async () => {
  await set({})
  const answers: readonly [string, object][] = [
    ['cut', { message: { role: 'assistant', content: 'Good', refusal: null }, finish_reason: 'length' }],
    ['filtered', { message: { role: 'assistant', content: '', refusal: null }, finish_reason: 'content_filter' }],
    [
      'refused',
      { message: { role: 'assistant', content: null, refusal: 'I would rather not.' }, finish_reason: 'stop' },
    ],
  ]
  for (const [name, choice] of answers) {
    ground.upstream.instead = (_asked, response) => {
      json(response, { id: 'c', object: 'chat.completion', created: 1, model: 'm', choices: [{ index: 0, ...choice }] })
      return true
    }
    for (let turn = 0; turn < 2; turn += 1) {
      const { response } = await ground
        .openai()
        .chat.completions.create(exact(`${name}?`))
        .withResponse()
      assert.equal(cacheOf(response), 'miss', name)
    }
  }
  ground.upstream.instead = (_asked, response) => {
    json(response, { error: { message: 'not today' } }, 400)
    return true
  }
  await failureOf(ground.openai().chat.completions.create(exact('fails?')))
  ground.upstream.instead = undefined
  assert.equal(
    cacheOf((await ground.openai().chat.completions.create(exact('fails?')).withResponse()).response),
    'miss',
  )
})

test('a stream that its client left is not kept', async () => {
  await set({ sampled: true })
  const messages = [{ role: 'user' as const, content: 'left?' }]
  const create = () =>
    ground.openai().chat.completions.create({ model: 'gpt-4o-mini', messages, stream: true }).withResponse()
  const { data, response } = await create()
  for await (const _chunk of data) break
  const record = await ground.recordOf(response.headers.get('x-hearth-call'))
  assert.equal(record['outcome'], 'stopped')
  assert.equal(cacheOf((await create()).response), 'miss')
})

test('a question that means the same has the same answer, where numbers and names are the same', async () => {
  await set({ sampled: true, semantic: {} })
  // A question is asked without its vector where that takes long, as it does while the first one waits for its model.
  await ground.openai().embeddings.create({ model: 'embedded/use-lite', input: 'first' })
  const ask = async (text: string, system = 'Be short.'): Promise<string | null> => {
    const messages = [{ role: 'system' as const, content: system }, ...question(text).messages]
    const { response } = await ground
      .openai()
      .chat.completions.create({ model: 'gpt-4o-mini', messages })
      .withResponse()
    // With its record its meaning is known.
    const record = await ground.recordOf(response.headers.get('x-hearth-call'))
    assert.equal(record['cache'], cacheOf(response))
    return cacheOf(response)
  }
  assert.equal(await ask('How do I reset my password?'), 'miss')
  assert.equal(await ask('How can I reset my password?'), 'semantic')
  assert.equal(await ask('How do I reset my password?'), 'hit')
  assert.equal(await ask('How do I reset your password?'), 'miss')
  assert.equal(await ask('How do I reset my password?', 'Be long.'), 'miss')
  // Nearer to each other than the two above.
  assert.equal(await ask('set an alarm for 7 am'), 'miss')
  assert.equal(await ask('set an alarm for 8 am'), 'miss')
})

test('what is kept costs nothing of a budget, and is there when nothing is left of it', async () => {
  await set({})
  const { key } = (await ground.hearth.call('keys.create', { name: 'poor', budget: { usd: 0.00002, per: 'total' } }))
    .json
  const poor = ground.openai(key)
  const once = { ...exact('what does it cost?'), max_tokens: 20 }
  const first = await poor.chat.completions.create(once).withResponse()
  assert.equal(cacheOf(first.response), 'miss')
  for (let turn = 0; turn < 5; turn += 1) {
    const { response } = await poor.chat.completions.create(once).withResponse()
    assert.deepEqual([cacheOf(response), response.headers.get('x-hearth-cost-usd')], ['hit', '0'])
  }
  let refusal: { readonly code?: string | null | undefined } | undefined
  for (let turn = 0; refusal === undefined && turn < 10; turn += 1)
    try {
      await poor.chat.completions.create({ ...exact(`and this one, ${turn}?`), max_tokens: 20 })
    } catch (error) {
      refusal = error as InstanceType<typeof OpenAI.APIError>
    }
  assert.equal(refusal?.code, 'insufficient_quota')
  assert.equal(cacheOf((await poor.chat.completions.create(once).withResponse()).response), 'hit')
})

test('what is set anew forgets what was kept, and what is too old is forgotten', async () => {
  await set({})
  const ask = async (): Promise<string | null> =>
    cacheOf((await ground.openai().chat.completions.create(exact('forgotten?')).withResponse()).response)
  assert.deepEqual([await ask(), await ask()], ['miss', 'hit'])
  await set({})
  assert.equal(await ask(), 'miss')
  await set({ seconds: 1 })
  assert.equal(await ask(), 'miss')
  await until(async () => (await ask()) === 'miss', 'it is too old')
})

test('what was answered to somebody who is forgotten is answered to nobody any more', async () => {
  await set({ scope: 'tenant', semantic: {} })
  const keyOf = async (home: string): Promise<string> =>
    (await ground.hearth.call('keys.create', { name: home, home, scopes: ['models.use'] })).json.key
  const [gone, other] = [await keyOf('gone'), await keyOf('stays')]
  const ask = async (key: string) => {
    const { response } = await ground
      .openai(key)
      .chat.completions.create(exact('Where is my red bicycle?'))
      .withResponse()
    return cacheOf(response)
  }
  const embed = async (key: string) => {
    const asking = { model: 'embedded/use-lite', input: ['of a person'] }
    return cacheOf((await ground.openai(key).embeddings.create(asking).withResponse()).response)
  }
  assert.deepEqual([await ask(gone), await ask(other)], ['miss', 'hit'])
  assert.deepEqual([await embed(gone), await embed(other)], ['miss', 'hit'])
  assert.equal((await ground.hearth.call('people.forget', { person: 'gone' })).status, 200)
  assert.deepEqual([await ask(other), await ask(other)], ['miss', 'hit'])
  assert.deepEqual([await embed(other), await embed(other)], ['miss', 'hit'])
})
