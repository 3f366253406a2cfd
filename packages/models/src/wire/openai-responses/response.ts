import type { ChatAnswer, FinishReason, Usage } from '../../language.ts'
import type { AnswerFacts, WireFailure } from '../protocol.ts'
import { responseError, toldOf, type ResponseError } from './failure.ts'
import type { OutputItem } from './item.ts'
import type { ResponsesForm } from './read.ts'

/** How a response stands. */
export type Standing =
  | { readonly status: 'in_progress' }
  | { readonly status: 'completed' }
  | { readonly status: 'incomplete'; readonly reason: 'max_output_tokens' | 'content_filter' }
  | { readonly status: 'failed'; readonly error: ResponseError }

export const brokeOff: WireFailure = { type: 'model', failure: { type: 'lost', detail: 'The answer broke off.' } }

export function standingOf(finish: FinishReason | undefined): Standing {
  switch (finish?.unified) {
    case 'length':
      return { status: 'incomplete', reason: 'max_output_tokens' }
    case 'content-filter':
      return { status: 'incomplete', reason: 'content_filter' }
    case 'error':
    case 'interrupted':
    case undefined:
      return { status: 'failed', error: responseError(toldOf(brokeOff)) }
    default:
      return { status: 'completed' }
  }
}

export interface ResponseState {
  readonly standing: Standing
  readonly output: readonly OutputItem[]
  readonly usage: Usage | undefined
  /** That the provider says it served the call in. */
  readonly serviceTier: string | undefined
}

export const newResponse: ResponseState = {
  standing: { status: 'in_progress' },
  output: [],
  usage: undefined,
  serviceTier: undefined,
}

/** The protocol's `response`, with every field that its type requires. */
export function responseOf(form: ResponsesForm, facts: AnswerFacts, state: ResponseState): object {
  const { standing, output, usage, serviceTier } = state
  return {
    id: facts.id,
    object: 'response',
    created_at: Math.floor(facts.at / 1000),
    status: standing.status,
    error: standing.status === 'failed' ? standing.error : null,
    incomplete_details: standing.status === 'incomplete' ? { reason: standing.reason } : null,
    model: facts.model,
    output,
    usage: usageOf(usage),
    access_programs: null,
    ...form.echo,
    ...(serviceTier === undefined ? {} : { service_tier: serviceTier }),
  }
}

/** Null where the provider said nothing of it. */
function usageOf(usage: Usage | undefined): object | null {
  const [input, output] = [usage?.inputTokens, usage?.outputTokens]
  if (input?.total === undefined && output?.total === undefined) return null
  return {
    input_tokens: input?.total ?? 0,
    input_tokens_details: { cached_tokens: input?.cacheRead ?? 0, cache_write_tokens: input?.cacheWrite ?? 0 },
    output_tokens: output?.total ?? 0,
    output_tokens_details: { reasoning_tokens: output?.reasoning ?? 0 },
    total_tokens: (input?.total ?? 0) + (output?.total ?? 0),
  }
}

export function serviceTierOf(metadata: ChatAnswer['providerMetadata']): string | undefined {
  const tier = metadata?.['openai']?.['serviceTier']
  return typeof tier === 'string' ? tier : undefined
}

/** An id of the protocol's form is a word, an underscore and the rest, which the ids of its items are made from. */
export const seedOf = ({ id }: AnswerFacts): string => id.slice(id.indexOf('_') + 1)
