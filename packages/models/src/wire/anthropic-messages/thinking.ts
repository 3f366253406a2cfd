import type { ChatCall, JSONObject } from '../../language.ts'
import type { WireCall } from '../protocol.ts'
import { given, isRecord, oneOf, optional, record, wholeNumber } from './fields.ts'

/**
 * What the client wants to see of a model's thoughts. `unasked`: it did not say, so that those come which Anthropic's models think of
 * their own, as they must be handed back to them, and no others: many clients take the first block for the answer.
 */
export type Shown = 'shown' | 'omitted' | 'unasked'

const displays = ['summarized', 'omitted', 'updates'] as const

export function readThinking(value: unknown, path: string): JSONObject {
  const thinking = record(value, path)
  const display = optional(thinking.display, `${path}.display`, (word, at) => oneOf(word, at, displays))
  switch (oneOf(thinking.type, `${path}.type`, ['enabled', 'adaptive', 'between_tools', 'disabled'])) {
    case 'enabled':
      return { type: 'enabled', budgetTokens: wholeNumber(thinking.budget_tokens, `${path}.budget_tokens`, 1) }
    case 'adaptive':
      return given({ type: 'adaptive', display })
    case 'between_tools':
      return { type: 'between_tools' }
    case 'disabled':
      return { type: 'disabled' }
  }
}

export function readShown(value: unknown): Shown {
  if (!isRecord(value) || value.type === 'disabled') return 'unasked'
  return value.display === 'omitted' ? 'omitted' : 'shown'
}

export const shownOf = ({ form }: WireCall): Shown => (form.thinking as Shown | undefined) ?? 'unasked'

/**
 * For the SDK's Anthropic model, which adds the budget of the thoughts to the tokens that may come, while Anthropic's `max_tokens` has
 * both in it. `takesBudget`: whether it sends a budget to this model at all; it leaves the tokens alone where it does not.
 */
export function withBudgetInside(call: ChatCall, takesBudget: boolean): ChatCall {
  const thinking = call.providerOptions?.anthropic?.thinking
  if (!takesBudget || call.maxOutputTokens === undefined || !isRecord(thinking)) return call
  const { type, budgetTokens } = thinking
  return type === 'enabled' && typeof budgetTokens === 'number'
    ? { ...call, maxOutputTokens: call.maxOutputTokens - budgetTokens }
    : call
}
