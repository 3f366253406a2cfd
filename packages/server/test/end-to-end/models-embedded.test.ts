// shows: A1, A8
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { failureOf, hello, useModelGround } from './model-ground.ts'

const ground = useModelGround()

test('vectors are made here, with no provider, for nothing and within any budget', async () => {
  const made = await ground.hearth.call('keys.create', {
    name: 'embeds here',
    models: ['embedded/*'],
    budget: { usd: 0.000001, per: 'day' },
  })
  const openai = ground.openai(made.json.key)
  const input = ['set an alarm for 7am', 'wake me up at seven', 'capital of France', '\ud800', ' ']
  const { data, response } = await openai.embeddings.create({ model: 'embedded/use-lite', input }).withResponse()
  assert.deepEqual(
    ['provider', 'model', 'cost-usd'].map((name) => response.headers.get(`x-hearth-${name}`)),
    ['embedded', 'use-lite', '0'],
  )
  const vectors = data.data.map(({ embedding }) => embedding)
  assert.deepEqual(
    vectors.map(({ length }) => length),
    [512, 512, 512, 512, 512],
  )
  assert.ok(likeness(vectors[0], vectors[1]) > likeness(vectors[0], vectors[2]) + 0.2)
  assert.ok(data.usage.prompt_tokens > 10)
  const record = await ground.recordOf(response.headers.get('x-hearth-call'))
  assert.deepEqual(
    [record['provider'], record['model'], record['inputTokens'], record['costUsd']],
    ['embedded', 'use-lite', data.usage.prompt_tokens, '0'],
  )
  // As numbers, by the model's name alone, and by the name that stands for whichever the tenant has its vectors made by.
  for (const model of ['use-lite', 'embeddings']) {
    const again = await openai.embeddings.create({ model, input: input[0] ?? '', encoding_format: 'float' })
    assert.ok(likeness(again.data[0]?.embedding, vectors[0]) > 0.9999, model)
    assert.equal(again.model, 'use-lite')
  }
  const [other, shorter, any, chat] = [
    await failureOf(openai.embeddings.create({ model: 'embedded/ada', input: 'text' })),
    await failureOf(openai.embeddings.create({ model: 'use-lite', input: 'text', dimensions: 256 })),
    await failureOf(openai.embeddings.create({ model: 'auto', input: 'text' })),
    await failureOf(openai.chat.completions.create({ model: 'embedded/use-lite', messages: hello })),
  ]
  assert.deepEqual(
    [other.status, shorter.status, any.status, chat.status],
    [404, 400, 404, 404],
    [other, shorter, any, chat].map(String).join('\n'),
  )
  const long = await failureOf(openai.embeddings.create({ model: 'use-lite', input: 'x'.repeat(200_000) }))
  assert.deepEqual([long.status, long.code], [400, 'context_length_exceeded'])
})

test('many texts are answered in their order, in either form', async () => {
  const input = Array.from({ length: 300 }, (_, at) => `text number ${at}`)
  for (const form of ['float', 'base64'] as const) {
    const { status, json } = await ground.hearth.request('POST', '/v1/embeddings', {
      model: 'use-lite',
      input,
      encoding_format: form,
    })
    assert.equal(status, 200)
    const { object, model, data, usage } = json
    assert.deepEqual([object, model, data.length, usage.prompt_tokens > 900], ['list', 'use-lite', 300, true])
    for (const at of [0, 31, 32, 127, 128, 299]) {
      const alone = { model: 'use-lite', input: input[at], encoding_format: 'float' }
      const [one] = (await ground.hearth.request('POST', '/v1/embeddings', alone)).json.data
      const { index, embedding } = data[at]
      const numbers =
        form === 'float' ? embedding : [...new Float32Array(Uint8Array.from(Buffer.from(embedding, 'base64')).buffer)]
      assert.equal(index, at)
      assert.ok(likeness(numbers, one.embedding) > 0.9999, `${form} ${at}`)
    }
  }
})

test('the policy says which model makes vectors, and no other takes its place', async () => {
  const alias = { aliases: [{ name: 'embeddings', model: 'fake/text-embedding-3-small' }] }
  assert.equal((await ground.hearth.call('router.setPolicy', { policy: alias })).status, 200)
  try {
    const openai = ground.openai()
    const theirs = await openai.embeddings.create({ model: 'embeddings', input: 'four' })
    assert.deepEqual(theirs.data[0]?.embedding, [4, 0.5])
    const ours = await openai.embeddings.create({ model: 'use-lite', input: 'four' })
    assert.equal(ours.data[0]?.embedding.length, 512)
    ground.upstream.instead = (_asked, response) => {
      response.writeHead(401, { 'content-type': 'application/json' }).end('{"error":{"message":"no such key"}}')
      return true
    }
    const rules = [
      { when: [], choose: { type: 'chain', models: ['fake/text-embedding-3-small', 'embedded/use-lite'] } },
    ]
    await ground.hearth.call('router.setPolicy', { policy: { rules } })
    const lost = await failureOf(openai.embeddings.create({ model: 'text-embedding-3-small', input: 'four' }))
    assert.ok(lost.status !== undefined && lost.status >= 400)
  } finally {
    await ground.hearth.call('router.setPolicy', { policy: null })
  }
})

function likeness(one: readonly number[] = [], other: readonly number[] = []): number {
  return one.reduce((sum, value, at) => sum + value * (other[at] ?? 0), 0)
}
