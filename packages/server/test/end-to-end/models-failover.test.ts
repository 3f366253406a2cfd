// shows: A2, A3
import assert from 'node:assert/strict'
import OpenAI from 'openai'
import { test } from 'node:test'
import { hearthCommand, until } from './hearth.ts'
import { failureOf, hello, useModelGround } from './model-ground.ts'
import { beginStream, chunk, event, json, said, startUpstream, type Upstream } from './upstream.ts'

const ground = useModelGround()

test('a provider that dies before the first token is followed by the next, unseen; after it the client is told', async () => {
  await using second = await startUpstream()
  const more = { kind: 'openai', models: ['twin'] }
  await ground.hearth.call('providers.add', { name: 'a-first', baseUrl: ground.upstream.url, key: 'one', ...more })
  await ground.hearth.call('providers.add', { name: 'a-second', baseUrl: second.url, key: 'two', ...more })
  const chain = { type: 'chain', models: ['a-first/twin', 'a-second/twin'] }
  const rules = [{ name: 'twins', when: [{ type: 'asked', any: ['twin'] }], choose: chain }]
  assert.equal((await ground.hearth.call('router.setPolicy', { policy: { rules } })).status, 200)
  try {
    const ways: readonly (readonly [string, Upstream['instead']])[] = [
      ['away', (_asked, response) => (response.destroy(), true)],
      [
        'away',
        (_asked, response) => (json(response, { error: { message: 'overloaded', type: 'server_error' } }, 503), true),
      ],
      ['garbage', (_asked, response) => (json(response, { error: { message: 'inside', type: 'server_error' } }), true)],
      [
        'lost',
        (_asked, response) => {
          beginStream(response)
          response.write(event(chunk('twin', { role: 'assistant', content: '' })))
          setTimeout(() => response.destroy(), 5)
          return true
        },
      ],
      [
        'rate',
        (_asked, response) => (json(response, { error: { message: 'slow down' } }, 429, { 'retry-after': '7' }), true),
      ],
    ]
    for (const [outcome, instead] of ways) {
      ground.upstream.instead = instead
      const { data, response } = await ground
        .openai()
        .chat.completions.create({ model: 'twin', messages: hello, stream: true })
        .withResponse()
      const text = (await Array.fromAsync(data)).map(({ choices }) => choices[0]?.delta.content ?? '').join('')
      assert.equal(text, said, outcome)
      assert.deepEqual(
        [response.headers.get('x-hearth-provider'), response.headers.get('x-hearth-attempts')],
        ['a-second', '2'],
      )
      const { attempts } = await ground.recordOf(response.headers.get('x-hearth-call'))
      const tried = (attempts as readonly { readonly provider: string; readonly outcome: string }[]).map((one) => [
        one.provider,
        one.outcome,
      ])
      const expected = outcome === 'garbage' ? 'away' : outcome
      assert.deepEqual(tried, [
        ['a-first', expected],
        ['a-second', 'ok'],
      ])
    }
    // It wanted to be left alone for seven seconds, and is.
    const { response } = await ground
      .openai()
      .chat.completions.create({ model: 'twin', messages: hello })
      .withResponse()
    assert.equal(response.headers.get('x-hearth-attempts'), '1')
    const call = response.headers.get('x-hearth-call')
    await ground.recordOf(call)
    const { json: explained } = await ground.hearth.call('router.explain', { call })
    assert.deepEqual(
      [explained.provider, explained.explanation.ruleName, explained.explanation.choice, explained.explanation.fit],
      ['a-second', 'twins', 'chain', 1],
    )
    const resting = explained.explanation.leftOut.filter(({ why }: { readonly why: string }) => why === 'key')
    assert.deepEqual(resting, [{ why: 'key', count: 1, some: ['a-first/twin'] }])
    assert.match(explained.why, /rule 1 \(twins\) applied/)
    const printed = await hearthCommand(['models', 'explain', String(call), '--data', ground.hearth.data])
    assert.match(printed.said, /rule 1 \(twins\) applied.*\n {2}a-second\/twin: ok after [\d.]+ ms\n$/)
    assert.equal(second.asked.length, ways.length + 1)
  } finally {
    await ground.hearth.call('router.setPolicy', { policy: null })
    for (const name of ['a-first', 'a-second']) await ground.hearth.call('providers.remove', { name })
  }
})

test('a stream that breaks off after its first token ends with an error that the client raises', async () => {
  ground.upstream.instead = (_asked, response) => {
    beginStream(response)
    response.write(event(chunk('gpt-4o-mini', { role: 'assistant', content: 'Good' })))
    setTimeout(() => response.destroy(), 20)
    return true
  }
  // The second can be passed on, and not be said in other words.
  for (const more of [{}, { n: 2 }]) {
    const { data, response } = await ground
      .openai()
      .chat.completions.create({ model: 'gpt-4o-mini', messages: hello, stream: true, ...more })
      .withResponse()
    const failure = await failureOf(Array.fromAsync(data))
    assert.ok(failure instanceof OpenAI.APIError)
    assert.match(failure.message, /closed before the answer was whole/)
    assert.equal((await ground.recordOf(response.headers.get('x-hearth-call')))['outcome'], 'lost')
  }
})

test('models are chosen by what is said of them, and several places of one share the calls', async () => {
  await using second = await startUpstream()
  await ground.hearth.call('providers.add', {
    name: 'other',
    kind: 'openai',
    baseUrl: second.url,
    key: 'two',
    models: ['gpt-4o-mini', 'gpt-4o'],
  })
  try {
    for (let times = 0; times < 24; times += 1)
      await ground.openai().chat.completions.create({ model: 'gpt-4o-mini', messages: hello })
    assert.ok(
      ground.upstream.asked.length > 2 && second.asked.length > 2,
      `${ground.upstream.asked.length} and ${second.asked.length}`,
    )
    const policy = {
      aliases: [{ name: 'house', model: 'other/gpt-4o' }],
      otherwise: { type: 'cheapest', among: ['other/*'] },
    }
    assert.equal((await ground.hearth.call('router.setPolicy', { policy })).status, 200)
    const ask = async (model: string) => {
      const { response } = await ground.openai().chat.completions.create({ model, messages: hello }).withResponse()
      return `${response.headers.get('x-hearth-provider')}/${response.headers.get('x-hearth-model')}`
    }
    assert.deepEqual([await ask('auto'), await ask('house')], ['other/gpt-4o-mini', 'other/gpt-4o'])
    await ground.hearth.call('router.setPolicy', { policy: { constraints: { mostUsd: '0' } } })
    const refused = await failureOf(ground.openai().chat.completions.create({ model: 'auto', messages: hello }))
    assert.deepEqual([refused.status, refused.code], [422, 'models.none-fits'])
    assert.deepEqual((await ground.hearth.call('router.policy', {})).json, {
      policy: { constraints: { mostUsd: '0' } },
    })
    const wrong = await ground.hearth.call('router.setPolicy', { policy: { otherwise: { type: 'nonsense' } } })
    assert.deepEqual([wrong.status, wrong.json.code], [400, 'input.invalid'])
  } finally {
    await ground.hearth.call('router.setPolicy', { policy: null })
    await ground.hearth.call('providers.remove', { name: 'other' })
  }
})

test('calls, attempts, tokens, cost and times are counted', async () => {
  await ground.openai().chat.completions.create({ model: 'fake/gpt-4o-mini', messages: hello })
  const { text } = await ground.hearth.request('GET', '/metrics')
  for (const line of [
    /^hearth_model_calls_total\{provider="fake",outcome="ok"\} \d+$/m,
    /^hearth_model_attempts_total\{provider="fake",outcome="ok"\} \d+$/m,
    /^hearth_model_tokens_total\{provider="fake",kind="input"\} \d+$/m,
    /^hearth_model_cost_usd_total\{provider="fake"\} 0\.0000\d+$/m,
    /^hearth_model_call_seconds_bucket\{provider="fake",le="\+Inf"\} \d+$/m,
    /^hearth_model_first_token_seconds_count\{provider="fake"\} \d+$/m,
  ])
    assert.match(text, line)
})

test('a client who leaves stops the provider', async () => {
  ground.upstream.instead = (_asked, response) => {
    beginStream(response)
    const timer = setInterval(() => response.write(event(chunk('gpt-4o-mini', { content: 'on and on ' }))), 2)
    response.once('close', () => clearInterval(timer))
    return true
  }
  const leaving = new AbortController()
  const stream = await ground
    .openai()
    .chat.completions.create({ model: 'gpt-4o-mini', messages: hello, stream: true }, { signal: leaving.signal })
  let chunks = 0
  for await (const _chunk of stream) if ((chunks += 1) === 3) leaving.abort()
  await until(() => ground.upstream.asked[0]?.cut === true, 'the connection upstream is closed')
  await until(
    async () => (await ground.hearth.call('calls.list', { limit: 1 })).json.items[0].outcome === 'stopped',
    'it is told as stopped',
  )
})

test('what no client could read ends a stream with an error that it can, before it', async () => {
  ground.upstream.instead = (_asked, response) => {
    beginStream(response)
    response.write(event(chunk('gpt-4o-mini', { content: 'Good' })))
    setTimeout(() => response.write('data: {"id": "c", %%%%\n\n'), 50)
    return true
  }
  const stream = await ground.openai().chat.completions.create({ model: 'gpt-4o-mini', messages: hello, stream: true })
  let text = ''
  const failure = await failureOf(
    (async () => {
      for await (const { choices } of stream) text += choices[0]?.delta.content ?? ''
    })(),
  )
  ground.upstream.instead = undefined
  assert.ok(failure instanceof OpenAI.APIError, String(failure))
  assert.match(failure.message, /not what the protocol says/)
  assert.equal(text, 'Good')
})
