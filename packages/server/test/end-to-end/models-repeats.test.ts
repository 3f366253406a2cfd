// shows: A8
import assert from 'node:assert/strict'
import { test } from 'node:test'
import OpenAI from 'openai'
import { ownerKey, until } from './hearth.ts'
import { failureOf, useModelGround } from './model-ground.ts'
import { json, said } from './upstream.ts'

const ground = useModelGround(async ({ hearth, upstream }) => {
  const claude = { name: 'claude', kind: 'anthropic', baseUrl: upstream.url, key: 'sk-ant', models: ['claude-fable-5'] }
  await hearth.call('providers.add', claude)
})

const asked = (): number => ground.upstream.asked.length
const keyed = (key: string) => ({ headers: { 'Idempotency-Key': key } })
const question = (text: string) => ({ model: 'gpt-4o-mini', messages: [{ role: 'user' as const, content: text }] })

const post = async (path: string, body: object, key: string, caller = ownerKey) => {
  const headers = { authorization: `Bearer ${caller}`, 'content-type': 'application/json', 'idempotency-key': key }
  const response = await fetch(`${ground.hearth.url}${path}`, { method: 'POST', headers, body: JSON.stringify(body) })
  const word = (name: string): string | null => response.headers.get(name)
  return { status: response.status, text: await response.text(), word }
}

const doors: readonly (readonly [path: string, body: Record<string, unknown>])[] = [
  ['/v1/chat/completions', question('x')],
  ['/v1/chat/completions', { ...question('x'), stream: true }],
  ['/v1/responses', { model: 'claude/claude-fable-5', input: 'x' }],
  ['/v1/responses', { model: 'claude/claude-fable-5', input: 'x', stream: true }],
  ['/v1/messages', { ...question('x'), model: 'claude/claude-fable-5', max_tokens: 9 }],
  ['/v1/messages', { ...question('x'), model: 'claude/claude-fable-5', max_tokens: 9, stream: true }],
  ['/v1/embeddings', { model: 'text-embedding-3-small', input: ['x'] }],
]

test('a call that is sent again under its key has the first answer, at every door, and costs nothing more', async () => {
  for (const [at, [path, body]] of doors.entries()) {
    const before = asked()
    const [first, again] = [await post(path, body, `again-${at}`), await post(path, body, `again-${at}`)]
    assert.deepEqual([first.status, again.status, again.text], [200, 200, first.text], path)
    assert.deepEqual(
      [first, again].map(({ word }) => word('idempotency-replayed')),
      [null, 'true'],
    )
    assert.deepEqual([again.word('x-hearth-cache'), again.word('x-hearth-cost-usd')], ['replay', '0'])
    assert.equal(asked(), before + 1, path)
    const record = await ground.recordOf(again.word('x-hearth-call'))
    assert.deepEqual(
      [record['cache'], record['costUsd'], record['outcome'], record['attempts']],
      ['replay', '0', 'done', []],
    )
    // Under another key it is another call.
    await post(path, body, `other-${at}`)
    assert.equal(asked(), before + 2, path)
  }
  assert.match(
    (await ground.hearth.request('GET', '/metrics')).text,
    /hearth_model_cache_total\{result="replay"\} [1-9]/,
  )
})

test('official clients say a key by their own option', async () => {
  class Keyed extends OpenAI {
    protected override idempotencyHeader = 'Idempotency-Key'
  }
  const openai = new Keyed({ baseURL: `${ground.hearth.url}/v1`, apiKey: ownerKey, maxRetries: 0 })
  const words: (string | null)[] = []
  for (const idempotencyKey of ['one', 'one', undefined, undefined]) {
    const options = idempotencyKey === undefined ? {} : { idempotencyKey }
    const { response, data } = await openai.chat.completions.create(question('by option?'), options).withResponse()
    assert.equal(data.choices[0]?.message.content, said)
    words.push(response.headers.get('idempotency-replayed'))
  }
  assert.deepEqual(words, [null, 'true', null, null])
  const anthropic = ground.anthropic()
  const create = () =>
    anthropic.messages
      .create({ ...question('x'), model: 'claude/claude-fable-5', max_tokens: 9 }, keyed('of anthropic'))
      .withResponse()
  const [first, again] = [await create(), await create()]
  assert.deepEqual([again.data, again.response.headers.get('idempotency-replayed')], [first.data, 'true'])
})

test('a key with something else is refused in the words of the protocol, also while the first is under way', async () => {
  const { promise, resolve } = Promise.withResolvers<void>()
  ground.upstream.instead = async () => {
    await promise
    return false
  }
  const first = ground.openai().chat.completions.create(question('first?'), keyed('reused'))
  await until(() => asked() === 1, 'the first is asked')
  const early = await failureOf(ground.openai().chat.completions.create(question('second?'), keyed('reused')))
  resolve()
  await first
  const late = await failureOf(ground.openai().chat.completions.create(question('second?'), keyed('reused')))
  for (const { status, error } of [early, late]) {
    assert.equal(status, 422)
    assert.match(JSON.stringify(error), /idempotency\.key-reused/)
  }
  const streams = await post('/v1/chat/completions', { ...question('first?'), stream: true }, 'reused')
  assert.equal(streams.status, 422)
  const body = { ...question('x'), model: 'claude/claude-fable-5', max_tokens: 9 }
  await post('/v1/messages', body, 'reused')
  const anthropic = await failureOf(ground.anthropic().messages.create({ ...body, max_tokens: 8 }, keyed('reused')))
  assert.equal(anthropic.status, 422)
  assert.match(JSON.stringify(anthropic.error), /"type":"error".*idempotency\.key-reused/)
  const invalid = await post('/v1/chat/completions', question('x'), 'x'.repeat(201))
  assert.deepEqual([invalid.status, JSON.parse(invalid.text).error.code], [400, 'idempotency.key-invalid'])
})

test('a key is of one caller', async () => {
  const { key } = (await ground.hearth.call('keys.create', { name: 'other' })).json
  await post('/v1/chat/completions', question('whose?'), 'shared')
  const other = await post('/v1/chat/completions', question('whose?'), 'shared', key)
  const another = await post('/v1/chat/completions', question('another?'), 'shared', key)
  assert.deepEqual([other.status, other.word('idempotency-replayed'), another.status, asked()], [200, null, 422, 2])
})

test('who sends it again while it is under way waits for it, and so who has left', async () => {
  const { promise, resolve } = Promise.withResolvers<void>()
  ground.upstream.instead = async () => {
    await promise
    return false
  }
  const leaving = new AbortController()
  const left = ground
    .openai()
    .chat.completions.create({ ...question('waits?'), stream: true }, { ...keyed('waits'), signal: leaving.signal })
    .catch(() => 'left')
  await until(() => asked() === 1, 'the first is asked')
  leaving.abort()
  assert.equal(await left, 'left')
  const again = [1, 2].map(() => post('/v1/chat/completions', { ...question('waits?'), stream: true }, 'waits'))
  await post('/v1/chat/completions', { ...question('x'), model: 'demo' }, 'meanwhile')
  resolve()
  const [one, two] = await Promise.all(again)
  assert.deepEqual([one?.status, one?.word('idempotency-replayed'), one?.text], [200, 'true', two?.text])
  assert.match(one?.text ?? '', /\[DONE\]/)
  assert.equal(asked(), 1)
})

test('what failed is asked again under its key, by one of those that wait for it', async () => {
  const { promise, resolve } = Promise.withResolvers<void>()
  ground.upstream.instead = async (_asked, response) => {
    if (asked() > 1) return false
    await promise
    json(response, { error: { message: 'not today' } }, 400)
    return true
  }
  const first = post('/v1/chat/completions', question('fails?'), 'fails')
  await until(() => asked() === 1, 'the first is asked')
  const waiting = [1, 2, 3].map(() => post('/v1/chat/completions', question('fails?'), 'fails'))
  await post('/v1/chat/completions', { ...question('x'), model: 'demo' }, 'meanwhile')
  resolve()
  assert.equal((await first).status, 400)
  const answers = await Promise.all(waiting)
  assert.deepEqual(
    answers.map(({ status }) => status),
    [200, 200, 200],
  )
  assert.deepEqual(answers.map(({ word }) => word('idempotency-replayed') ?? '').toSorted(), ['', 'true', 'true'])
  assert.equal(asked(), 2)
})

test('a repeat is not billed, and is there when nothing is left of the budget; who is forgotten has none', async () => {
  const budget = { usd: 0.00002, per: 'total' }
  const { key } = (
    await ground.hearth.call('keys.create', { name: 'poor', home: 'poor', scopes: ['models.use'], budget })
  ).json
  const once = { ...question('what does it cost?'), max_tokens: 20 }
  assert.equal((await post('/v1/chat/completions', once, 'poor', key)).status, 200)
  let status = 200
  for (let turn = 0; status === 200 && turn < 10; turn += 1)
    status = (await post('/v1/chat/completions', once, `poor-${turn}`, key)).status
  assert.equal(status, 429)
  assert.equal((await post('/v1/chat/completions', once, 'poor', key)).word('idempotency-replayed'), 'true')
  assert.equal((await ground.hearth.call('people.forget', { person: 'poor' })).status, 200)
  const { status: after } = await post('/v1/chat/completions', once, 'poor', key)
  assert.notEqual(after, 200)
})
