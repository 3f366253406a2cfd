// shows: A1, A8
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect } from 'node:net'
import Anthropic from '@anthropic-ai/sdk'
import OpenAI from 'openai'
import { test } from 'node:test'
import { hearthCommand, ownerKey } from './hearth.ts'
import { failureOf, hello, useModelGround } from './model-ground.ts'
import { json, said, startUpstream, usage } from './upstream.ts'

const ground = useModelGround()

test('a call whose protocol is the provider’s goes there byte for byte, and comes back so', async () => {
  const body = '{ "model":"gpt-4o-mini",  "messages":[{"role":"user","content":"h\\u00e9"}], "x-unknown": [1.0] }'
  const answer = await ground.hearth.request('POST', '/v1/chat/completions', body)
  assert.equal(answer.status, 200)
  assert.equal(ground.upstream.asked[0]?.body, body)
  assert.deepEqual(
    [ground.upstream.asked[0]?.path, ground.upstream.asked[0]?.headers.authorization],
    ['/v1/chat/completions', 'Bearer sk-of-the-upstream'],
  )
  assert.equal(answer.json.choices[0].message.content, said)
  const facts = ['provider', 'model', 'cost-usd', 'cache', 'attempts'].map((name) =>
    answer.headers.get(`x-hearth-${name}`),
  )
  // 11 tokens at 0.15 and 4 at 0.60 dollars a million.
  assert.deepEqual(facts, ['fake', 'gpt-4o-mini', '0.00000405', 'off', '1'])
  const record = await ground.recordOf(answer.headers.get('x-hearth-call'))
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
    const { data, response } = await ground
      .openai()
      .chat.completions.create({ model: 'fake/gpt-4o-mini', messages: hello, stream: true, ...options })
      .withResponse()
    const chunks = await Array.fromAsync(data)
    assert.equal(chunks.map(({ choices }) => choices[0]?.delta.content ?? '').join(''), said)
    assert.equal(chunks.filter(({ choices }) => choices.length === 0).length, asks ? 1 : 0)
    assert.deepEqual(chunks.at(-1)?.usage ?? null, asks ? usage : null)
    const record = await ground.recordOf(response.headers.get('x-hearth-call'))
    assert.deepEqual([record['inputTokens'], record['outputTokens'], record['streamed']], [11, 4, true])
  }
  assert.ok(ground.upstream.asked.every(({ body }) => JSON.parse(body).stream_options.include_usage === true))
})

test('what a stream cost comes behind it', async () => {
  const answer = await fetch(`${ground.hearth.url}/v1/chat/completions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${ownerKey}`, 'content-type': 'application/json' },
    body: JSON.stringify({ model: 'gpt-4o-mini', messages: hello, stream: true }),
  })
  assert.equal(answer.headers.get('trailer'), 'x-hearth-cost-usd, x-hearth-continued')
  assert.ok((await answer.text()).endsWith('data: [DONE]\n\n'))
})

test('a client of Anthropic’s asks a model of OpenAI’s, whole and streamed', async () => {
  const asked = { model: 'gpt-4o-mini', max_tokens: 100, system: 'Be brief.', messages: hello }
  const message = await ground.anthropic().messages.create(asked)
  assert.match(message._request_id ?? '', /^[\w.:-]+$/)
  assert.deepEqual(
    [message.content.map((block) => (block.type === 'text' ? block.text : block.type)), message.stop_reason],
    [[said], 'end_turn'],
  )
  assert.deepEqual([message.usage.input_tokens, message.usage.output_tokens], [11, 4])
  const streamed = await ground.anthropic().messages.stream(asked).finalMessage()
  assert.deepEqual(
    streamed.content.map((block) => (block.type === 'text' ? block.text : block.type)),
    [said],
  )
  assert.equal(streamed.usage.output_tokens, 4)
  const sent = JSON.parse(ground.upstream.asked[0]?.body ?? '')
  assert.deepEqual([sent.messages[0], sent.max_tokens], [{ role: 'system', content: 'Be brief.' }, 100])
  const counted = await ground.recordOf(
    (await ground.anthropic().messages.create(asked).asResponse()).headers.get('x-hearth-call'),
  )
  assert.deepEqual([counted['door'], counted['passed'], counted['inputTokens']], ['/v1/messages', false, 11])
})

test('a provider of Anthropic’s answers its own clients untouched, and those of OpenAI', async () => {
  const claude = { name: 'claude', kind: 'anthropic', baseUrl: ground.upstream.url.replace('/v1', ''), key: 'sk-ant' }
  assert.equal((await ground.hearth.call('providers.add', claude)).status, 200)
  try {
    const asked = { model: 'claude-fable-5', max_tokens: 100, messages: hello }
    const stream = ground.anthropic().messages.stream(asked, { headers: { 'anthropic-beta': 'context-1m-2025-08-07' } })
    const message = await stream.finalMessage()
    assert.deepEqual(
      [
        message.content.map((block) => (block.type === 'text' ? block.text : '')),
        message.usage.cache_read_input_tokens,
      ],
      [[said], 3],
    )
    const [sent] = ground.upstream.asked
    assert.deepEqual(JSON.parse(sent?.body ?? ''), { ...asked, stream: true })
    assert.deepEqual(
      ['x-api-key', 'anthropic-beta', 'authorization'].map((name) => sent?.headers[name]),
      ['sk-ant', 'context-1m-2025-08-07', undefined],
    )
    // The client's own, which may be newer than what Hearth knows of.
    assert.match(String(sent?.headers['anthropic-version']), /^20\d\d-\d\d-\d\d$/)
    const whole = await ground
      .openai()
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
      await ground.openai().chat.completions.create({ model: 'claude-fable-5', messages: hello, stream: true }),
    )
    assert.equal(chunks.map(({ choices }) => choices[0]?.delta.content ?? '').join(''), said)
    // 8 tokens at 10, 3 of the cache at 1 and 4 at 50 dollars a million.
    const record = await ground.recordOf(whole.response.headers.get('x-hearth-call'))
    assert.deepEqual(
      [record['inputTokens'], record['cachedTokens'], record['costUsd'], record['passed']],
      [11, 3, '0.000283', false],
    )
  } finally {
    await ground.hearth.call('providers.remove', { name: 'claude' })
  }
})

test('a client of OpenAI’s responses gets them from a server that has none', async () => {
  const response = await ground.openai().responses.create({ model: 'demo', input: 'What is 6 * 7?' })
  assert.match(response.output_text, /42/)
  const streamed = ground.openai().responses.stream({ model: 'demo', input: 'What is 6 * 7?' })
  assert.match((await streamed.finalResponse()).output_text, /42/)
})

test('embeddings come from a provider of the protocol as they are, and what has none says so', async () => {
  const { data, response } = await ground
    .openai()
    .embeddings.create({ model: 'text-embedding-3-small', input: ['four', 'fifteen letters'] })
    .withResponse()
  assert.deepEqual(
    data.data.map(({ embedding }) => embedding),
    [
      [4, 0.5],
      [15, 0.5],
    ],
  )
  const record = await ground.recordOf(response.headers.get('x-hearth-call'))
  // 7 tokens at 0.02 dollars a million.
  assert.deepEqual([record['door'], record['inputTokens'], record['costUsd']], ['/v1/embeddings', 7, '0.00000014'])
  const made = await ground.hearth.call('keys.create', { name: 'embeds', budget: { usd: 0.0001, per: 'day' } })
  await ground.openai(made.json.key).embeddings.create({ model: 'text-embedding-3-small', input: 'four' })
  assert.equal(JSON.parse(ground.upstream.asked.at(-1)?.body ?? '').max_tokens, undefined)
  const none = await failureOf(ground.openai().embeddings.create({ model: 'demo', input: 'text' }))
  assert.deepEqual([none.status, none.code], [404, 'model_not_found'])
  const wrong = await ground.hearth.request('POST', '/v1/embeddings', { model: 'demo', input: 7 })
  assert.deepEqual([wrong.status, wrong.json.error.param], [400, 'input'])
})

test('both kinds of clients list the models', async () => {
  const listed = (await ground.openai().models.list()).data.map(({ id }) => id)
  assert.ok(listed.includes('demo/demo') && listed.includes('fake/gpt-4o-mini'))
  const others = await ground.anthropic().models.list()
  assert.ok(others.data.some(({ id }) => id === 'demo/demo'))
})

test('without any provider the demo model answers, on the command line too', async () => {
  const { code, said: printed } = await hearthCommand(['chat', '--data', ground.hearth.data, 'What is 12*7?'])
  assert.deepEqual([code, printed], [0, '12*7 = 84\n'])
  const lines = (
    await hearthCommand(['chat', '--json', '--data', ground.hearth.data, '--model', 'fake/gpt-4o-mini', 'Hi'])
  ).said
  const told = lines
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line))
  assert.equal(told.flatMap(({ delta = '' }) => delta).join(''), said)
  const { text, provider, inputTokens, costUsd } = told.at(-1)
  assert.deepEqual([text, provider, inputTokens, costUsd], [said, 'fake', 11, '0.00000405'])
  const failed = await hearthCommand(['chat', '--data', ground.hearth.data, '--model', 'fake/none', 'Hi'])
  assert.equal(failed.code, 0)
  const tested = await hearthCommand(['models', 'test', 'fake', '--json', '--data', ground.hearth.data])
  assert.deepEqual([tested.code, JSON.parse(tested.said).models], [0, ['gpt-4o-mini']])
})

test('what cannot be asked is refused in the words of the client’s protocol', async () => {
  await using other = await startUpstream()
  await ground.hearth.call('providers.add', {
    name: 'other',
    kind: 'openai',
    baseUrl: other.url,
    key: 'k',
    models: ['m'],
  })
  const unknown = await failureOf(ground.openai().chat.completions.create({ model: 'no-such-model', messages: hello }))
  assert.ok(unknown instanceof OpenAI.NotFoundError)
  assert.deepEqual([unknown.code, unknown.type], ['model_not_found', 'invalid_request_error'])
  const missing = await failureOf(
    ground.anthropic().messages.create({ model: 'no-such-model', max_tokens: 1, messages: hello }),
  )
  assert.ok(missing instanceof Anthropic.NotFoundError)
  await ground.hearth.call('providers.remove', { name: 'other' })
  for (const [body, param] of [
    ['{', null],
    ['[]', null],
    ['{}', 'model'],
    ['{"model":"demo"}', 'messages'],
    ['{"model":"demo","messages":[{"role":"user","content":[{"type":"nonsense"}]}]}', 'messages[0].content[0].type'],
    ['{"model":"demo","messages":[],"stream":"yes"}', 'stream'],
  ] as const) {
    const { status, json: refused } = await ground.hearth.request('POST', '/v1/chat/completions', body)
    assert.deepEqual([status, refused.error.param], [400, param], body)
  }
  const unauthorized = await failureOf(ground.openai('no-key-of-anyone').models.list())
  assert.ok(unauthorized instanceof OpenAI.AuthenticationError)
  assert.ok(
    (await failureOf(
      ground.anthropic('no-key-of-anyone').messages.create({ model: 'demo', max_tokens: 1, messages: hello }),
    )) instanceof Anthropic.AuthenticationError,
  )
  const reader = (await ground.hearth.call('keys.create', { name: 'reader', scopes: ['reminders.read'] })).json.key
  assert.ok((await failureOf(ground.openai(reader).models.list())) instanceof OpenAI.PermissionDeniedError)
})

test('a key asks the models that it may, and gives none to others', async () => {
  const made = await ground.hearth.call('keys.create', {
    name: 'some',
    models: ['fake/gpt-4o*'],
    scopes: ['models.*', 'keys.*'],
  })
  const client = ground.openai(made.json.key)
  const answer = await client.chat.completions.create({ model: 'gpt-4o-mini', messages: hello })
  assert.equal(answer.choices[0]?.message.content, said)
  const refused = await failureOf(client.chat.completions.create({ model: 'demo', messages: hello }))
  assert.deepEqual([refused.status, refused.code], [403, 'models.not-allowed'])
  const headers = { authorization: `Bearer ${made.json.key}` }
  // Whichever of two names a provider would go by, it gets the one that was looked at.
  const twice = '{"model":"gpt-5-pro","messages":[],"model":"gpt-4o-mini"}'
  assert.equal((await ground.hearth.request('POST', '/v1/chat/completions', twice, headers)).status, 200)
  assert.equal(ground.upstream.asked.at(-1)?.body, '{"model":"gpt-4o-mini","messages":[]}')
  const more = await ground.hearth.call('keys.create', { name: 'more', scopes: ['models.use'] }, headers)
  assert.deepEqual([more.status, more.json.code], [403, 'keys.above-yourself'])
})

test('a private address is for those alone who may name one, and keys are nowhere to be read', async () => {
  const key = (await ground.hearth.call('keys.create', { name: 'adder', scopes: ['providers.*'] })).json.key
  const headers = { authorization: `Bearer ${key}` }
  const input = { name: 'inside', kind: 'openai', baseUrl: ground.upstream.url, key: 'sk-of-the-upstream' }
  const refused = await ground.hearth.call('providers.add', input, headers)
  assert.deepEqual([refused.status, refused.json.code], [422, 'network.target-refused'])
  const everything = JSON.stringify([
    (await ground.hearth.call('providers.list', {})).json,
    (await ground.hearth.call('events.list', { limit: 500 })).json,
    (await ground.hearth.call('calls.list', {})).json,
    (await ground.hearth.call('actors.state', { actor: 'main/~tenant/providers/registry' })).json,
  ])
  assert.equal(everything.includes('sk-of-the-upstream'), false)
})

test('one request cannot hold up the ledger: what no store can hold is refused, and names of any script are told', async () => {
  for (const model of ['a\u0000b', '\ud800', 'x\ny', 'x'.repeat(301)])
    assert.equal((await ground.hearth.request('POST', '/v1/chat/completions', { model, messages: hello })).status, 400)
  const { response } = await ground
    .openai()
    .chat.completions.create({ model: 'fake/модель', messages: hello })
    .withResponse()
  assert.equal(response.headers.get('x-hearth-model'), encodeURIComponent('модель'))
  assert.equal((await ground.recordOf(response.headers.get('x-hearth-call')))['model'], 'модель')
})

test('a stream over HTTP/1.0 comes without chunks and trailers', async () => {
  const { port } = new URL(ground.hearth.url)
  const body = JSON.stringify({ model: 'fake/gpt-4o-mini', messages: hello, stream: true })
  const head = `POST /v1/chat/completions HTTP/1.0\r\nhost: 127.0.0.1:${port}\r\nauthorization: Bearer ${ownerKey}\r\n`
  const socket = connect(Number(port), '127.0.0.1')
  let answer = ''
  socket.on('data', (piece) => (answer += piece.toString()))
  socket.write(`${head}content-type: application/json\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`)
  await once(socket, 'close')
  assert.match(answer, /^HTTP\/1\.1 200 /)
  assert.ok(answer.endsWith('data: [DONE]\n\n'), answer.slice(-200))
  assert.doesNotMatch(answer, /trailer/i)
})

test('tokens are counted by the provider where it speaks Anthropic’s protocol, else they are estimated', async () => {
  const asked = { model: 'claude-fable-5', messages: hello }
  const estimated = await ground.anthropic().messages.countTokens(asked).withResponse()
  assert.deepEqual([estimated.response.headers.get('x-hearth-estimated'), ground.upstream.asked.length], ['true', 0])
  assert.ok(estimated.data.input_tokens > 10 && estimated.data.input_tokens < 100)
  const claude = { name: 'claude', kind: 'anthropic', baseUrl: ground.upstream.url, key: 'sk-ant' }
  assert.equal((await ground.hearth.call('providers.add', claude)).status, 200)
  const create = { name: 'counts', scopes: ['models.use'], models: ['fake/*'] }
  const { key } = (await ground.hearth.call('keys.create', create)).json
  try {
    ground.upstream.instead = ({ path }, response) => {
      if (path === '/v1/messages/count_tokens') json(response, { input_tokens: 17 })
      return path === '/v1/messages/count_tokens'
    }
    const counted = await ground.anthropic().messages.countTokens(asked).withResponse()
    assert.deepEqual([counted.response.headers.get('x-hearth-estimated'), counted.data.input_tokens], ['false', 17])
    const [sent] = ground.upstream.asked
    assert.deepEqual([JSON.parse(sent?.body ?? ''), sent?.headers['x-api-key']], [asked, 'sk-ant'])
    // Whoever may not ask a model tells it nothing.
    const other = await ground.anthropic(key).messages.countTokens(asked).withResponse()
    assert.deepEqual([other.response.headers.get('x-hearth-estimated'), ground.upstream.asked.length], ['true', 1])
    // Where the policy may choose another, this one is told nothing.
    const rules = [
      { when: [{ type: 'asked', any: ['claude*'] }], choose: { type: 'pinned', model: 'fake/gpt-4o-mini' } },
    ]
    assert.equal((await ground.hearth.call('router.setPolicy', { policy: { rules } })).status, 200)
    const routed = await ground.anthropic().messages.countTokens(asked).withResponse()
    assert.deepEqual([routed.response.headers.get('x-hearth-estimated'), ground.upstream.asked.length], ['true', 1])
    await ground.hearth.call('router.setPolicy', { policy: null })
    for (const answer of ['{', '{"input_tokens":"many"}', 'x'.repeat(20_000)]) {
      ground.upstream.instead = (_asked, response) => {
        response.writeHead(200, { 'content-type': 'application/json' }).end(answer)
        return true
      }
      const { data } = await ground.anthropic().messages.countTokens(asked).withResponse()
      assert.equal(data.input_tokens, estimated.data.input_tokens)
    }
    const wrong = await failureOf(ground.anthropic().messages.countTokens({ model: 'claude-fable-5' } as never))
    assert.equal(wrong.status, 400)
  } finally {
    await ground.hearth.call('providers.remove', { name: 'claude' })
  }
})
