import { writeFailed } from './anthropic-messages/errors.ts'
import { writeFailure } from './openai-chat/errors.ts'
import { writeRerankFailure } from './rerank/failure.ts'
import type { WireCall, WireFailure, WireProtocol } from './protocol.ts'

/** A protocol as far as a door has to know it before anybody speaks it. */
export interface WireForm {
  failed(failure: WireFailure, requestId: string): { readonly status: number; readonly body: unknown }
  load(): Promise<WireProtocol>
  /** The header in which its clients look for the id of a request. */
  readonly idHeader?: string
}

/** An `import` of what is there costs 5 µs each time. */
function once(load: () => Promise<WireProtocol>): WireForm['load'] {
  let loaded: Promise<WireProtocol> | undefined
  return () => (loaded ??= load())
}

/** The protocols of model clients. What reads and writes them is loaded when the first client comes. */
export const wires: Readonly<
  Record<'openaiChat' | 'openaiResponses' | 'openaiEmbeddings' | 'anthropicMessages' | 'rerank', WireForm>
> = {
  openaiChat: {
    failed: (failure) => writeFailure(failure),
    load: once(async () => (await import('./openai-chat/protocol.ts')).openaiChat),
  },
  openaiResponses: {
    failed: (failure) => writeFailure(failure),
    load: once(async () => (await import('./openai-responses/protocol.ts')).openaiResponses),
  },
  openaiEmbeddings: {
    failed: (failure) => writeFailure(failure),
    load: once(async () => (await import('./openai-embeddings/protocol.ts')).openaiEmbeddings),
  },
  anthropicMessages: {
    failed: writeFailed,
    idHeader: 'request-id',
    load: once(async () => (await import('./anthropic-messages/protocol.ts')).anthropicMessages),
  },
  rerank: {
    failed: (failure) => writeRerankFailure(failure),
    load: once(async () => (await import('./rerank/protocol.ts')).rerank),
  },
}

export { inner, type InnerAnswer, type InnerPart } from './inner/protocol.ts'

/** What the tokens of are to be counted, as Anthropic's clients ask for it. Throws as reading a call does. */
export async function readTokenCount(body: unknown): Promise<Pick<WireCall, 'model' | 'call'>> {
  const protocol = await import('./anthropic-messages/protocol.ts')
  return protocol.readTokenCount(body)
}
