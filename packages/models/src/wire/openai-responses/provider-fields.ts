import type { ChatPart } from '../../language.ts'
import type { Logprob } from './item.ts'

export type Metadata = Extract<ChatPart, { readonly type: 'text-start' }>['providerMetadata']

export interface OpenaiFields {
  readonly itemId: string | undefined
  readonly phase: string | undefined
  readonly reasoningEncryptedContent: string | undefined
}

const textOf = (value: unknown): string | undefined => (typeof value === 'string' && value !== '' ? value : undefined)

/** What the AI SDK's OpenAI models say of a part beside the part itself. */
export function openaiFields(metadata: Metadata): OpenaiFields {
  const fields = metadata?.['openai']
  return {
    itemId: textOf(fields?.['itemId']),
    phase: textOf(fields?.['phase']),
    reasoningEncryptedContent: textOf(fields?.['reasoningEncryptedContent']),
  }
}

/** Of a whole answer: a list of tokens for each text or delta (Responses), or one list of all (Chat Completions). */
export function rawLogprobs(metadata: Metadata): readonly unknown[] {
  const found: unknown = metadata?.['openai']?.['logprobs']
  return Array.isArray(found) ? found : []
}

/** In the protocol's form, with `top` likely tokens beside each. */
export function logprobsFrom(tokens: readonly unknown[], top: number): readonly Logprob[] {
  return tokens.flatMap((token) => {
    const own = tokenOf(token)
    if (own === undefined) return []
    const others: unknown = (token as { readonly top_logprobs?: unknown }).top_logprobs
    const top_logprobs = (Array.isArray(others) ? others : []).flatMap((one) => tokenOf(one) ?? []).slice(0, top)
    return [{ ...own, top_logprobs }]
  })
}

/** The AI SDK drops the bytes, which the protocol wants. */
function tokenOf(value: unknown): Omit<Logprob, 'top_logprobs'> | undefined {
  if (typeof value !== 'object' || value === null) return undefined
  const { token, logprob } = value as { readonly token?: unknown; readonly logprob?: unknown }
  if (typeof token !== 'string' || typeof logprob !== 'number') return undefined
  return { token, bytes: [...Buffer.from(token)], logprob }
}
