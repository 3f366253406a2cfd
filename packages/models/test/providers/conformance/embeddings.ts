import assert from 'node:assert/strict'
import { failureFrom } from './answer.ts'
import { casesOf, type ProviderCase } from './case.ts'
import { expectedOf } from './expected.ts'
import { embeddingAt, json, key, recorded } from './subject.ts'
import type { Asked } from './upstream.ts'

const values = ['high tide', 'low tide']

/** Texts as vectors. */
export const embeddingCases: readonly ProviderCase[] = casesOf('embeddings', ['embed'], {
  'texts become vectors, in their order': async (tried) => {
    const { subject, upstream } = tried
    upstream.play(json(recorded(subject, 'embeddings.json')))
    const { embeddings } = await (await embeddingAt(tried)).doEmbed({ values })
    assert.deepEqual(embeddings, expectedOf(subject).embeddings)
    const asked = upstream.asked[0] as Asked
    for (const [header, value] of Object.entries(subject.identity(key))) assert.equal(asked.headers[header], value)
    assert.ok(asked.text.includes('high tide') && asked.text.includes('low tide'))
    assert.equal(asked.headers['user-agent'], 'Hearth')
  },
  'vectors that are not one for each text are garbage': async (tried) => {
    const one = { index: 0, embedding: [1, 2], values: [1, 2] }
    for (const list of [[], [one], [one, one, one], [one, { ...one, index: 1, embedding: [1], values: [1] }]]) {
      tried.upstream.play(json(JSON.stringify({ data: list, embeddings: list, usage: { prompt_tokens: 1 } })))
      assert.equal((await failureFrom((await embeddingAt(tried)).doEmbed({ values }))).type, 'garbage')
    }
  },
  'a refusal is one, without the key': async (tried) => {
    tried.upstream.play(
      json(JSON.stringify({ error: { message: `slow down, ${key}`, status: 'X' } }), {
        status: 429,
        headers: { 'retry-after': '7' },
      }),
    )
    const failure = await failureFrom((await embeddingAt(tried)).doEmbed({ values }))
    assert.deepEqual([failure.type, failure.afterMs], ['rate', 7000])
    assert.ok(!JSON.stringify(failure).includes(key))
    assert.equal(tried.upstream.asked.length, 1)
  },
  'it stops when nobody waits for it': async (tried) => {
    const stop = new AbortController()
    tried.upstream.play({ instead: 'stay' })
    const failing = failureFrom((await embeddingAt(tried)).doEmbed({ values, abortSignal: stop.signal }))
    while (tried.upstream.asked.length === 0) await new Promise((resolve) => setImmediate(resolve))
    stop.abort()
    assert.equal((await failing).type, 'stopped')
    await tried.upstream.asked[0]?.closed
  },
})
