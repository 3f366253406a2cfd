import { failureOfAnswer } from '../../failure-of.ts'
import type { Usage } from '../../language.ts'
import { writeFailure } from '../openai-chat/errors.ts'
import type { Metered, WireCall, WireProtocol } from '../protocol.ts'
import { embeddingCallOf, readEmbeddings, type EmbeddingsAsked } from './read.ts'

/** `/v1/embeddings`: of a protocol of chats it has what a door needs. What is asked stands in the call's `form`. */
export const openaiEmbeddings: WireProtocol = {
  name: 'openai-embeddings',
  read: (body): WireCall => {
    const asked = readEmbeddings(body)
    const { values } = embeddingCallOf(asked)
    const content = values.map((text) => ({ type: 'text' as const, text }))
    return { model: asked.model, stream: false, call: { prompt: [{ role: 'user', content }] }, form: { ...asked } }
  },
  whole: () => never(),
  streaming: () => ({ push: () => never(), end: () => never(), fail: () => never() }),
  failed: writeFailure,
  meter: () => ({
    whole: metered,
    push: () => undefined,
    read: () => nothing,
    isGarbled: () => false,
    lacks: () => null,
  }),
}

export const askedIn = ({ form }: Pick<WireCall, 'form'>): EmbeddingsAsked => form as unknown as EmbeddingsAsked

const never = (): never => {
  throw new Error('embeddings are no chat')
}

const nothing: Metered = { usage: undefined, finish: undefined, ended: false, began: false, error: undefined }

function metered(body: Buffer): Metered {
  const text = body.toString()
  let answer: {
    readonly data?: unknown
    readonly error?: unknown
    readonly usage?: { readonly prompt_tokens?: unknown }
  }
  try {
    answer = JSON.parse(text) ?? {}
  } catch {
    return nothing
  }
  if (typeof answer.error === 'object' && answer.error !== null)
    return { ...nothing, error: failureOfAnswer({ status: 200, headers: {}, body: text }) }
  const tokens = answer.usage?.prompt_tokens
  const ended = Array.isArray(answer.data) && answer.data.length > 0
  return { ...nothing, ended, began: ended, usage: typeof tokens === 'number' ? usageOf(tokens) : undefined }
}

export const usageOf = (tokens: number): Usage => ({
  inputTokens: { total: tokens, noCache: tokens, cacheRead: 0, cacheWrite: 0 },
  outputTokens: { total: 0, text: 0, reasoning: 0 },
})
