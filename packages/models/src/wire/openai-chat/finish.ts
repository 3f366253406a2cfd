import type { ChatAnswer, FinishReason } from '../../language.ts'
import { fieldsOf } from './usage.ts'

export type Finish = 'stop' | 'length' | 'tool_calls' | 'function_call' | 'content_filter'

/** Providers do not agree whether an answer that holds calls has come to its stop; for a client there is something to do. */
export function finishOf({ unified }: FinishReason, calls: 'none' | 'tool_calls' | 'function_call'): Finish {
  if (unified === 'length') return 'length'
  if (unified === 'content-filter') return 'content_filter'
  return calls === 'none' ? 'stop' : calls
}

/** OpenAI ends a refusal with `stop`, and its package hands the refusal over as the last text. */
export const isRefusal = ({ unified, raw }: FinishReason): boolean => unified === 'content-filter' && raw === 'stop'

/** Of the whole answer, also where it is streamed: that is how the package of OpenAI tells them, a list or a list of lists. */
export function logprobsOf(metadata: ChatAnswer['providerMetadata']): readonly object[] | undefined {
  const told = metadata?.['openai']?.['logprobs']
  if (!Array.isArray(told)) return undefined
  return told.flat().flatMap(tokenOf)
}

function tokenOf(told: unknown): readonly object[] {
  const token = alternativeOf(told)
  const { top_logprobs: top } = fieldsOf(told)
  return token.map((one) => ({ ...one, top_logprobs: Array.isArray(top) ? top.flatMap(alternativeOf) : [] }))
}

/** The package leaves out the bytes, and the protocol says null where there are none. */
function alternativeOf(told: unknown): readonly object[] {
  const { token, logprob, bytes } = fieldsOf(told)
  if (typeof token !== 'string' || typeof logprob !== 'number') return []
  return [{ token, logprob, bytes: Array.isArray(bytes) ? bytes : null }]
}
