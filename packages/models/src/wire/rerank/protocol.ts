import type { Metered, WireCall, WireProtocol } from '../protocol.ts'
import { writeRerankFailure } from './failure.ts'
import { readRerank, type RerankAsked } from './read.ts'

/** `/v1/rerank`: of a protocol of chats it has what a door needs. What is asked stands in the call’s `form`. */
export const rerank: WireProtocol = {
  name: 'rerank',
  read: (body): WireCall => {
    const asked = readRerank(body)
    const content = [asked.query, ...asked.documents].map((text) => ({ type: 'text' as const, text }))
    return { model: asked.model, stream: false, call: { prompt: [{ role: 'user', content }] }, form: { ...asked } }
  },
  whole: () => never(),
  streaming: () => ({ push: () => never(), end: () => never(), fail: () => never() }),
  failed: writeRerankFailure,
  meter: () => ({
    whole: () => nothing,
    push: () => undefined,
    read: () => nothing,
    isGarbled: () => false,
    lacks: () => null,
  }),
}

export const rerankIn = ({ form }: Pick<WireCall, 'form'>): RerankAsked => form as unknown as RerankAsked

const never = (): never => {
  throw new Error('to rank is no chat')
}

const nothing: Metered = { usage: undefined, finish: undefined, ended: false, began: false, error: undefined }
