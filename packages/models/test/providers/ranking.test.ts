// shows: A1
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Provider, ProviderManifest } from '../../src/provider.ts'
import { providers } from '../../src/providers/index.ts'
import { failureFrom } from './conformance/answer.ts'
import { json, key } from './conformance/subject.ts'
import { createUpstream, type Upstream } from './conformance/upstream.ts'
import { fields, list } from './reads-openai.ts'

const call = {
  query: 'When is high tide?',
  documents: ['Bread is baked.', 'At noon.', 'High tide in the harbour is at 06:14 today.'],
  top: 2,
}
const ranked = [
  { index: 2, score: 0.9 },
  { index: 0, score: 0.25 },
]

const results = [
  { index: 0, relevance_score: 0.25 },
  { index: 2, relevance_score: 0.9, document: { text: 'High tide in the harbour is at 06:14 today.' } },
]

/**
 * An answer in the form of each: Cohere’s by the types of `cohere-ai` 8.1.0, Jina’s and Voyage’s by their documented examples, vLLM’s by its
 * classes of `/rerank`, that of llama.cpp by its server’s README, Text Embeddings Inference’s by its OpenAPI document, Bedrock’s by the types of
 * `@aws-sdk/client-bedrock-agent-runtime` 3.1164.0.
 */
const answers: Readonly<Record<string, { readonly body: object; readonly counts: object }>> = {
  cohere: {
    body: {
      id: '07734bd2',
      results,
      meta: { api_version: { version: '2' }, billed_units: { search_units: 1 } },
    },
    counts: { searches: 1 },
  },
  jina: {
    body: { model: 'jina-reranker-v2-base-multilingual', object: 'list', usage: { total_tokens: 31 }, results },
    counts: { tokens: 31 },
  },
  voyage: {
    body: { object: 'list', data: results, model: 'rerank-2.5', usage: { total_tokens: 26 } },
    counts: { tokens: 26 },
  },
  vllm: {
    body: { id: 'rerank-1', model: 'bge', usage: { prompt_tokens: 40, total_tokens: 40 }, results },
    counts: { tokens: 40 },
  },
  'llama-cpp': {
    body: { model: 'bge', object: 'list', usage: { prompt_tokens: 44, total_tokens: 44 }, results },
    counts: { tokens: 44 },
  },
  tei: {
    body: [
      { index: 2, score: 0.9 },
      { index: 0, score: 0.25 },
      { index: 1, score: 0.1 },
    ],
    counts: {},
  },
  bedrock: {
    body: {
      results: [
        { index: 2, relevanceScore: 0.9 },
        { index: 0, relevanceScore: 0.25 },
      ],
    },
    counts: { searches: 1 },
  },
}

const manifestOf = (kind: string): ProviderManifest => providers.find((one) => one.kind === kind) ?? assert.fail(kind)

async function openAt({ url }: Upstream, kind: string): Promise<NonNullable<Provider['rerank']>> {
  const open = await manifestOf(kind).open()
  const options = { region: 'us-east-1' }
  const provider = open({ name: 'here', baseUrl: `${url}/base`, key, fetch: globalThis.fetch, options })
  return provider.rerank ?? assert.fail(`${kind} does not rank`)
}

for (const [kind, { body, counts }] of Object.entries(answers)) {
  test(`${kind}: documents are ranked, the best first, and what it took is told`, async () => {
    await using upstream = await createUpstream()
    upstream.play(json(JSON.stringify(body)))
    const rerank = await openAt(upstream, kind)
    assert.deepEqual(await rerank('a-reranker').rank(call), { ranking: ranked, ...counts })
    const [asked] = upstream.asked
    assert.equal(asked?.path, '/base/rerank')
    assert.equal(asked?.headers['authorization'], `Bearer ${key}`)
    assert.equal(asked?.headers['user-agent'], 'Hearth')
    const sent = asked?.body ?? {}
    const said = kind === 'bedrock' ? sourcesIn(sent) : (sent['documents'] ?? sent['texts'])
    assert.deepEqual(said, call.documents)
    assert.ok(kind === 'tei' || asked?.text.includes('a-reranker'))
    assert.ok(asked?.text.includes(call.query))
  })

  test(`${kind}: what is no ranking of these documents is garbage, and a refusal is one without key and question`, async () => {
    await using upstream = await createUpstream()
    const model = (await openAt(upstream, kind))('a-reranker')
    const one = (index: unknown, score: unknown) => ({ index, relevance_score: score, relevanceScore: score, score })
    const lists = [[], [one(3, 1)], [one(-1, 1)], [one(0, 'x')], [one(0, 1), one(0, 0.5)], [7], [one(0.5, 1)]]
    const bodies = [...lists.map((some) => (kind === 'tei' ? some : { results: some, data: some })), {}, 17, null]
    for (const wrong of bodies) {
      upstream.play(json(JSON.stringify(wrong)))
      assert.equal((await failureFrom(model.rank(call))).type, 'garbage', JSON.stringify(wrong))
    }
    upstream.play(json('<html>'))
    assert.equal((await failureFrom(model.rank(call))).type, 'garbage')
    const message = `slow down, ${key}: ${call.documents.join(' ')} ${call.query}`
    upstream.play(json(JSON.stringify({ message }), { status: 429, headers: { 'retry-after': '7' } }))
    const failure = await failureFrom(model.rank(call))
    assert.deepEqual([failure.type, failure.status, failure.afterMs], ['rate', 429, 7000])
    assert.ok(!failure.detail.includes(key) && !failure.detail.includes('harbour'), failure.detail)
    upstream.play(json(JSON.stringify({ message: 'invalid api token' }), { status: 401 }))
    assert.equal((await failureFrom(model.rank(call))).type, 'key')
  })
}

const sourcesIn = (body: Readonly<Record<string, unknown>>): readonly unknown[] =>
  list(body['sources']).map((source) => fields(fields(source['inlineDocumentSource'])['textDocument'])['text'])

test('where a provider does not tell how many searches it was, long documents count as several', async () => {
  await using upstream = await createUpstream()
  upstream.play(json(JSON.stringify({ results: [{ index: 0, relevanceScore: 0.9 }] })))
  const long = Array.from({ length: 60 }, () => 'High tide is at 06:14. '.repeat(100))
  const { searches } = await (await openAt(upstream, 'bedrock'))('a-reranker').rank({ ...call, documents: long })
  assert.ok(searches !== undefined && searches >= 2 && searches <= 4, `${searches}`)
})

test('ranking stops when nobody waits for it', async () => {
  await using upstream = await createUpstream()
  const stop = new AbortController()
  upstream.play({ instead: 'stay' })
  const failing = failureFrom((await openAt(upstream, 'cohere'))('rerank-v3.5').rank({ ...call, signal: stop.signal }))
  while (upstream.asked.length === 0) await new Promise((resolve) => setImmediate(resolve))
  stop.abort()
  assert.equal((await failing).type, 'stopped')
  await upstream.asked[0]?.closed
})

test('every kind that says it ranks does, and no other', async () => {
  for (const manifest of providers.filter(({ kind }) => kind !== 'gguf')) {
    const open = await manifest.open()
    const provider = open({ name: 'x', baseUrl: 'http://127.0.0.1:9', key, fetch: globalThis.fetch })
    assert.equal(provider.rerank !== undefined, manifest.does.includes('rerank'), manifest.kind)
  }
})
