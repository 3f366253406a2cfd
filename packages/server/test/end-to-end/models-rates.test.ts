// shows: A4
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
