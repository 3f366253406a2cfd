import type { ProtocolName } from '../provider.ts'
import type { RenderedMessage, TemplateOptions } from './definition.ts'
import { inAnthropicMessages } from './in-request/anthropic-messages.ts'
import { inOpenaiChat } from './in-request/openai-chat.ts'
import { inOpenaiResponses } from './in-request/openai-responses.ts'

export type Fields = Readonly<Record<string, unknown>>

/** What a rendered template puts into a request. */
export interface Insertion {
  readonly messages: readonly RenderedMessage[]
  readonly options: TemplateOptions
  /** The last question of the request has become part of the template's last message, which stands in its place. */
  readonly takesQuestion: boolean
}

/** A template in the requests of one protocol, in the client's own fields: all that they say besides goes on as it is. */
export interface InRequest {
  /** The text of the last message that a person wrote; undefined where there is none. */
  question(request: Fields): string | undefined
  /** What the request says itself counts before what the template says of options. */
  insert(request: Fields, insertion: Insertion): Fields
}

export const inRequest: Readonly<Partial<Record<ProtocolName, InRequest>>> = {
  'openai-chat': inOpenaiChat,
  'openai-responses': inOpenaiResponses,
  'anthropic-messages': inAnthropicMessages,
}
