// shows: A4, A7
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { until } from './hearth.ts'
import { failureOf, hello, useModelGround } from './model-ground.ts'

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
  await until(async () => (await failureOrNull(key)) === null, 'what was estimated too high is given back')
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
