// shows: A2
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { costOf, expectedCost, formatUsd, type Prices } from '../../src/catalog/index.ts'
import type { Usage } from '../../src/language.ts'
import { seeded } from './seeded.ts'
import { usageOf } from './usage-of.ts'

const prices: Prices = {
  input: 3_000_000,
  cacheRead: 300_000,
  cacheWrite: 3_750_000,
  cacheWriteHour: 6_000_000,
  output: 15_000_000,
  long: [{ above: 200_000, input: 6_000_000, cacheRead: 600_000, output: 22_500_000 }],
  batch: { input: 1_500_000, output: 7_500_000 },
}
const cost = (usage: Usage, of: Prices = prices, batch = false): string | undefined => {
  const amount = costOf({ prices: of }, usage, { batch })
  return amount === undefined ? undefined : formatUsd(amount)
}

describe('what a call costs', () => {
  it('is each kind of token at its own price', () => {
    assert.equal(cost(usageOf({ input: 1000, output: 100 })), '0.0045')
    assert.equal(cost(usageOf({ input: 10, read: 10_000, written: 2000, output: 100 })), '0.01203')
    assert.equal(cost(usageOf({ input: 10, output: 1, thought: 9 }), { ...prices, reasoning: 20_000_000 }), '0.000225')
  })

  it('tells what was written for an hour from what was not, where the provider does', () => {
    const raw = { cache_creation: { ephemeral_5m_input_tokens: 400, ephemeral_1h_input_tokens: 600 } }
    assert.equal(cost(usageOf({ written: 1000, output: 1, raw })), '0.005115')
  })

  it('prices sound apart, in the ways that OpenAI and Google tell of it', () => {
    const spoken = { ...prices, audioInput: 32_000_000, audioOutput: 64_000_000 }
    const openai = { prompt_tokens_details: { audio_tokens: 40 }, completion_tokens_details: { audio_tokens: 10 } }
    const google = {
      promptTokensDetails: [
        { modality: 'TEXT', tokenCount: 60 },
        { modality: 'AUDIO', tokenCount: 40 },
      ],
      candidatesTokensDetails: [{ modality: 'AUDIO', tokenCount: 10 }],
    }
    for (const raw of [openai, google]) assert.equal(cost(usageOf({ input: 100, output: 10, raw }), spoken), '0.0021')
  })

  it('goes by the length of the whole prompt, the cached part included', () => {
    assert.equal(cost(usageOf({ input: 200_000, output: 1000 })), '0.615')
    assert.equal(cost(usageOf({ input: 1, read: 200_000, output: 1000 })), '0.142506')
  })

  it('is less in a batch, and what it is without one where no price of a batch is known', () => {
    assert.equal(cost(usageOf({ input: 1000, output: 100 }), prices, true), '0.00225')
    assert.equal(cost(usageOf({ input: 1000, output: 100 }), { input: 1, output: 2 }, true), '0.0000000012')
  })

  it('is that of plain tokens for those that have no price of their own', () => {
    const plain = { input: 1_000_000, output: 2_000_000 }
    assert.equal(cost(usageOf({ input: 1, read: 1, written: 1, output: 1, thought: 1 }), plain), '0.000007')
  })

  it('is not known, rather than nothing, where a price is not', () => {
    const usage = usageOf({ input: 10, output: 10 })
    assert.equal(costOf({}, usage), undefined)
    assert.equal(costOf({ prices: { input: 1 } }, usage), undefined)
    assert.equal(costOf({ prices: { output: 1 } }, usage), undefined)
    assert.equal(costOf({ prices: { input: 5 } }, usageOf({ input: 10 })), 50n)
  })

  it('is not known where the provider did not say what was used', () => {
    const nothing = { total: undefined, noCache: undefined, cacheRead: undefined, cacheWrite: undefined }
    const said = { total: 5, text: undefined, reasoning: undefined }
    assert.equal(costOf({ prices }, { inputTokens: nothing, outputTokens: said }), undefined)
    const silent = { total: undefined, text: undefined, reasoning: undefined }
    assert.equal(costOf({ prices }, { inputTokens: { ...nothing, total: 5 }, outputTokens: silent }), undefined)
  })

  it('takes the larger of a total and its parts, whatever nonsense they are', () => {
    const of = (total: unknown, noCache: unknown, cacheRead: unknown): bigint | undefined =>
      costOf({ prices: { input: 1, cacheRead: 1, output: 1 } }, {
        inputTokens: { total, noCache, cacheRead, cacheWrite: undefined },
        outputTokens: { total: 0, text: 0, reasoning: 0 },
      } as unknown as Usage)
    assert.equal(of(100, 10, 20), 100n)
    assert.equal(of(10, 100, 20), 120n)
    assert.equal(of(10, undefined, 50), 50n)
    assert.equal(of(-5, 7, -3), 7n)
    assert.equal(of(Number.NaN, undefined, 1), undefined)
    assert.equal(of('12', undefined, 0), undefined)
    assert.equal(of(1.5, undefined, 0), 2n)
    assert.equal(of(Number.POSITIVE_INFINITY, 0, 0), 1_000_000_000_000n)
  })

  it('never goes down when anything is added, and a call in two parts costs what they do', () => {
    const random = seeded(11)
    const some = (most: number): number => Math.floor(random() ** 3 * most)
    const flat: Prices = { input: 287_274, cacheRead: 23_940, cacheWrite: 359_093, output: 574_549, reasoning: 600_001 }
    for (let round = 0; round < 3000; round++) {
      const a = {
        input: some(90_000),
        read: some(90_000),
        written: some(9000),
        output: some(9000),
        thought: some(9000),
      }
      const b = {
        input: some(90_000),
        read: some(90_000),
        written: some(9000),
        output: some(9000),
        thought: some(9000),
      }
      const both = {
        input: a.input + b.input,
        read: a.read + b.read,
        written: a.written + b.written,
        output: a.output + b.output,
        thought: a.thought + b.thought,
      }
      for (const tariff of [flat, prices]) {
        const [one, other, all] = [a, b, both].map((counts) => costOf({ prices: tariff }, usageOf(counts)) ?? -1n)
        assert.ok(one !== undefined && other !== undefined && all !== undefined)
        assert.ok(all >= one && all >= other)
        // A long prompt costs more for its whole length.
        if (tariff === flat) assert.equal(all, one + other)
        else assert.ok(all >= one + other)
      }
    }
  })

  it('does not drift over a million calls', () => {
    const random = seeded(5)
    let sum = 0n
    let tokens = 0
    const usage = Array.from({ length: 1000 }, () => usageOf({ input: Math.floor(random() * 5000), output: 1 }))
    for (let call = 0; call < 1_000_000; call++) {
      const one = usage[call % usage.length] ?? assert.fail()
      sum += costOf({ prices: { input: 287_274, output: 574_549 } }, one) ?? 0n
      tokens += one.inputTokens.total ?? 0
    }
    assert.equal(sum, BigInt(tokens) * 287_274n + 1_000_000n * 574_549n)
  })

  it('is expected beforehand to be what it comes to', () => {
    for (const input of [1, 5000, 200_000, 200_001])
      assert.equal(BigInt(expectedCost(prices, input, 700) ?? -1), costOf({ prices }, usageOf({ input, output: 700 })))
    assert.equal(expectedCost(undefined, 1, 1), undefined)
    assert.equal(expectedCost({ input: 1 }, 1, 1), undefined)
    assert.equal(expectedCost({ input: 2 }, 3, 0), 6)
  })
})
