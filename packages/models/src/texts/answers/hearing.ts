import type { ProtocolName } from '../../provider.ts'
import { hearMessages } from './anthropic-messages.ts'
import { hearInner } from './inner.ts'
import { hearChat } from './openai-chat.ts'
import { hearResponses } from './openai-responses.ts'
import { isFields, type Fields } from '../../fields.ts'
import { type Said } from './said.ts'

/** What a model said, read from an event of a stream of a client's protocol or from a whole body. Of vectors there is nothing to hear. */
const hearings: Readonly<Partial<Record<ProtocolName, (said: Said, event: Fields) => void>>> = {
  'openai-chat': hearChat,
  'openai-responses': hearResponses,
  'anthropic-messages': hearMessages,
  inner: hearInner,
}

/** What is not what the protocol says is passed over. */
export function hear(said: Said, protocol: ProtocolName, json: string): void {
  let event: unknown
  try {
    event = JSON.parse(json)
  } catch {
    return
  }
  if (isFields(event)) hearings[protocol]?.(said, event)
}
