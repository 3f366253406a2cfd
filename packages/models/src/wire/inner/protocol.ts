import type { ModelFailure } from '../../failure.ts'
import type { ChatAnswer, ChatPart } from '../../language.ts'
import type { Metered, WireCall, WireFailure, WireProtocol } from '../protocol.ts'

/** What of a model's answer there is to go on with. */
export type InnerAnswer = Pick<ChatAnswer, 'content' | 'finishReason' | 'usage'>

/** A line of a stream: a part of the answer, or that it broke off. */
export type InnerPart = ChatPart | { readonly type: 'broken'; readonly failure: ModelFailure }

/**
 * Calls that Hearth makes itself: they are in the gateway's own words from the beginning, and so is their answer, whole as one JSON or
 * streamed as one for each line. No provider speaks it, so that nothing is ever passed on unread.
 */
export const inner: WireProtocol = {
  name: 'inner',
  read: (body) => body as WireCall,
  whole: (_asked, { content, finishReason, usage }): InnerAnswer => ({ content, finishReason, usage }),
  streaming: () => ({
    push: (part) => line(part),
    end: () => '',
    fail: (failure) => line({ type: 'broken', failure: failureIn(failure) }),
  }),
  failed: (failure) => ({ status: 500, body: failureIn(failure) }),
  meter: () => ({
    whole: () => nothing,
    push: () => undefined,
    read: () => nothing,
    isGarbled: () => false,
    lacks: () => null,
  }),
}

const line = (part: InnerPart): string => `${JSON.stringify(part)}\n`

const failureIn = (failure: WireFailure): ModelFailure =>
  failure.type === 'model' ? failure.failure : { type: 'refused', detail: failure.error.message }

const nothing: Metered = { usage: undefined, finish: undefined, ended: false, began: false, error: undefined }
