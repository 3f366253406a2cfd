import assert from 'node:assert/strict'
import { failureFrom } from './answer.ts'
import { casesOf, type ProviderCase } from './case.ts'
import { expectedOf } from './expected.ts'
import { json, key, openedAt, recorded, type Tried } from './subject.ts'
import type { Replay } from './upstream.ts'

const list = async (tried: Tried, signal = new AbortController().signal) =>
  (await openedAt(tried)).list?.(signal) ?? assert.fail('it has no list')

const listing = casesOf('listing', ['chat'], {
  'its models are listed, page by page, by who it says asks': async (tried) => {
    const { subject, upstream } = tried
    const pages = subject.pages === true ? ['models.json', 'models-2.json'] : ['models.json']
    upstream.play(...pages.map((page) => json(recorded(subject, page))))
    const models = await list(tried)
    assert.equal(models.length, expectedOf(subject).listed)
    assert.equal(upstream.asked.length, pages.length)
    const name = subject.manifest.nameOf?.(subject.model) ?? subject.model
    assert.ok(
      models.some(({ id }) => id === name || id.startsWith(name)),
      JSON.stringify(models),
    )
    for (const { headers, path, method } of upstream.asked) {
      for (const [header, value] of Object.entries(subject.identity(key))) assert.equal(headers[header], value)
      assert.ok(!path.includes(key) && method === 'GET')
    }
  },
  'a list without end ends': async (tried) => {
    const { upstream } = tried
    const page = (name: string): Replay =>
      json(
        JSON.stringify({
          data: [{ id: name }],
          has_more: true,
          last_id: name,
          models: [{ name: `models/${name}` }],
          nextPageToken: name,
          inferenceProfileSummaries: [{ inferenceProfileId: name }],
          nextToken: name,
          resources: [{ model_id: name }],
        }),
      )
    for (const [pages, most] of [
      [[page('a')], 2],
      [Array.from({ length: 60 }, (_, index) => page(`m${index}`)), 50],
    ] as const) {
      const before = upstream.asked.length
      upstream.play(...pages)
      if (tried.subject.pages === true) assert.equal((await failureFrom(list(tried))).type, 'garbage')
      else assert.equal((await list(tried)).length, 1)
      assert.ok(upstream.asked.length - before <= most)
    }
  },
  'a list that is none is garbage, and a refusal is one': async (tried) => {
    for (const body of ['{}', '17', 'null', '<html>', '{"data":{"a":1},"models":7}']) {
      tried.upstream.play(json(body))
      assert.equal((await failureFrom(list(tried))).type, 'garbage', body)
    }
    tried.upstream.play(json(JSON.stringify({ error: { message: `no ${key}` } }), { status: 401 }))
    const failure = await failureFrom(list(tried))
    assert.deepEqual([failure.type, failure.status], ['key', 401])
    assert.ok(!failure.detail.includes(key))
  },
  'entries of another form are passed over': async (tried) => {
    const named = (id: unknown, name = id) => ({ id, name, modelId: id, inferenceProfileId: id, model_id: id })
    const entries = [null, 7, 'x', named(7), named(''), named('good', 'models/good')]
    const lists = { data: entries, models: entries, inferenceProfileSummaries: entries, resources: entries }
    tried.upstream.play(json(JSON.stringify(lists)))
    assert.deepEqual(
      (await list(tried)).map(({ id }) => id),
      ['good'],
    )
  },
  'a list stops when nobody waits for it': async (tried) => {
    const stop = new AbortController()
    tried.upstream.play({ instead: 'stay' })
    const failing = failureFrom(list(tried, stop.signal))
    while (tried.upstream.asked.length === 0) await new Promise((resolve) => setImmediate(resolve))
    stop.abort()
    assert.equal((await failing).type, 'stopped')
    await tried.upstream.asked[0]?.closed
  },
})

/** What a provider says it has. */
export const listingCases: readonly ProviderCase[] = listing
