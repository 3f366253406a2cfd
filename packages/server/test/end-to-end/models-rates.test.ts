// shows: A4, A7
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { until } from './hearth.ts'
import { failureOf, hello, useModelGround } from './model-ground.ts'
import { beginStream, chunk, event, json, said } from './upstream.ts'

const ground = useModelGround()

const ask = (key: string) => ground.openai(key).chat.completions.create({ model: 'fake/gpt-4o-mini', messages: hello })
const keyFor = async (home: string): Promise<{ readonly id: string; readonly key: string }> => {
  const { json, status, text } = await ground.hearth.call('keys.create', { name: home, home, scopes: ['models.use'] })
  assert.equal(status, 200, text)
  return json
}
const limit = async (scope: string, rate: object): Promise<void> => {
  const { status, text } = await ground.hearth.call('rates.set', { scope, ...rate })
  assert.equal(status, 200, text)
}

test('a home may ask so often in a minute, whichever key it asks with, and others are not held up', async () => {
  const [one, other, ben] = [await keyFor('ann'), await keyFor('ann'), await keyFor('ben')]
  await limit('home:ann', { requests: 3 })
  const asked = await Promise.allSettled([one, other, one, other, one].map(({ key }) => ask(key)))
  assert.equal(asked.filter(({ status }) => status === 'fulfilled').length, 3)
  assert.equal(ground.upstream.asked.length, 3)
  const refused = await failureOf(ask(one.key))
  assert.equal(refused.status, 429)
  const wait = Number(refused.headers?.get('retry-after'))
  assert.ok(wait >= 1 && wait <= 20, String(wait))
  const ofAnthropic = await failureOf(
    ground.anthropic(one.key).messages.create({ model: 'fake/gpt-4o-mini', max_tokens: 5, messages: hello }),
  )
  assert.deepEqual(
    [ofAnthropic.status, (ofAnthropic.error as { readonly error: { readonly type: string } }).error.type],
    [429, 'rate_limit_error'],
  )
  await ask(ben.key)
  await limit('home:ann', {})
  await ask(one.key)
})

test('tokens of a minute are estimated before, and counted as the provider counts them', async () => {
  const { id, key } = await keyFor('cleo')
  await limit(`key:${id}`, { tokens: 40 })
  assert.deepEqual((await ground.hearth.call('rates.list', {})).json.items, [
    { scope: `key:${id}`, requests: null, tokens: 40 },
  ])
  // About 25 tokens by its bytes, and 15 as the provider says: two fit in, a third does not.
  await ask(key)
  // Sooner than a minute's share of them comes back.
  const since = performance.now()
  while ((await failureOrNull(key)) !== null && performance.now() - since < 3000)
    await new Promise((resolve) => setTimeout(resolve, 20))
  assert.ok(performance.now() - since < 3000, 'what was estimated too high is given back')
  assert.equal((await failureOf(ask(key))).status, 429)
})

async function failureOrNull(key: string): Promise<number | null> {
  try {
    await ask(key)
    return null
  } catch (error) {
    return (error as { readonly status: number }).status
  }
}

test('nobody lets go of a rate of their own', async () => {
  const create = { name: 'bounded', scopes: ['budgets.write', 'keys.write', 'models.use'] }
  const { id, key } = (await ground.hearth.call('keys.create', create)).json
  const set = (rate: object) =>
    ground.hearth.call('rates.set', { scope: `key:${id}`, ...rate }, { authorization: `Bearer ${key}` })
  assert.equal((await set({ requests: 100 })).status, 200)
  for (const rate of [{}, { requests: 1000 }]) {
    const { status, json: refused } = await set(rate)
    assert.deepEqual([status, refused.code], [403, 'keys.above-yourself'])
  }
  // Nor by a second key.
  const second = { name: 'second', scopes: ['models.use'] }
  const made = await ground.hearth.call('keys.create', second, { authorization: `Bearer ${key}` })
  assert.deepEqual([made.status, made.json.code], [403, 'keys.above-yourself'])
})

test('what is wrong is said', async () => {
  for (const wrong of [{ scope: 'nobody' }, { scope: 'tenant', requests: 0 }, { scope: 'tenant', tokens: 1.5 }])
    assert.equal((await ground.hearth.call('rates.set', wrong)).status, 400)
})

test('a provider is asked so many at once; the others wait for their turn, homes by turns', async () => {
  const narrow = { name: 'narrow', kind: 'openai', baseUrl: ground.upstream.url, key: 'sk', concurrency: 2 }
  assert.equal((await ground.hearth.call('providers.add', narrow)).status, 200)
  const [dora, eve] = [await keyFor('dora'), await keyFor('eve')]
  let [atOnce, most] = [0, 0]
  const order: string[] = []
  ground.upstream.instead = async ({ body }) => {
    most = Math.max(most, (atOnce += 1))
    order.push((JSON.parse(body) as { readonly user: string }).user)
    await new Promise((resolve) => setTimeout(resolve, 20))
    atOnce -= 1
    return false
  }
  const call = (key: string, user: string) =>
    ground.openai(key).chat.completions.create({ model: 'narrow/gpt-4o-mini', messages: hello, user })
  const many = Array.from({ length: 12 }, () => call(dora.key, 'dora'))
  await until(() => order.length >= 2, 'two are under way')
  const one = call(eve.key, 'eve')
  await Promise.all([...many, one])
  assert.equal(most, 2)
  assert.equal(order.length, 13)
  // Behind those that were let in meanwhile, and before most of those that wait.
  assert.ok(order.indexOf('eve') < 9, order.join(' '))
  const { items } = (await ground.hearth.call('providers.list', {})).json
  assert.equal(items.find(({ name }: { readonly name: string }) => name === 'narrow').concurrency, 2)
})

test('who leaves a stream before its usage is told has used what was estimated', async () => {
  const { id, key } = await keyFor('finn')
  await limit(`key:${id}`, { tokens: 100 })
  ground.upstream.instead = (_asked, response) => {
    beginStream(response)
    response.write(event(chunk('gpt-4o-mini', { content: 'on and on' })))
    return true
  }
  const long = [{ role: 'user' as const, content: 'word '.repeat(100) }]
  const stream = await ground
    .openai(key)
    .chat.completions.create({ model: 'fake/gpt-4o-mini', messages: long, stream: true })
  for await (const _piece of stream) break
  stream.controller.abort()
  await until(() => ground.upstream.asked[0]?.cut === true, 'the provider is left')
  ground.upstream.instead = undefined
  assert.equal((await failureOf(ask(key))).status, 429)
})

test('of two keys one has had enough: those that wait are answered by the other', async () => {
  const url = ground.upstream.url
  const added = await ground.hearth.call('providers.add', {
    name: 'double',
    kind: 'openai',
    baseUrl: url,
    keys: ['k1', 'k2'],
    concurrency: 1,
  })
  assert.equal(added.status, 200)
  ground.upstream.instead = async ({ headers }, response) => {
    if (headers.authorization !== 'Bearer k1') return false
    json(response, { error: { message: 'slow down', type: 'rate_limit' } }, 429, { 'retry-after': '60' })
    return true
  }
  const call = () => ground.openai().chat.completions.create({ model: 'double/gpt-4o-mini', messages: hello })
  const answers = await Promise.all(Array.from({ length: 9 }, call))
  assert.ok(answers.every(({ choices }) => choices[0]?.message.content === said))
})
