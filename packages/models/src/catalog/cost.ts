import type { Usage } from '../language.ts'
import type { ModelFacts, Prices, Rates, Tariff } from './facts.ts'
import type { Money } from './money.ts'
import { searchesIn } from './searches.ts'
import { paidTokens, promptTokens, type PaidTokens } from './usage.ts'

export interface CostOptions {
  /** Whether the call was handed in to be answered within a day. */
  readonly batch?: boolean
}

/** What a call cost, exactly. Undefined where a price that it needs is not known, which is not the same as nothing. */
export function costOf(
  { prices }: Pick<ModelFacts, 'prices'>,
  usage: Usage,
  { batch = false }: CostOptions = {},
): Money | undefined {
  if (prices?.search !== undefined) return costOfSearches(prices.search, searchesIn(usage))
  const tokens = paidTokens(usage)
  if (tokens === undefined || prices === undefined) return undefined
  // A batch costs no more than calls of their own.
  const tariff = batch ? (prices.batch ?? prices) : prices
  return costOfTokens(ratesOf(tariff, promptTokens(tokens)), tokens)
}

const costOfSearches = (price: number, searches: number | undefined): Money | undefined =>
  searches === undefined ? undefined : BigInt(searches) * BigInt(price)

function ratesOf(tariff: Tariff, prompt: number): Rates {
  let rates: Rates = tariff
  for (const long of tariff.long ?? []) if (prompt > long.above) rates = { ...rates, ...long }
  return rates
}

function costOfTokens(rates: Rates, tokens: PaidTokens): Money | undefined {
  const { input, output, cacheWrite = input } = rates
  // Numbers where they are exact, which they are up to 9,007 dollars.
  let [sum, small] = [0n, 0]
  const parts: readonly (readonly [number, number | undefined])[] = [
    [tokens.input, input],
    [tokens.audioInput, rates.audioInput ?? input],
    [tokens.cacheRead, rates.cacheRead ?? input],
    [tokens.cacheWrite, cacheWrite],
    [tokens.cacheWriteHour, rates.cacheWriteHour ?? cacheWrite],
    [tokens.output, output],
    [tokens.reasoning, rates.reasoning ?? output],
    [tokens.audioOutput, rates.audioOutput ?? output],
  ]
  for (const [count, price] of parts) {
    if (count === 0) continue
    if (price === undefined) return undefined
    const part = count * price
    if (small + part <= Number.MAX_SAFE_INTEGER) small += part
    else sum += BigInt(count) * BigInt(price)
  }
  return sum + BigInt(small)
}

/** The same before the call, in picodollars, as a number to compare models by: exact below 9,007 dollars. */
export function expectedCost(prices: Prices | undefined, input: number, output: number): number | undefined {
  if (prices === undefined) return undefined
  if (prices.search !== undefined) return prices.search
  const rates = prices.long === undefined ? prices : ratesOf(prices, input)
  if (rates.input === undefined || (rates.output === undefined && output > 0)) return undefined
  return input * rates.input + output * (rates.output ?? 0)
}
