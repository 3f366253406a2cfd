// shows: A1
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { exchangedKey } from '../../src/providers/asking/exchanged-key.ts'
import { ask, failureFrom, streamedBy } from './conformance/answer.ts'
import {
  chatAt,
  json,
  key,
  openedAt,
  recorded,
  stream,
  type ProviderSubject,
  type Tried,
} from './conformance/subject.ts'
import { createUpstream } from './conformance/upstream.ts'
import { subjects } from './subjects.ts'

const subject = subjects.find(({ manifest }) => manifest.kind === 'watsonx') as ProviderSubject
const question = ask('When is high tide?')

async function at(run: (tried: Tried) => Promise<void>): Promise<void> {
  await using upstream = await createUpstream()
  await run({ subject, upstream })
}

/** The same subject whose keys are exchanged at the upstream, as everything that is asked there is. */
const exchanging = ({ upstream }: Tried, options = {}): Tried => ({
  upstream,
  subject: { ...subject, options: () => ({ project: 'p', iam: `${upstream.url}/token`, ...options }) },
})
const ticket = (token: string, expires_in: unknown) => json(JSON.stringify({ access_token: token, expires_in }))
const text = () => json(recorded(subject, 'text.json'))
const paths = ({ upstream }: Tried): readonly string[] => upstream.asked.map(({ path }) => path.split('?')[0] ?? '')

test('a key is exchanged once for many calls, and its token is asked with', () =>
  at(async (given) => {
    const tried = exchanging(given)
    const { upstream } = tried
    const asked: string[] = []
    upstream.beside('/token', ticket('token-1', 3600))
    upstream.play(text())
    const model = await chatAt(tried)
    await Promise.all(Array.from({ length: 5 }, () => model.doGenerate(question)))
    asked.push(...upstream.asked.map(({ headers }) => String(headers['authorization'])))
    assert.deepEqual(
      asked,
      Array.from({ length: 5 }, () => 'Bearer token-1'),
    )
  }))

test('what is sent to exchange a key is what IBM’s own clients send', () =>
  at(async (given) => {
    const bodies: (readonly [string, string])[] = []
    const tried = exchanging(given)
    const open = await subject.manifest.open()
    const provider = open({
      name: 'here',
      baseUrl: `${tried.upstream.url}/base`,
      key,
      options: { space: 's', iam: 'https://iam.example/identity/token' },
      fetch: (input, init) => {
        if (!String(input).startsWith('https://iam.example/')) return fetch(input, init)
        bodies.push([String(new Headers(init?.headers).get('content-type')), String(init?.body)])
        return Promise.resolve(Response.json({ access_token: 'token-2', expires_in: 3600 }))
      },
    })
    tried.upstream.play(text())
    await provider.chat?.(subject.model).doGenerate(question)
    assert.deepEqual(bodies, [
      [
        'application/x-www-form-urlencoded',
        `grant_type=urn%3Aibm%3Aparams%3Aoauth%3Agrant-type%3Aapikey&apikey=${key}`,
      ],
    ])
    assert.equal(tried.upstream.asked[0]?.body['space_id'], 's')
    assert.equal(tried.upstream.asked[0]?.body['project_id'], undefined)
  }))

test('a token that is over is fetched anew, and one that is not taken is not given again', () =>
  at(async (given) => {
    const tried = exchanging(given)
    const { upstream } = tried
    const model = await chatAt(tried)
    const tokens = async (seconds: unknown, name: string) => {
      upstream.beside('/token', ticket(name, seconds))
      upstream.play(text())
      await model.doGenerate(question)
      return String(upstream.asked.at(-1)?.headers['authorization'])
    }
    assert.equal(await tokens(0, 'a'), 'Bearer a')
    assert.equal(await tokens('x', 'b'), 'Bearer b')
    assert.equal(await tokens(3600, 'c'), 'Bearer c')
    assert.equal(await tokens(3600, 'd'), 'Bearer c')
    upstream.play(
      json(JSON.stringify({ errors: [{ code: 'authentication_token_expired', message: 'over' }] }), { status: 401 }),
    )
    assert.equal((await failureFrom(model.doGenerate(question))).type, 'key')
    assert.equal(await tokens(3600, 'e'), 'Bearer e')
  }))

test('a token is fetched before the former is over, which serves until then, also where that fails', async () => {
  let [now, count] = [0, 0]
  let exchanging = Promise.withResolvers<{ readonly token: string; readonly forMs: number }>()
  const kept = exchangedKey(
    () => {
      count += 1
      return exchanging.promise
    },
    () => now,
  )
  const settled = () => new Promise((resolve) => setImmediate(resolve))
  const first = kept.ticket(undefined)
  exchanging.resolve({ token: 'one', forMs: 1000 })
  assert.equal((await first).token, 'one')
  exchanging = Promise.withResolvers()
  now = 799
  assert.deepEqual([(await kept.ticket(undefined)).token, count], ['one', 1])
  now = 800
  for (let times = 0; times < 3; times += 1) assert.equal((await kept.ticket(undefined)).token, 'one')
  assert.equal(count, 2)
  exchanging.reject(new Error('it is away'))
  await settled()
  exchanging = Promise.withResolvers()
  assert.deepEqual([(await kept.ticket(undefined)).token, count], ['one', 2])
  now = 1000
  const over = kept.ticket(undefined)
  exchanging.resolve({ token: 'two', forMs: 1000 })
  assert.deepEqual([(await over).token, count], ['two', 3])
})

test('who does not wait any more spoils nothing for those who do', async () => {
  const held = Promise.withResolvers<undefined>()
  const kept = exchangedKey(async () => {
    await held.promise
    return { token: 'one', forMs: 3_600_000 }
  })
  const stop = new AbortController()
  const [left, stays] = [failureFrom(kept.ticket(stop.signal)), kept.ticket(undefined)]
  stop.abort()
  assert.equal((await left).type, 'stopped')
  held.resolve(undefined)
  assert.equal((await stays).token, 'one')
  assert.equal((await failureFrom(kept.ticket(AbortSignal.abort()))).type, 'stopped')
})

test('a key that IBM does not know is one, whatever its status, and garbage in the place of a token is that', () =>
  at(async (given) => {
    const tried = exchanging(given)
    const { upstream } = tried
    const model = await chatAt(tried)
    const unknown = { errorCode: 'BXNIM0415E', errorMessage: `Provided API key ${key} could not be found.` }
    for (const [replay, type] of [
      [json(JSON.stringify(unknown), { status: 400 }), 'key'],
      [json('{}', { status: 503 }), 'away'],
      [json('{}'), 'garbage'],
      [json('{"access_token":"a b"}'), 'garbage'],
      [json('<html>'), 'garbage'],
      [json('[1]'), 'garbage'],
    ] as const) {
      upstream.beside('/token', replay)
      for (const failing of [model.doGenerate(question), model.doStream(question)]) {
        const failure = await failureFrom(failing)
        assert.equal(failure.type, type, String(replay.body))
        assert.ok(!JSON.stringify(failure).includes(key))
      }
    }
    assert.deepEqual(paths(tried), [])
  }))

test('without a project or a space nothing is asked', () =>
  at(async (given) => {
    const tried = { ...given, subject: { ...subject, options: () => ({ iam: `${given.upstream.url}/token` }) } }
    tried.upstream.beside('/token', ticket('t', 3600))
    const failure = await failureFrom((await chatAt(tried)).doGenerate(question))
    assert.deepEqual([failure.type, tried.upstream.asked.length], ['refused', 0])
    assert.match(failure.detail, /"project" nor "space"/)
  }))

test('an answer whose time is over is cut off, and thoughts come apart where it tells them', () =>
  at(async (tried) => {
    const body = recorded(subject, 'text.json').toString('utf8')
    tried.upstream.play(json(body.replace('"finish_reason": "stop"', '"finish_reason": "time_limit"')))
    assert.equal((await (await chatAt(tried)).doGenerate(question)).finishReason.unified, 'length')
    const events = recorded(subject, 'text.sse').toString('utf8')
    tried.upstream.play(stream(events.replace('"finish_reason":"stop"', '"finish_reason":"time_limit"')))
    assert.equal((await streamedBy(await chatAt(tried), question)).finish?.unified, 'length')
    tried.upstream.play(json(body.replace('"content":', '"reasoning_content": "The moon.", "content":')))
    const { content } = await (await chatAt(tried)).doGenerate(question)
    assert.deepEqual(content[0], { type: 'reasoning', text: 'The moon.' })
  }))

test('documents are ranked, and what has one length has no other', () =>
  at(async (tried) => {
    tried.upstream.play(
      json('{"model_id":"m","results":[{"index":1,"score":3.5},{"index":0,"score":-7.25}],"input_token_count":318}'),
    )
    const provider = await openedAt(tried)
    const call = { query: 'tide?', documents: ['bread', 'tide'], top: 2 }
    assert.deepEqual(await provider.rerank?.('ms-marco').rank(call), {
      ranking: [
        { index: 1, score: 3.5 },
        { index: 0, score: -7.25 },
      ],
      tokens: 318,
    })
    assert.match(String(tried.upstream.asked[0]?.path), /^\/base\/ml\/v1\/text\/rerank\?version=/)
    assert.deepEqual(tried.upstream.asked[0]?.body, {
      model_id: 'ms-marco',
      query: 'tide?',
      inputs: [{ text: 'bread' }, { text: 'tide' }],
      project_id: 'the-project',
      parameters: { return_options: { inputs: false, query: false, top_n: 2 } },
    })
    const embedding = provider.embed?.('x').doEmbed({ values: ['a'], dimensions: 3 }) ?? assert.fail()
    assert.equal((await failureFrom(embedding)).type, 'refused')
  }))
