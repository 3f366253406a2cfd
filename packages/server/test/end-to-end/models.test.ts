// shows: A1, A2, A3, A4, A8
import assert from 'node:assert/strict'
import Anthropic from '@anthropic-ai/sdk'
import OpenAI from 'openai'
import { after, before, beforeEach, test } from 'node:test'
import { hearthCommand, ownerKey, startHearth, until, type RunningHearth } from './hearth.ts'
import { beginStream, chunk, event, json, said, startUpstream, usage, type Upstream } from './upstream.ts'

let hearth: RunningHearth
let upstream: Upstream
before(async () => {
  hearth = await startHearth()
  upstream = await startUpstream()
  const added = await hearth.call('providers.add', {
    name: 'fake',
    kind: 'openai',
    baseUrl: upstream.url,
    key: 'sk-of-the-upstream',
  })
  assert.deepEqual([added.status, added.json], [200, { name: 'fake' }])
})
after(async () => {
  await hearth[Symbol.asyncDispose]()
  await upstream[Symbol.asyncDispose]()
})
beforeEach(() => {
  upstream.asked.length = 0
  upstream.instead = undefined
})

const openai = (apiKey = ownerKey): OpenAI => new OpenAI({ baseURL: `${hearth.url}/v1`, apiKey, maxRetries: 0 })
const anthropic = (apiKey = ownerKey): Anthropic => new Anthropic({ baseURL: hearth.url, apiKey, maxRetries: 0 })
const hello = [{ role: 'user' as const, content: 'Say good morning to Ann.' }]

/** The last record, which comes a moment after the answer. */
async function recordOf(call: string | null): Promise<Record<string, unknown>> {
  let found: Record<string, unknown> | undefined
  await until(async () => {
    const { items } = (await hearth.call('calls.list', { limit: 20 })).json
    found = items.find(({ id }: { readonly id: string }) => id === call)
    return found !== undefined
  }, `${call} is in the ledger`)
  return found ?? {}
}

async function failureOf(asking: PromiseLike<unknown>): Promise<InstanceType<typeof OpenAI.APIError>> {
  try {
    await asking
  } catch (error) {
    return error as InstanceType<typeof OpenAI.APIError>
  }
  return assert.fail('it was answered')
}

test('a call whose protocol is the provider’s goes there byte for byte, and comes back so', async () => {
  const body = '{ "model":"gpt-4o-mini",  "messages":[{"role":"user","content":"h\\u00e9"}], "x-unknown": [1.0] }'
  const answer = await hearth.request('POST', '/v1/chat/completions', body)
  assert.equal(answer.status, 200)
  assert.equal(upstream.asked[0]?.body, body)
  assert.deepEqual(
    [upstream.asked[0]?.path, upstream.asked[0]?.headers.authorization],
    ['/v1/chat/completions', 'Bearer sk-of-the-upstream'],
  )
  assert.equal(answer.json.choices[0].message.content, said)
  const facts = ['provider', 'model', 'cost-usd', 'cache', 'attempts'].map((name) =>
    answer.headers.get(`x-hearth-${name}`),
  )
  // 11 tokens at 0.15 and 4 at 0.60 dollars a million.
  assert.deepEqual(facts, ['fake', 'gpt-4o-mini', '0.00000405', 'none', '1'])
  const record = await recordOf(answer.headers.get('x-hearth-call'))
  const { door, asked, provider, outcome, passed, inputTokens, outputTokens, costUsd, caller, attempts } = record
  assert.deepEqual(
    [door, asked, provider, outcome, passed, inputTokens, outputTokens, costUsd, caller],
    ['/v1/chat/completions', 'gpt-4o-mini', 'fake', 'done', true, 11, 4, '0.00000405', 'owner'],
  )
  assert.deepEqual(
    (attempts as readonly { readonly outcome: string }[]).map(({ outcome: each }) => each),
    ['ok'],
  )
})

test('a stream comes as it is; usage is metered, and told to those alone who ask for it', async () => {
  for (const asks of [false, true]) {
    const options = asks ? { stream_options: { include_usage: true } } : {}
    const { data, response } = await openai()
      .chat.completions.create({ model: 'fake/gpt-4o-mini', messages: hello, stream: true, ...options })
      .withResponse()
    const chunks = await Array.fromAsync(data)
    assert.equal(chunks.map(({ choices }) => choices[0]?.delta.content ?? '').join(''), said)
    assert.equal(chunks.filter(({ choices }) => choices.length === 0).length, asks ? 1 : 0)
    assert.deepEqual(chunks.at(-1)?.usage ?? null, asks ? usage : null)
    const record = await recordOf(response.headers.get('x-hearth-call'))
    assert.deepEqual([record['inputTokens'], record['outputTokens'], record['streamed']], [11, 4, true])
  }
  assert.ok(upstream.asked.every(({ body }) => JSON.parse(body).stream_options.include_usage === true))
})

test('what a stream cost comes behind it', async () => {
  const answer = await fetch(`${hearth.url}/v1/chat/completions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${ownerKey}`, 'content-type': 'application/json' },
    body: JSON.stringify({ model: 'gpt-4o-mini', messages: hello, stream: true }),
  })
  assert.equal(answer.headers.get('trailer'), 'x-hearth-cost-usd')
  assert.ok((await answer.text()).endsWith('data: [DONE]\n\n'))
})

test('a client of Anthropic’s asks a model of OpenAI’s, whole and streamed', async () => {
  const asked = { model: 'gpt-4o-mini', max_tokens: 100, system: 'Be brief.', messages: hello }
  const message = await anthropic().messages.create(asked)
  assert.deepEqual(
    [message.content.map((block) => (block.type === 'text' ? block.text : block.type)), message.stop_reason],
    [[said], 'end_turn'],
  )
  assert.deepEqual([message.usage.input_tokens, message.usage.output_tokens], [11, 4])
  const streamed = await anthropic().messages.stream(asked).finalMessage()
  assert.deepEqual(
    streamed.content.map((block) => (block.type === 'text' ? block.text : block.type)),
    [said],
  )
  assert.equal(streamed.usage.output_tokens, 4)
  const sent = JSON.parse(upstream.asked[0]?.body ?? '')
  assert.deepEqual([sent.messages[0], sent.max_tokens], [{ role: 'system', content: 'Be brief.' }, 100])
  const counted = await recordOf((await anthropic().messages.create(asked).asResponse()).headers.get('x-hearth-call'))
  assert.deepEqual([counted['door'], counted['passed'], counted['inputTokens']], ['/v1/messages', false, 11])
})

test('a provider of Anthropic’s answers its own clients untouched, and those of OpenAI', async () => {
  const claude = { name: 'claude', kind: 'anthropic', baseUrl: upstream.url.replace('/v1', ''), key: 'sk-ant' }
  assert.equal((await hearth.call('providers.add', claude)).status, 200)
  try {
    const asked = { model: 'claude-fable-5', max_tokens: 100, messages: hello }
    const stream = anthropic().messages.stream(asked, { headers: { 'anthropic-beta': 'context-1m-2025-08-07' } })
    const message = await stream.finalMessage()
    assert.deepEqual(
      [
        message.content.map((block) => (block.type === 'text' ? block.text : '')),
        message.usage.cache_read_input_tokens,
      ],
      [[said], 3],
    )
    const [sent] = upstream.asked
    assert.deepEqual(JSON.parse(sent?.body ?? ''), { ...asked, stream: true })
    assert.deepEqual(
      ['x-api-key', 'anthropic-beta', 'authorization'].map((name) => sent?.headers[name]),
      ['sk-ant', 'context-1m-2025-08-07', undefined],
    )
    // The client's own, which may be newer than what Hearth knows of.
    assert.match(String(sent?.headers['anthropic-version']), /^20\d\d-\d\d-\d\d$/)
    const whole = await openai()
      .chat.completions.create({ model: 'claude/claude-fable-5', messages: hello })
      .withResponse()
    assert.deepEqual(
      [
        whole.data.choices[0]?.message.content,
        whole.data.usage?.prompt_tokens,
        whole.data.usage?.prompt_tokens_details,
      ],
      [said, 11, { cached_tokens: 3, cache_write_tokens: 0 }],
    )
    const chunks = await Array.fromAsync(
      await openai().chat.completions.create({ model: 'claude-fable-5', messages: hello, stream: true }),
    )
    assert.equal(chunks.map(({ choices }) => choices[0]?.delta.content ?? '').join(''), said)
    // 8 tokens at 10, 3 of the cache at 1 and 4 at 50 dollars a million.
    const record = await recordOf(whole.response.headers.get('x-hearth-call'))
    assert.deepEqual(
      [record['inputTokens'], record['cachedTokens'], record['costUsd'], record['passed']],
      [11, 3, '0.000283', false],
    )
  } finally {
    await hearth.call('providers.remove', { name: 'claude' })
  }
})

test('a client of OpenAI’s responses gets them from a server that has none', async () => {
  const response = await openai().responses.create({ model: 'demo', input: 'What is 6 * 7?' })
  assert.match(response.output_text, /42/)
  const streamed = openai().responses.stream({ model: 'demo', input: 'What is 6 * 7?' })
  assert.match((await streamed.finalResponse()).output_text, /42/)
})

test('embeddings come from a provider of the protocol as they are, and what has none says so', async () => {
  const { data, response } = await openai()
    .embeddings.create({ model: 'text-embedding-3-small', input: ['four', 'fifteen letters'] })
    .withResponse()
  assert.deepEqual(
    data.data.map(({ embedding }) => embedding),
    [
      [4, 0.5],
      [15, 0.5],
    ],
  )
  const record = await recordOf(response.headers.get('x-hearth-call'))
  // 7 tokens at 0.02 dollars a million.
  assert.deepEqual([record['door'], record['inputTokens'], record['costUsd']], ['/v1/embeddings', 7, '0.00000014'])
  const made = await hearth.call('keys.create', { name: 'embeds', budget: { usd: 0.0001, per: 'day' } })
  await openai(made.json.key).embeddings.create({ model: 'text-embedding-3-small', input: 'four' })
  assert.equal(JSON.parse(upstream.asked.at(-1)?.body ?? '').max_tokens, undefined)
  const none = await failureOf(openai().embeddings.create({ model: 'demo', input: 'text' }))
  assert.deepEqual([none.status, none.code], [404, 'model_not_found'])
  const wrong = await hearth.request('POST', '/v1/embeddings', { model: 'demo', input: 7 })
  assert.deepEqual([wrong.status, wrong.json.error.param], [400, 'input'])
})

test('both kinds of clients list the models', async () => {
  const listed = (await openai().models.list()).data.map(({ id }) => id)
  assert.ok(listed.includes('demo/demo') && listed.includes('fake/gpt-4o-mini'))
  const others = await anthropic().models.list()
  assert.ok(others.data.some(({ id }) => id === 'demo/demo'))
})

test('without any provider the demo model answers, on the command line too', async () => {
  const { code, said: printed } = await hearthCommand(['chat', '--data', hearth.data, 'What is 12*7?'])
  assert.deepEqual([code, printed], [0, '12*7 = 84\n'])
  const lines = (await hearthCommand(['chat', '--json', '--data', hearth.data, '--model', 'fake/gpt-4o-mini', 'Hi']))
    .said
  const told = lines
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line))
  assert.equal(told.flatMap(({ delta = '' }) => delta).join(''), said)
  const { text, provider, inputTokens, costUsd } = told.at(-1)
  assert.deepEqual([text, provider, inputTokens, costUsd], [said, 'fake', 11, '0.00000405'])
  const failed = await hearthCommand(['chat', '--data', hearth.data, '--model', 'fake/none', 'Hi'])
  assert.equal(failed.code, 0)
  const tested = await hearthCommand(['models', 'test', 'fake', '--json', '--data', hearth.data])
  assert.deepEqual([tested.code, JSON.parse(tested.said).models], [0, ['gpt-4o-mini']])
})

test('a provider that dies before the first token is followed by the next, unseen; after it the client is told', async () => {
  await using second = await startUpstream()
  const more = { kind: 'openai', models: ['twin'] }
  await hearth.call('providers.add', { name: 'a-first', baseUrl: upstream.url, key: 'one', ...more })
  await hearth.call('providers.add', { name: 'a-second', baseUrl: second.url, key: 'two', ...more })
  const chain = { type: 'chain', models: ['a-first/twin', 'a-second/twin'] }
  const rules = [{ name: 'twins', when: [{ type: 'asked', any: ['twin'] }], choose: chain }]
  assert.equal((await hearth.call('router.setPolicy', { policy: { rules } })).status, 200)
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
      upstream.instead = instead
      const { data, response } = await openai()
        .chat.completions.create({ model: 'twin', messages: hello, stream: true })
        .withResponse()
      const text = (await Array.fromAsync(data)).map(({ choices }) => choices[0]?.delta.content ?? '').join('')
      assert.equal(text, said, outcome)
      assert.deepEqual(
        [response.headers.get('x-hearth-provider'), response.headers.get('x-hearth-attempts')],
        ['a-second', '2'],
      )
      const { attempts } = await recordOf(response.headers.get('x-hearth-call'))
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
    const { response } = await openai().chat.completions.create({ model: 'twin', messages: hello }).withResponse()
    assert.equal(response.headers.get('x-hearth-attempts'), '1')
    const call = response.headers.get('x-hearth-call')
    await recordOf(call)
    const { json: explained } = await hearth.call('router.explain', { call })
    assert.deepEqual(
      [explained.provider, explained.explanation.ruleName, explained.explanation.choice, explained.explanation.fit],
      ['a-second', 'twins', 'chain', 1],
    )
    const resting = explained.explanation.leftOut.filter(({ why }: { readonly why: string }) => why === 'key')
    assert.deepEqual(resting, [{ why: 'key', count: 1, some: ['a-first/twin'] }])
    assert.match(explained.why, /rule 1 \(twins\) applied/)
    const printed = await hearthCommand(['models', 'explain', String(call), '--data', hearth.data])
    assert.match(printed.said, /rule 1 \(twins\) applied.*\n {2}a-second\/twin: ok after [\d.]+ ms\n$/)
    assert.equal(second.asked.length, ways.length + 1)
  } finally {
    await hearth.call('router.setPolicy', { policy: null })
    for (const name of ['a-first', 'a-second']) await hearth.call('providers.remove', { name })
  }
})

test('a stream that breaks off after its first token ends with an error that the client raises', async () => {
  upstream.instead = (_asked, response) => {
    beginStream(response)
    response.write(event(chunk('gpt-4o-mini', { role: 'assistant', content: 'Good' })))
    setTimeout(() => response.destroy(), 20)
    return true
  }
  // The second can be passed on, and not be said in other words.
  for (const more of [{}, { n: 2 }]) {
    const { data, response } = await openai()
      .chat.completions.create({ model: 'gpt-4o-mini', messages: hello, stream: true, ...more })
      .withResponse()
    const failure = await failureOf(Array.fromAsync(data))
    assert.ok(failure instanceof OpenAI.APIError)
    assert.match(failure.message, /closed before the answer was whole/)
    assert.equal((await recordOf(response.headers.get('x-hearth-call')))['outcome'], 'lost')
  }
})

test('models are chosen by what is said of them, and several places of one share the calls', async () => {
  await using second = await startUpstream()
  await hearth.call('providers.add', {
    name: 'other',
    kind: 'openai',
    baseUrl: second.url,
    key: 'two',
    models: ['gpt-4o-mini', 'gpt-4o'],
  })
  try {
    for (let times = 0; times < 24; times += 1)
      await openai().chat.completions.create({ model: 'gpt-4o-mini', messages: hello })
    assert.ok(
      upstream.asked.length > 2 && second.asked.length > 2,
      `${upstream.asked.length} and ${second.asked.length}`,
    )
    const policy = {
      aliases: [{ name: 'house', model: 'other/gpt-4o' }],
      otherwise: { type: 'cheapest', among: ['other/*'] },
    }
    assert.equal((await hearth.call('router.setPolicy', { policy })).status, 200)
    const ask = async (model: string) => {
      const { response } = await openai().chat.completions.create({ model, messages: hello }).withResponse()
      return `${response.headers.get('x-hearth-provider')}/${response.headers.get('x-hearth-model')}`
    }
    assert.deepEqual([await ask('auto'), await ask('house')], ['other/gpt-4o-mini', 'other/gpt-4o'])
    await hearth.call('router.setPolicy', { policy: { constraints: { mostUsd: '0' } } })
    const refused = await failureOf(openai().chat.completions.create({ model: 'auto', messages: hello }))
    assert.deepEqual([refused.status, refused.code], [422, 'models.none-fits'])
    assert.deepEqual((await hearth.call('router.policy', {})).json, { policy: { constraints: { mostUsd: '0' } } })
    const wrong = await hearth.call('router.setPolicy', { policy: { otherwise: { type: 'nonsense' } } })
    assert.deepEqual([wrong.status, wrong.json.code], [400, 'input.invalid'])
  } finally {
    await hearth.call('router.setPolicy', { policy: null })
    await hearth.call('providers.remove', { name: 'other' })
  }
})

test('calls, attempts, tokens, cost and times are counted', async () => {
  await openai().chat.completions.create({ model: 'fake/gpt-4o-mini', messages: hello })
  const { text } = await hearth.request('GET', '/metrics')
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
  upstream.instead = (_asked, response) => {
    beginStream(response)
    const timer = setInterval(() => response.write(event(chunk('gpt-4o-mini', { content: 'on and on ' }))), 2)
    response.once('close', () => clearInterval(timer))
    return true
  }
  const leaving = new AbortController()
  const stream = await openai().chat.completions.create(
    { model: 'gpt-4o-mini', messages: hello, stream: true },
    { signal: leaving.signal },
  )
  let chunks = 0
  for await (const _chunk of stream) if ((chunks += 1) === 3) leaving.abort()
  await until(() => upstream.asked[0]?.cut === true, 'the connection upstream is closed')
  await until(
    async () => (await hearth.call('calls.list', { limit: 1 })).json.items[0].outcome === 'stopped',
    'it is told as stopped',
  )
})

test('what cannot be asked is refused in the words of the client’s protocol', async () => {
  await using other = await startUpstream()
  await hearth.call('providers.add', { name: 'other', kind: 'openai', baseUrl: other.url, key: 'k', models: ['m'] })
  const unknown = await failureOf(openai().chat.completions.create({ model: 'no-such-model', messages: hello }))
  assert.ok(unknown instanceof OpenAI.NotFoundError)
  assert.deepEqual([unknown.code, unknown.type], ['model_not_found', 'invalid_request_error'])
  const missing = await failureOf(
    anthropic().messages.create({ model: 'no-such-model', max_tokens: 1, messages: hello }),
  )
  assert.ok(missing instanceof Anthropic.NotFoundError)
  await hearth.call('providers.remove', { name: 'other' })
  for (const [body, param] of [
    ['{', null],
    ['[]', null],
    ['{}', 'model'],
    ['{"model":"demo"}', 'messages'],
    ['{"model":"demo","messages":[{"role":"user","content":[{"type":"nonsense"}]}]}', 'messages[0].content[0].type'],
    ['{"model":"demo","messages":[],"stream":"yes"}', 'stream'],
  ] as const) {
    const { status, json: refused } = await hearth.request('POST', '/v1/chat/completions', body)
    assert.deepEqual([status, refused.error.param], [400, param], body)
  }
  const unauthorized = await failureOf(openai('no-key-of-anyone').models.list())
  assert.ok(unauthorized instanceof OpenAI.AuthenticationError)
  assert.ok(
    (await failureOf(
      anthropic('no-key-of-anyone').messages.create({ model: 'demo', max_tokens: 1, messages: hello }),
    )) instanceof Anthropic.AuthenticationError,
  )
  const reader = (await hearth.call('keys.create', { name: 'reader', scopes: ['reminders.read'] })).json.key
  assert.ok((await failureOf(openai(reader).models.list())) instanceof OpenAI.PermissionDeniedError)
})

test('a key asks the models that it may, and gives none to others', async () => {
  const made = await hearth.call('keys.create', {
    name: 'some',
    models: ['fake/gpt-4o*'],
    scopes: ['models.*', 'keys.*'],
  })
  const client = openai(made.json.key)
  const answer = await client.chat.completions.create({ model: 'gpt-4o-mini', messages: hello })
  assert.equal(answer.choices[0]?.message.content, said)
  const refused = await failureOf(client.chat.completions.create({ model: 'demo', messages: hello }))
  assert.deepEqual([refused.status, refused.code], [403, 'models.not-allowed'])
  const headers = { authorization: `Bearer ${made.json.key}` }
  // Whichever of two names a provider would go by, it gets the one that was looked at.
  const twice = '{"model":"gpt-5-pro","messages":[],"model":"gpt-4o-mini"}'
  assert.equal((await hearth.request('POST', '/v1/chat/completions', twice, headers)).status, 200)
  assert.equal(upstream.asked.at(-1)?.body, '{"model":"gpt-4o-mini","messages":[]}')
  const more = await hearth.call('keys.create', { name: 'more', scopes: ['models.use'] }, headers)
  assert.deepEqual([more.status, more.json.code], [403, 'keys.above-yourself'])
})

test('a private address is for those alone who may name one, and keys are nowhere to be read', async () => {
  const key = (await hearth.call('keys.create', { name: 'adder', scopes: ['providers.*'] })).json.key
  const headers = { authorization: `Bearer ${key}` }
  const input = { name: 'inside', kind: 'openai', baseUrl: upstream.url, key: 'sk-of-the-upstream' }
  const refused = await hearth.call('providers.add', input, headers)
  assert.deepEqual([refused.status, refused.json.code], [422, 'network.target-refused'])
  const everything = JSON.stringify([
    (await hearth.call('providers.list', {})).json,
    (await hearth.call('events.list', { limit: 500 })).json,
    (await hearth.call('calls.list', {})).json,
    (await hearth.call('actors.state', { actor: 'main/~tenant/providers/registry' })).json,
  ])
  assert.equal(everything.includes('sk-of-the-upstream'), false)
})

test('spending never passes a budget, however many ask at once, and a refusal is not tried again', async () => {
  // What one call costs at most is about 0.00003 dollars, of which it costs 0.00000405.
  const made = await hearth.call('keys.create', { name: 'poor', budget: { usd: 0.0002, per: 'day' } })
  const client = new OpenAI({ baseURL: `${hearth.url}/v1`, apiKey: made.json.key })
  const ask = () => client.chat.completions.create({ model: 'gpt-4o-mini', messages: hello, max_tokens: 40 })
  const ended = await Promise.allSettled(Array.from({ length: 120 }, ask))
  const answered = ended.filter(({ status }) => status === 'fulfilled').length
  assert.ok(answered > 5 && answered < 50, String(answered))
  for (const one of ended)
    if (one.status === 'rejected') assert.equal((one.reason as { readonly code: string }).code, 'insufficient_quota')
  assert.equal(upstream.asked.length, answered)
  const budget = async () =>
    (await hearth.call('budgets.list', {})).json.items.find(
      ({ scope }: { readonly scope: string }) => scope === `key:${made.json.id}`,
    )
  await until(async () => (await budget()).spent.day > 0 && (await budget()).held === 0, 'leases come back')
  const { spent } = await budget()
  assert.ok(spent.day <= 0.0002)
  assert.equal(Math.round(spent.day * 1e9), answered * 4050)
  const { items } = (await hearth.call('calls.list', { caller: made.json.id, limit: 500 })).json
  assert.equal(items.length, 120)
  assert.equal(new Set(items.map(({ id }: { readonly id: string }) => id)).size, 120)
})

test('a budget without a price is refused, and an answer is no longer than what is paid for', async () => {
  const made = await hearth.call('keys.create', { name: 'careful', budget: { usd: 0.001, per: 'total' } })
  const client = openai(made.json.key)
  const refused = await failureOf(client.chat.completions.create({ model: 'fake/unheard-of', messages: hello }))
  assert.equal(refused.status, 422)
  for (const more of [{ web_search_options: {} }, { service_tier: 'priority' }, { tools: [{ type: 'web_search' }] }]) {
    const body = { model: 'gpt-4o-mini', messages: hello, max_tokens: 1, ...more }
    const answer = await hearth.request('POST', '/v1/chat/completions', body, {
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
    await hearth.request('POST', '/v1/chat/completions', body, { authorization: `Bearer ${made.json.key}` })
    const sent = JSON.parse(upstream.asked.at(-1)?.body ?? '')
    const most = Math.max(sent.max_tokens ?? 0, sent.max_completion_tokens ?? 0) * (sent.n ?? 1)
    assert.ok(most * 0.0000006 <= 0.001, JSON.stringify(sent))
  }
  upstream.asked.length = 0
  await client.chat.completions.create({ model: 'gpt-4o-mini', messages: hello })
  const bound = JSON.parse(upstream.asked[0]?.body ?? '').max_tokens
  assert.ok(bound > 500 && bound < 0.001 / 0.0000006, String(bound))
})

test('what a killed process held counts as spent, and every call is in the ledger once', async () => {
  const made = await hearth.call('keys.create', { name: 'killed', budget: { usd: 0.01, per: 'day' } })
  const client = openai(made.json.key)
  for (let times = 0; times < 5; times += 1)
    await client.chat.completions.create({ model: 'gpt-4o-mini', messages: hello, max_tokens: 100 })
  await until(
    async () => (await hearth.call('calls.list', { caller: made.json.id })).json.items.length === 5,
    'all are in the ledger',
  )
  await hearth.killAndStart('server')
  const { items } = (await hearth.call('budgets.list', {})).json
  const { spent, held } = items.find(({ scope }: { readonly scope: string }) => scope === `key:${made.json.id}`)
  assert.equal(Math.round(spent.day * 1e9), 5 * 4050)
  assert.ok(held > 0)
  const later = openai(made.json.key)
  await later.chat.completions.create({ model: 'gpt-4o-mini', messages: hello, max_tokens: 100 })
  assert.equal((await hearth.call('calls.list', { caller: made.json.id })).json.items.length >= 5, true)
})
