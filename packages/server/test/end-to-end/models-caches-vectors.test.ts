// shows: A5
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { failureOf, useModelGround } from './model-ground.ts'
import { json } from './upstream.ts'

const ground = useModelGround()

const wordOf = ({ headers }: { readonly headers: Headers }): string | null => headers.get('x-hearth-cache')

test('vectors are kept text by text: of many only those are asked for that are new', async () => {
  await ground.hearth.call('caches.set', { caches: {} })
  const openai = ground.openai()
  for (const encoding of [{}, { encoding_format: 'float' as const }]) {
    const create = (input: string | string[], more: object = {}) =>
      openai.embeddings.create({ model: 'text-embedding-3-small', input, ...encoding, ...more }).withResponse()
    const numbers = (told: Awaited<ReturnType<typeof create>>) => told.data.data.map(({ embedding }) => embedding)
    const before = ground.upstream.asked.length
    const isFirst = before === 0
    const first = await create(['four', 'fifteen letters'])
    assert.equal(wordOf(first.response), isFirst ? 'miss' : 'hit')
    const again = await create(['fifteen letters', 'four', 'four'])
    assert.equal(wordOf(again.response), 'hit')
    assert.deepEqual(numbers(again), [
      [15, 0.5],
      [4, 0.5],
      [4, 0.5],
    ])
    if (!isFirst) {
      assert.equal(ground.upstream.asked.length, before)
      continue
    }
    const more = await create(['a', 'four', 'bcd', 'fifteen letters'])
    assert.deepEqual(numbers(more), [
      [1, 0.5],
      [4, 0.5],
      [3, 0.5],
      [15, 0.5],
    ])
    assert.deepEqual([wordOf(more.response), more.data.object, more.data.data[2]?.index], ['miss', 'list', 2])
    assert.deepEqual(JSON.parse(ground.upstream.asked.at(-1)?.body ?? '').input, ['a', 'bcd'])
    assert.equal(wordOf((await create('four', { dimensions: 2 })).response), 'miss')
    const record = await ground.recordOf(again.response.headers.get('x-hearth-call'))
    assert.deepEqual([record['cache'], Number(record['savedTokens']) > 0], ['hit', true])
  }
})

test('a provider that gives another number of vectors puts none in the place of another', async () => {
  await ground.hearth.call('caches.set', { caches: {} })
  const openai = ground.openai()
  const create = (input: string[]) => openai.embeddings.create({ model: 'text-embedding-3-small', input })
  await create(['one', 'two'])
  ground.upstream.instead = (_asked, response) => {
    json(response, { object: 'list', data: [{ index: 0, embedding: [1] }], model: 'm', usage: { prompt_tokens: 1 } })
    return true
  }
  const spoilt = await failureOf(create(['one', 'three', 'four']))
  const record = await ground.recordOf(spoilt.headers?.get('x-hearth-call') ?? null)
  assert.deepEqual([spoilt.status, record['outcome']], [502, 'garbage'])
  ground.upstream.instead = (_asked, response) => {
    json(response, { error: { message: 'no such thing' } }, 400)
    return true
  }
  assert.equal((await failureOf(create(['one', 'five']))).status, 400)
  ground.upstream.instead = undefined
  const { data } = await create(['one', 'three', 'four'])
  assert.deepEqual(
    data.map(({ embedding }) => embedding),
    [
      [3, 0.5],
      [5, 0.5],
      [4, 0.5],
    ],
  )
})

test('another model can make the vectors of questions: asked as by whoever asks, and written down', async () => {
  const semantic = { threshold: 0.9, model: 'fake/text-embedding-3-small' }
  await ground.hearth.call('caches.set', { caches: { scope: 'tenant', sampled: true, semantic } })
  const ask = async (content: string, client = ground.openai()): Promise<string | null> => {
    const messages = [{ role: 'user' as const, content }]
    const { response } = await client.chat.completions.create({ model: 'gpt-4o-mini', messages }).withResponse()
    await ground.recordOf(response.headers.get('x-hearth-call'))
    return wordOf(response)
  }
  // To this provider only length means anything.
  assert.equal(await ask('is the sky blue'), 'miss')
  assert.equal(await ask('where does wood float'), 'semantic')
  const { items } = (await ground.hearth.call('calls.list', { limit: 20 })).json
  const made = items.filter(({ door }: { readonly door: string }) => door === 'cache')
  assert.equal(made.length, 2)
  assert.deepEqual(
    [made[0].model, made[0].outcome, made[0].inputTokens, made[0].caller],
    ['text-embedding-3-small', 'done', 7, 'owner'],
  )
  // A key that may not ask for vectors is answered word for word, or not at all.
  const { key } = (await ground.hearth.call('keys.create', { name: 'words', models: ['gpt-4o-mini'] })).json
  assert.equal(await ask('where do birds sing', ground.openai(key)), 'miss')
  assert.equal(await ask('is the sky blue', ground.openai(key)), 'hit')
  // Where there are no vectors, questions are asked all the same.
  ground.upstream.instead = (asked, response) => {
    if (asked.path !== '/v1/embeddings') return false
    json(response, { error: { message: 'no vectors today' } }, 400)
    return true
  }
  assert.equal(await ask('who sails the sea'), 'miss')
})
