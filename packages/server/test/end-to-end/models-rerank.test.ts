// shows: A1, A8, A3, A4
import assert from 'node:assert/strict'
import { beforeEach, test } from 'node:test'
import { CohereClient, CohereClientV2, CohereError } from 'cohere-ai'
import { ownerKey, until } from './hearth.ts'
import { useModelGround } from './model-ground.ts'
import { json, type Asked } from './upstream.ts'

const ground = useModelGround()
const documents = ['Bread is baked at night.', 'At noon.', 'High tide is at 06:14.']
const question = { model: 'cohere/rerank-v3.5', query: 'When is high tide?', documents }

const call = async (operation: string, input: object) => {
  const { status, json: answer } = await ground.hearth.call(operation, input)
  assert.equal(status, 200, JSON.stringify(answer))
  return answer
}
const ask = (path: string, body: object, key = ownerKey) =>
  ground.hearth.request('POST', path, body, { authorization: `Bearer ${key}` })
const sent = ({ body }: Asked) => JSON.parse(body) as Record<string, unknown>

beforeEach(async () => {
  const { url } = ground.upstream
  await call('providers.add', { name: 'cohere', kind: 'cohere', baseUrl: url, key: 'co-key' })
  await call('providers.add', { name: 'local', kind: 'vllm', baseUrl: url, models: ['bge-reranker-v2-m3'] })
  ground.upstream.instead = ({ path, headers }, response) => {
    if (path !== '/v1/rerank') return false
    const results = [
      { index: 0, relevance_score: 0.125 },
      { index: 2, relevance_score: 0.875 },
    ]
    const isCohere = headers['authorization'] === 'Bearer co-key'
    const usage = isCohere
      ? { meta: { api_version: { version: '2' }, billed_units: { search_units: 1 } } }
      : { usage: { total_tokens: 40 } }
    json(response, { id: 'r-1', results, ...usage })
    return true
  }
})

test('the official client of Cohere ranks by either of its versions, and gets its documents back where it asks for them', async () => {
  const options = { environment: ground.hearth.url, token: ownerKey, maxRetries: 0 }
  const second = await new CohereClientV2(options).rerank({ ...question, topN: 2 })
  assert.deepEqual(
    second.results.map(({ index, relevanceScore }) => [index, relevanceScore]),
    [
      [2, 0.875],
      [0, 0.125],
    ],
  )
  assert.equal(second.meta?.billedUnits?.searchUnits, 1)
  assert.deepEqual(ground.upstream.asked.map(sent), [
    { model: 'rerank-v3.5', query: question.query, documents, top_n: 2 },
  ])
  const first = await new CohereClient(options).rerank({
    ...question,
    documents: documents.map((text) => ({ text })),
    returnDocuments: true,
  })
  assert.deepEqual(first.results[0]?.document, { text: 'High tide is at 06:14.' })
  const refused = await new CohereClientV2(options).rerank({ ...question, model: 'nobody/x' }).catch((error) => error)
  assert.ok(refused instanceof CohereError)
  assert.equal(refused.statusCode, 404)
  assert.match((refused.body as { readonly message: string }).message, /No provider is known to have this model/)
})

test('a search is priced, recorded and paid from a budget, and tokens are where the provider counts those', async () => {
  const answer = await ask('/v1/rerank', question)
  assert.deepEqual([answer.status, answer.headers.get('x-hearth-cost-usd')], [200, '0.002'])
  const record = await ground.recordOf(answer.headers.get('x-hearth-call'))
  assert.deepEqual(
    [record['door'], record['provider'], record['model'], record['outcome'], record['costUsd']],
    ['/v1/rerank', 'cohere', 'rerank-v3.5', 'done', '0.002'],
  )
  const { key } = await call('keys.create', { name: 'reader', budget: { usd: 0.005, per: 'day' } })
  const statuses = []
  for (let count = 0; count < 4; count += 1) statuses.push((await ask('/v2/rerank', question, key)).status)
  assert.deepEqual(statuses, [200, 200, 429, 429])
  assert.equal((await ask('/v1/rerank', { ...question, model: 'local/bge-reranker-v2-m3' }, key)).status, 422)
  await call('models.declare', {
    provider: 'local',
    model: 'bge-reranker-v2-m3',
    facts: { type: 'rerank', prices: { input: 1_000_000 } },
  })
  const local = await ask('/v1/rerank', { ...question, model: 'local/bge-reranker-v2-m3' }, key)
  assert.deepEqual([local.status, local.headers.get('x-hearth-cost-usd')], [200, '0.00004'])
  assert.deepEqual(local.json.usage, { prompt_tokens: 40, total_tokens: 40 })
  // The query is read again with each document, and so it is paid.
  const wide = { query: 'tide '.repeat(100), documents: Array.from({ length: 20 }, () => 'x') }
  assert.equal((await ask('/v1/rerank', { ...wide, model: 'local/bge-reranker-v2-m3' }, key)).status, 429)
  await call('models.undeclare', { provider: 'local', model: 'bge-reranker-v2-m3' })
  const { key: other } = await call('keys.create', { name: 'other', budget: { usd: 0.003, per: 'day' } })
  // It stands in every piece of a long document, too, of which a hundred are a search.
  const tides = (count: number): string => 'tide '.repeat(count)
  const long = { ...question, query: tides(450), documents: Array.from({ length: 40 }, () => tides(150)) }
  assert.equal((await ask('/v1/rerank', long, other)).status, 429)
  const weighed = await call('router.simulate', { policy: {} })
  assert.equal(weighed.calls, 0, 'what was ranked says nothing of what would be answered')
})

test('what is paid by searches counts by its tokens where those have a rate', async () => {
  const { key, id } = await call('keys.create', { name: 'hasty' })
  const tokens = Math.ceil(JSON.stringify(question).length / 4)
  await call('rates.set', { scope: `key:${id}`, tokens: 2 * tokens + 5 })
  const statuses = []
  for (let count = 0; count < 3; count += 1) statuses.push((await ask('/v1/rerank', question, key)).status)
  assert.deepEqual(statuses, [200, 200, 429])
})

test('where one fails the next ranks, and a policy is asked for what ranks alone', async () => {
  const whole = ground.upstream.instead
  ground.upstream.instead = (asked, response) => {
    if (asked.headers['authorization'] !== 'Bearer co-key') return whole?.(asked, response) ?? false
    response.writeHead(503).end()
    return true
  }
  const answer = await ask('/v1/rerank', { ...question, model: 'auto' })
  assert.deepEqual([answer.status, answer.headers.get('x-hearth-provider')], [200, 'local'])
  const record = await ground.recordOf(answer.headers.get('x-hearth-call'))
  const tries = record['attempts'] as readonly { readonly outcome: string; readonly model: string }[]
  assert.deepEqual([tries[0]?.outcome, tries.at(-1)?.model], ['away', 'bge-reranker-v2-m3'])
  assert.ok(tries.every(({ model }) => model.includes('rerank')))
  const chat = await ask('/v1/chat/completions', {
    model: 'cohere/rerank-v3.5',
    messages: [{ role: 'user', content: 'x' }],
  })
  assert.equal(chat.status, 404)
  const ranked = await ask('/v1/rerank', { ...question, model: 'fake/gpt-4o-mini' })
  assert.equal(ranked.status, 404)
})

test('who does not answer in time is left for the next, of what ranks and of what embeds', async () => {
  const whole = ground.upstream.instead
  ground.upstream.instead = (asked, response) => {
    const { path, headers } = asked
    if (headers['authorization'] === 'Bearer co-key' || headers['x-goog-api-key'] === 'g-1') return true
    if (!path.includes('embedContent')) return whole?.(asked, response) ?? false
    json(response, { embedding: { values: [0.5, 0.25] } })
    return true
  }
  for (const number of [1, 2])
    await call('providers.add', {
      name: `g${number}`,
      kind: 'google',
      baseUrl: ground.upstream.url,
      key: `g-${number}`,
    })
  const ruleFor = (asked: string, ...models: readonly string[]) => ({
    when: [{ type: 'asked', any: [asked] }],
    choose: { type: 'chain', models },
  })
  const rules = [ruleFor('auto', 'cohere/rerank-v3.5', 'local/*'), ruleFor('gemini*', 'local/*', 'g1/*', 'g2/*')]
  await call('router.setPolicy', { policy: { patience: { headMs: 100 }, rules } })
  for (const [path, body, providers] of [
    ['/v1/rerank', { ...question, model: 'auto' }, ['cohere', 'local']],
    ['/v1/embeddings', { model: 'gemini-embedding-001', input: 'x' }, ['g1', 'g2']],
  ] as const) {
    const answer = await ask(path, body)
    assert.equal(answer.status, 200, answer.text)
    const { attempts } = await ground.recordOf(answer.headers.get('x-hearth-call'))
    const tries = attempts as readonly { readonly provider: string; readonly outcome: string }[]
    assert.deepEqual(
      tries.map(({ provider, outcome }) => `${provider} ${outcome}`),
      [`${providers[0]} late`, `${providers[1]} ok`],
    )
  }
  await call('router.setPolicy', { policy: {} })
})

test('what is no request to rank is refused in a form that clients read', async () => {
  for (const [body, status] of [
    [{ ...question, documents: [] }, 400],
    [{ ...question, documents: 'x' }, 400],
    [{ ...question, documents: [7] }, 400],
    [{ ...question, documents: [{ image: 'https://x.example/a.png' }] }, 422],
    [{ ...question, query: '' }, 400],
    [{ ...question, top_n: 0 }, 400],
    [{ model: question.model }, 400],
    [{ ...question, model: 'template:x' }, 422],
  ] as const) {
    const answer = await ask('/v1/rerank', body)
    assert.equal(answer.status, status, JSON.stringify([body, answer.json]))
    assert.equal(typeof answer.json.message, 'string')
    assert.equal(answer.json.error.message, answer.json.message)
  }
  assert.equal((await ask('/v1/rerank', question, 'hearth_wrong')).status, 401)
  assert.equal(ground.upstream.asked.length, 0)
})

test('what comes without end or as garbage is an error, and never a hang', async () => {
  ground.upstream.instead = (_asked, response) => {
    json(response, { results: [{ index: 99, relevance_score: 1 }] })
    return true
  }
  const answer = await ask('/v1/rerank', question)
  assert.deepEqual([answer.status, answer.json.error.code], [502, 'models.garbage'])
})

test('of what was ranked the request is kept where texts are, and numbers are not', async () => {
  await call('texts.set', { scope: 'tenant', prompts: 'whole', answers: 'whole' })
  const id = (await ask('/v1/rerank', question)).headers.get('x-hearth-call')
  let kept: Awaited<ReturnType<typeof call>>
  await until(async () => {
    const { status, json: found } = await ground.hearth.call('calls.get', { id })
    kept = found
    return status === 200 && found.textsState === 'kept'
  }, 'the request is kept')
  assert.deepEqual([kept.texts.prompt, kept.texts.answer], [question, null])
  await call('texts.set', { scope: 'tenant' })
})
