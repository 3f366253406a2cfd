import type { Usage } from '../../language.ts'
import { isObject } from '../failures/chain.ts'

export const lettersPerToken = 4

/** Tokens by the letters that were written. Files count for nothing: whoever counts here does not read them. */
export const tokensIn = (value: unknown): number => Math.ceil(lettersIn(value) / lettersPerToken)

function lettersIn(value: unknown): number {
  if (typeof value === 'string') return value.length
  if (Array.isArray(value)) return (value as readonly unknown[]).reduce<number>((sum, one) => sum + lettersIn(one), 0)
  if (!isObject(value) || value['type'] === 'file') return 0
  return Object.values(value).reduce<number>((sum, one) => sum + lettersIn(one), 0)
}

export const usageOf = (input: number, output: number): Usage => ({
  inputTokens: { total: input, noCache: input, cacheRead: 0, cacheWrite: 0 },
  outputTokens: { total: output, text: output, reasoning: 0 },
})
