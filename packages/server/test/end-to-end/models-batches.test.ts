// shows: A7
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { until } from './hearth.ts'
import { failureOf, useModelGround } from './model-ground.ts'
import { json } from './upstream.ts'

const ground = useModelGround(async ({ hearth }) => {
  const { status, text } = await hearth.call('router.setPolicy', { policy: { batch: true } })
  assert.equal(status, 200, text)
})

const asked = (): number => ground.upstream.asked.length
const sent = (): unknown[] => ground.upstream.asked.map(({ body }) => JSON.parse(body).input)

interface Sent {
  readonly input: string | string[]
  readonly encoding_format?: string
}

/** As a provider counts: a token a letter. Those that come after the first wait for nobody. */
function counting(first: Promise<void>): void {
  ground.upstream.instead = async ({ body }, response) => {
    const isFirst = asked() === 1
    const { input, encoding_format: encoding } = JSON.parse(body) as Sent
    const texts = [input].flat()
    if (isFirst) await first
    if (texts.includes('bad')) {
      json(response, { error: { message: 'it is bad', type: 'invalid_request_error' } }, 400)
      return true
    }
    const data = texts.map((text, index) => {
      const embedding = [text.length, 0.5]
      const bytes = Buffer.from(Float32Array.from(embedding).buffer).toString('base64')
      return { object: 'embedding', index, embedding: encoding === 'base64' ? bytes : embedding }
    })
    const tokens = texts.join('').length
    json(response, {
      object: 'list',
      data,
      model: 'of-the-provider',
      usage: { prompt_tokens: tokens, total_tokens: tokens },
    })
    return true
  }
}

const embed = (input: string | string[], more: object = {}, key?: string) =>
  ground
    .openai(key)
    .embeddings.create({ model: 'text-embedding-3-small', input, ...more })
    .withResponse()

test('texts that come while others are under way go out together, and everybody has and pays their own', async () => {
  const budget = { usd: 1, per: 'total' }
  const keys = await Promise.all(
    ['ann', 'bob'].map(async (name) => (await ground.hearth.call('keys.create', { name, budget })).json),
  )
  const [ann, bob] = keys
  // What is leased for them stands before.
  counting(Promise.resolve())
  for (const { key } of keys) await embed('first of all', {}, key)
  ground.upstream.asked.length = 0
  const { promise, resolve } = Promise.withResolvers<void>()
  counting(promise)
  const first = embed('the first')
  await until(() => asked() === 1, 'the first is asked')
  const words = Array.from({ length: 12 }, (_, at) => 'w'.repeat(at + 1))
  const more = words.map((word, at) => embed([word, 'xy'], {}, at % 2 === 0 ? ann.key : bob.key))
  const float = embed(['floats'], { encoding_format: 'float' })
  await Promise.all([...more, float])
  resolve()
  const answers = [await first, ...(await Promise.all(more))]
  assert.deepEqual(
    answers.slice(1).map(({ data }) => data.data.map(({ embedding, index }) => [embedding[0], index])),
    words.map((word) => [
      [word.length, 0],
      [2, 1],
    ]),
  )
  assert.deepEqual((await float).data.data[0]?.embedding, [6, 0.5])
  assert.deepEqual(answers[1]?.data.model, 'of-the-provider')
  // The first by itself, the floats by themselves, and the rest in one or, where they came late, a few.
  assert.ok(asked() >= 3 && asked() < 2 + words.length, JSON.stringify(sent()))
  const records = await Promise.all(
    answers.map(({ response }) => ground.recordOf(response.headers.get('x-hearth-call'))),
  )
  const tokens = records.slice(1).reduce((sum, record) => sum + Number(record['inputTokens']), 0)
  assert.equal(tokens, words.join('').length + 2 * words.length)
  assert.deepEqual(
    answers.map(({ data }) => data.usage.prompt_tokens),
    records.map((record) => record['inputTokens']),
  )
  const costs = answers.map(({ response }) => response.headers.get('x-hearth-cost-usd'))
  assert.deepEqual(
    costs,
    records.map((record) => record['costUsd']),
  )
  assert.equal(
    costs.reduce((sum, usd) => sum + BigInt(Math.round(Number(usd) * 1e12)), 0n),
    BigInt(tokens + 9) * 20_000n,
  )
  const calls = answers.map(({ response }) => response.headers.get('x-hearth-call'))
  assert.equal(new Set(calls).size, calls.length)
  const together = records.flatMap((record) => record['attempts']) as readonly { readonly together?: number }[]
  assert.ok(together.some(({ together: of = 1 }) => of > 1))
})

test('one that is bad fails alone, and whoever leaves takes nobody along', async () => {
  const { promise, resolve } = Promise.withResolvers<void>()
  counting(promise)
  const first = embed('the first')
  await until(() => asked() === 1, 'the first is asked')
  const leaving = new AbortController()
  const left = ground
    .openai()
    .embeddings.create({ model: 'text-embedding-3-small', input: 'leaves' }, { signal: leaving.signal })
    .catch(() => 'left')
  const [good, bad, fine] = [embed('good'), failureOf(embed('bad')), embed(['fine', 'too'])]
  leaving.abort()
  assert.equal(await left, 'left')
  assert.deepEqual(
    (await Promise.all([good, fine])).map(({ data }) => data.data.map(({ embedding }) => embedding[0])),
    [[4], [4, 3]],
  )
  const { status, message } = await bad
  assert.equal(status, 400)
  assert.match(message, /it is bad/)
  resolve()
  await first
})

test('unless the policy says so, each goes out by itself', async () => {
  await ground.hearth.call('router.setPolicy', { policy: {} })
  await Promise.all(['a', 'b', 'c', 'd'].map((word) => embed(word)))
  assert.equal(asked(), 4)
})
