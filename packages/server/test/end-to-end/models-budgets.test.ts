// shows: A4
import assert from 'node:assert/strict'
import OpenAI from 'openai'
import { test } from 'node:test'
import { until } from './hearth.ts'
import { failureOf, hello, useModelGround } from './model-ground.ts'
import { beginStream, chunk, event, startUpstream } from './upstream.ts'
import { onlyWhenLong } from '@hearth/testing/long'

const ground = useModelGround()

test(
  'spending never passes a budget, however many ask at once, and a refusal is not tried again',
  onlyWhenLong,
  async () => {
    // What one call costs at most is about 0.00003 dollars, of which it costs 0.00000405.
    const made = await ground.hearth.call('keys.create', { name: 'poor', budget: { usd: 0.0002, per: 'day' } })
    const client = new OpenAI({ baseURL: `${ground.hearth.url}/v1`, apiKey: made.json.key })
    const ask = () => client.chat.completions.create({ model: 'gpt-4o-mini', messages: hello, max_tokens: 40 })
    const ended = await Promise.allSettled(Array.from({ length: 120 }, ask))
    const answered = ended.filter(({ status }) => status === 'fulfilled').length
    assert.ok(answered > 5 && answered < 50, String(answered))
    for (const one of ended)
      if (one.status === 'rejected') assert.equal((one.reason as { readonly code: string }).code, 'insufficient_quota')
    assert.equal(ground.upstream.asked.length, answered)
    const budget = async () =>
      (await ground.hearth.call('budgets.list', {})).json.items.find(
        ({ scope }: { readonly scope: string }) => scope === `key:${made.json.id}`,
      )
    await until(async () => (await budget()).spent.day > 0 && (await budget()).held === 0, 'leases come back')
    const { spent } = await budget()
    assert.ok(spent.day <= 0.0002)
    assert.equal(Math.round(spent.day * 1e9), answered * 4050)
    const { items } = (await ground.hearth.call('calls.list', { caller: made.json.id, limit: 500 })).json
    assert.equal(items.length, 120)
    assert.equal(new Set(items.map(({ id }: { readonly id: string }) => id)).size, 120)
  },
)

test('a budget without a price is refused, and an answer is no longer than what is paid for', async () => {
  const made = await ground.hearth.call('keys.create', { name: 'careful', budget: { usd: 0.001, per: 'total' } })
  const client = ground.openai(made.json.key)
  const refused = await failureOf(client.chat.completions.create({ model: 'fake/unheard-of', messages: hello }))
  assert.equal(refused.status, 422)
  for (const more of [{ web_search_options: {} }, { service_tier: 'priority' }, { tools: [{ type: 'web_search' }] }]) {
    const body = { model: 'gpt-4o-mini', messages: hello, max_tokens: 1, ...more }
    const answer = await ground.hearth.request('POST', '/v1/chat/completions', body, {
      authorization: `Bearer ${made.json.key}`,
    })
    assert.deepEqual([answer.status, answer.json.error.code], [422, 'models.price-unknown'], JSON.stringify(more))
  }
  // Two ways to say how long, and many answers at once: the dearest reading counts.
  for (const more of [
    { max_completion_tokens: 1, max_tokens: 100_000 },
    { max_tokens: 900, n: 100 },
  ]) {
    const body = { model: 'gpt-4o-mini', messages: hello, ...more }
    await ground.hearth.request('POST', '/v1/chat/completions', body, { authorization: `Bearer ${made.json.key}` })
    const sent = JSON.parse(ground.upstream.asked.at(-1)?.body ?? '')
    const most = Math.max(sent.max_tokens ?? 0, sent.max_completion_tokens ?? 0) * (sent.n ?? 1)
    assert.ok(most * 0.0000006 <= 0.001, JSON.stringify(sent))
  }
  ground.upstream.asked.length = 0
  await client.chat.completions.create({ model: 'gpt-4o-mini', messages: hello })
  const bound = JSON.parse(ground.upstream.asked[0]?.body ?? '').max_tokens
  assert.ok(bound > 500 && bound < 0.001 / 0.0000006, String(bound))
})

test('who leaves before usage is told pays for what was set aside', async () => {
  const made = await ground.hearth.call('keys.create', { name: 'leaves', budget: { usd: 1, per: 'day' } })
  const client = ground.openai(made.json.key)
  ground.upstream.instead = (asked, response) => {
    if (!asked.body.includes('"stream":true')) return true
    beginStream(response)
    response.write(event(chunk('gpt-4o-mini', { content: 'on and on ' })))
    return true
  }
  const leaving = new AbortController()
  const options = { signal: leaving.signal }
  const asked = { model: 'gpt-4o-mini', messages: hello, max_tokens: 1000 }
  const stream = await client.chat.completions.create({ ...asked, stream: true }, options)
  for await (const _chunk of stream) leaving.abort()
  const hangingUp = new AbortController()
  const whole = client.chat.completions.create(asked, { signal: hangingUp.signal })
  await until(() => ground.upstream.asked.length === 2, 'both are asked')
  hangingUp.abort()
  await assert.rejects(whole)
  const spent = async () =>
    (await ground.hearth.call('budgets.list', {})).json.items.find(
      ({ scope }: { readonly scope: string }) => scope === `key:${made.json.id}`,
    ).spent.day
  // A thousand tokens at 0.60 dollars a million, twice, and the prompts.
  await until(async () => (await spent()) > 0.0012, 'both are charged')
  assert.ok((await spent()) < 0.00125)
})

test('nobody sets their own budget, and a pattern means the provider that it names', async () => {
  const made = await ground.hearth.call('keys.create', { name: 'climber', budget: { usd: 0.01, per: 'day' } })
  const headers = { authorization: `Bearer ${made.json.key}` }
  for (const [operation, input] of [
    ['budgets.set', { scope: `key:${made.json.id}`, limits: [] }],
    ['budgets.set', { scope: 'tenant', limits: [] }],
    ['budgets.reconcile', { scope: `key:${made.json.id}`, usd: 0.001 }],
  ] as const) {
    const refused = await ground.hearth.call(operation, input, headers)
    assert.deepEqual([refused.status, refused.json.code], [403, 'keys.above-yourself'])
  }
  const some = await ground.hearth.call('keys.create', {
    name: 'some more',
    models: ['openai/gpt-4o'],
    scopes: ['models.*'],
  })
  const nested = await failureOf(
    ground.openai(some.json.key).chat.completions.create({ model: 'fake/openai/gpt-4o', messages: hello }),
  )
  assert.equal(nested.code, 'models.not-allowed')
  const others = { model: 'fake/gpt-4o-mini', messages: hello, models: ['gpt-5-pro'], plugins: [{ id: 'web' }] }
  const bound = await ground.hearth.call('keys.create', { name: 'bound', models: ['fake/*'], scopes: ['models.*'] })
  const key = { authorization: `Bearer ${bound.json.key}` }
  assert.equal((await ground.hearth.request('POST', '/v1/chat/completions', others, key)).status, 200)
  assert.deepEqual(Object.keys(JSON.parse(ground.upstream.asked.at(-1)?.body ?? '')), ['model', 'messages'])
})

test('a soft limit holds nobody up, and a place without a price does not end a call that another can be paid for', async () => {
  await using second = await startUpstream()
  const free = { name: 'free', kind: 'openai-compatible', baseUrl: second.url, models: ['gpt-4o-mini'] }
  await ground.hearth.call('providers.add', free)
  await ground.hearth.call('budgets.set', { scope: 'tenant', limits: [{ usd: 0.000001, per: 'day', kind: 'soft' }] })
  try {
    const made = await ground.hearth.call('keys.create', { name: 'softly', budget: { usd: 1, per: 'day' } })
    for (let times = 0; times < 12; times += 1) {
      const { response } = await ground
        .openai(made.json.key)
        .chat.completions.create({ model: 'gpt-4o-mini', messages: hello })
        .withResponse()
      assert.equal(response.headers.get('x-hearth-provider'), 'fake')
    }
    // Under a soft limit alone also what has no price.
    await ground.openai().chat.completions.create({ model: 'free/gpt-4o-mini', messages: hello })
    assert.equal(second.asked.length, 1)
    await until(async () => {
      const { items } = (await ground.hearth.call('budgets.list', {})).json
      return items.find(({ scope }: { readonly scope: string }) => scope === 'tenant').spent.day > 0.000001
    }, 'it is counted all the same')
  } finally {
    await ground.hearth.call('budgets.set', { scope: 'tenant', limits: [] })
    await ground.hearth.call('providers.remove', { name: 'free' })
  }
})

test('what a killed process held counts as spent, and every call is in the ledger once', async () => {
  const made = await ground.hearth.call('keys.create', { name: 'killed', budget: { usd: 0.01, per: 'day' } })
  const client = ground.openai(made.json.key)
  for (let times = 0; times < 5; times += 1)
    await client.chat.completions.create({ model: 'gpt-4o-mini', messages: hello, max_tokens: 100 })
  await until(
    async () => (await ground.hearth.call('calls.list', { caller: made.json.id })).json.items.length === 5,
    'all are in the ledger',
  )
  await ground.hearth.killAndStart('server')
  const { items } = (await ground.hearth.call('budgets.list', {})).json
  const { spent, held } = items.find(({ scope }: { readonly scope: string }) => scope === `key:${made.json.id}`)
  assert.equal(Math.round(spent.day * 1e9), 5 * 4050)
  assert.ok(held > 0)
  const later = ground.openai(made.json.key)
  await later.chat.completions.create({ model: 'gpt-4o-mini', messages: hello, max_tokens: 100 })
  assert.equal((await ground.hearth.call('calls.list', { caller: made.json.id })).json.items.length >= 5, true)
})

test('a provider that does not keep to what it was asked is cut, and what it sent is paid', async () => {
  const made = await ground.hearth.call('keys.create', { name: 'endless', budget: { usd: 1, per: 'day' } })
  const client = ground.openai(made.json.key)
  let sent = 0
  ground.upstream.instead = (_asked, response) => {
    beginStream(response)
    const word = event(chunk('gpt-4o-mini', { content: 'on and on and on '.repeat(20) }))
    const more = (): void => {
      while (!response.destroyed && sent < 30_000_000) {
        sent += word.length
        if (!response.write(word)) return void response.once('drain', more)
      }
      response.end()
    }
    more()
    return true
  }
  const stream = await client.chat.completions.create({
    model: 'gpt-4o-mini',
    messages: hello,
    max_tokens: 100,
    stream: true,
  })
  let came = 0
  const failure = await failureOf(
    (async () => {
      for await (const { choices } of stream) came += choices[0]?.delta.content?.length ?? 0
    })(),
  )
  ground.upstream.instead = undefined
  assert.match(failure.message, /beyond all that was asked for/)
  assert.ok(came > 10_000 && came < 200_000, String(came))
  const spent = async () =>
    (await ground.hearth.call('budgets.list', {})).json.items.find(
      ({ scope }: { readonly scope: string }) => scope === `key:${made.json.id}`,
    ).spent.day
  // A hundred tokens were set aside, and what came is counted as some hundred more.
  await until(async () => (await spent()) > 0.0000006 * 300, 'it is paid')
})
