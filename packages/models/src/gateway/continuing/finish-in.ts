import type { FinishReason } from '../../language.ts'

type Fields = Readonly<Record<string, unknown>>

/** By the words of each protocol. Where tools were called there is more than an end to tell. */
const words: Readonly<Record<string, FinishReason['unified']>> = {
  stop: 'stop',
  end_turn: 'stop',
  stop_sequence: 'stop',
  STOP: 'stop',
  length: 'length',
  max_tokens: 'length',
  model_context_window_exceeded: 'length',
  MAX_TOKENS: 'length',
}

/** How an answer ended, where an event of its provider’s own protocol says so. A package tells of it only when the last one has come. */
export function finishIn(event: unknown): FinishReason | undefined {
  const { choices, candidates, type, delta } = fieldsOf(event)
  const said =
    type === 'message_delta'
      ? fieldsOf(delta)['stop_reason']
      : (firstOf(choices)['finish_reason'] ?? firstOf(candidates)['finishReason'])
  if (typeof said !== 'string' || !Object.hasOwn(words, said)) return undefined
  const unified = words[said]
  return unified === undefined ? undefined : { unified, raw: said }
}

const fieldsOf = (value: unknown): Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : {}

const firstOf = (list: unknown): Fields => fieldsOf(Array.isArray(list) ? list[0] : undefined)
