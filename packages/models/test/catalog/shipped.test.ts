// shows: A2
import assert from 'node:assert/strict'
import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { outsideSubset } from '@hearth/protocol'
import * as z from 'zod'
import { createCatalog, declaredFacts, shippedCatalog, type Rates } from '../../src/catalog/index.ts'

const data = await shippedCatalog()
const ratesOf = (prices: object): readonly Rates[] =>
  [prices, ...Object.values(prices)].flatMap((one): Rates[] =>
    Array.isArray(one) ? (one as Rates[]) : typeof one === 'object' && one !== null ? [one as Rates] : [],
  )

describe('what the catalog ships', () => {
  it('says of which day it is, and where it comes from', () => {
    assert.match(data.date, /^20\d\d-\d\d-\d\d$/)
    assert.match(data.source, /price list/)
    for (const { source } of data.models) assert.ok(source === undefined || source.startsWith('https://'), source)
  })

  it('knows models of all the larger providers, each once', () => {
    assert.ok(data.models.length >= 150 && data.models.length <= 420, String(data.models.length))
    const names = data.models.map(({ provider, id }) => `${provider}/${id}`)
    assert.equal(new Set(names).size, names.length)
    const several: Readonly<Record<string, readonly string[]>> = {
      cohere: ['chat', 'embedding', 'rerank'],
      bedrock: ['chat', 'embedding', 'rerank'],
    }
    const chatting = ['openai', 'anthropic', 'google', 'mistral', 'groq', 'deepseek', 'openrouter']
    for (const provider of [...chatting, ...Object.keys(several)])
      for (const type of several[provider] ?? ['chat'])
        assert.ok(
          data.models.some((one) => one.provider === provider && one.type === type),
          `${provider} ${type}`,
        )
  })

  it('holds facts of the form that a person may declare', () => {
    for (const { provider: _, id, known, ...facts } of data.models) {
      assert.equal(known, true)
      assert.doesNotThrow(() => declaredFacts.parse(facts), id)
    }
  })

  it('has prices that are whole, not nothing, and in proportion', () => {
    for (const { id, type, prices } of data.models) {
      if (prices === undefined) continue
      for (const rates of ratesOf(prices))
        for (const [name, rate] of Object.entries(rates))
          if (typeof rate === 'number') assert.ok(Number.isSafeInteger(rate) && rate > 0, `${id} ${name} ${rate}`)
      const { input = 0, output = 0, cacheRead = 0, search } = prices
      // A cent for a search is more than anybody asks.
      if (search !== undefined) {
        assert.deepEqual([type, input, output], ['rerank', 0, 0], id)
        assert.ok(search < 10_000_000_000, id)
        continue
      }
      assert.ok(input > 0, id)
      assert.ok(cacheRead <= input, `${id}: reading from the cache is dearer than not`)
      if (type === 'chat') assert.ok(output >= input / 2 && output <= input * 20, `${id} ${input} ${output}`)
      else assert.ok(input <= 2_000_000, `${id} ${input}`)
    }
  })

  it('knows what Anthropic asks for caching, for every model', () => {
    const models = data.models.filter(({ provider }) => provider === 'anthropic')
    for (const { id, prices } of models) {
      const { input = 0, cacheWrite, cacheWriteHour } = prices ?? {}
      assert.equal(cacheWrite, input * 1.25, id)
      assert.equal(cacheWriteHour, input * 2, id)
    }
  })

  it('has the facts of some models as their makers state them', () => {
    const catalog = createCatalog(data)
    const haiku = catalog.facts('anthropic', 'claude-haiku-4-5')
    assert.deepEqual(
      [haiku.context, haiku.output, haiku.prices?.input, haiku.prices?.output, haiku.prices?.cacheRead],
      [200_000, 64_000, 1_000_000, 5_000_000, 100_000],
    )
    const five = catalog.facts('openai', 'gpt-5')
    assert.deepEqual([five.context, five.input, five.output], [400_000, 272_000, 128_000])
    assert.deepEqual(
      [five.prices?.input, five.prices?.output, five.prices?.batch?.input],
      [1_250_000, 10_000_000, 625_000],
    )
    const pro = catalog.facts('google', 'gemini-2.5-pro')
    assert.deepEqual(pro.prices?.long, [{ above: 200_000, input: 2_500_000, cacheRead: 250_000, output: 15_000_000 }])
    assert.equal(catalog.facts('openai', 'text-embedding-3-small').embedding?.dimensions, 1536)
  })

  it('is small, and the same object for everyone', async () => {
    const { size } = await stat(join(import.meta.dirname, '../../src/catalog/models.json'))
    assert.ok(size < 300_000, String(size))
    assert.equal(await shippedCatalog(), data)
  })
})

describe('what a person may declare of a model', () => {
  it('is of a form that every door can express', () => {
    assert.deepEqual(outsideSubset(z.toJSONSchema(declaredFacts)), [])
  })

  it('is refused where it is no fact', () => {
    for (const facts of [
      { prices: { input: 0.5 } },
      { prices: { input: -1 } },
      { prices: { long: [{ above: 5 }, { above: 5 }] } },
      { context: 0 },
      { context: 1e12 },
      { quality: [{ task: 'any', score: 2, source: 'x' }] },
      { colour: 'blue' },
    ])
      assert.equal(declaredFacts.safeParse(facts).success, false, JSON.stringify(facts))
  })
})
