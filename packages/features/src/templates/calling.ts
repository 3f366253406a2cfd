import type { ChatCall, ChatMessage, RenderedMessage, TemplateOptions } from '@hearth/models'

/** A rendered template in the gateway's own words. */
export const callOf = (messages: readonly RenderedMessage[], options: TemplateOptions = {}): ChatCall => {
  const { temperature, topP, maxTokens, stop, seed, effort, schema } = options
  return {
    prompt: messages.map(messageOf),
    ...(temperature === undefined ? {} : { temperature }),
    ...(topP === undefined ? {} : { topP }),
    ...(maxTokens === undefined ? {} : { maxOutputTokens: maxTokens }),
    ...(stop === undefined ? {} : { stopSequences: [...stop] }),
    ...(seed === undefined ? {} : { seed }),
    ...(effort === undefined ? {} : { reasoning: effort }),
    ...(schema === undefined ? {} : { responseFormat: { type: 'json', schema } }),
  }
}

const messageOf = ({ role, content }: RenderedMessage): ChatMessage =>
  role === 'system' ? { role, content } : { role, content: [{ type: 'text', text: content }] }
