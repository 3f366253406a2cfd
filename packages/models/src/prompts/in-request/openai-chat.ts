import type { RenderedMessage } from '../definition.ts'
import type { InRequest } from '../in-request.ts'
import { absentIn, besideText, fieldsOf, listOf, textIn, woven } from './message.ts'

const texts = ['text']

const questionAt = (messages: readonly unknown[]): number =>
  messages.findLastIndex((message) => fieldsOf(message)['role'] === 'user')

export const inOpenaiChat: InRequest = {
  question: ({ messages }) => {
    const all = listOf(messages)
    const at = questionAt(all)
    return at === -1 ? undefined : textIn(fieldsOf(all[at])['content'], texts)
  },
  insert: (request, { messages, options, takesQuestion }) => {
    const conversation = listOf(request['messages'])
    const { temperature, topP, maxTokens, stop, seed, effort, schema } = options
    const isBound = request['max_tokens'] != null
    return {
      ...request,
      messages: woven(messages, conversation, takesQuestion ? questionAt(conversation) : -1, write),
      ...absentIn(request, {
        temperature,
        top_p: topP,
        max_completion_tokens: isBound ? undefined : maxTokens,
        stop,
        seed,
        reasoning_effort: effort,
        response_format:
          schema === undefined ? undefined : { type: 'json_schema', json_schema: { name: 'answer', schema } },
      }),
    }
  },
}

function write({ role, content }: RenderedMessage, replaced?: unknown): unknown {
  const { content: former, ...rest } = fieldsOf(replaced)
  const more = besideText(former, texts)
  return { ...rest, role, content: more.length === 0 ? content : [{ type: 'text', text: content }, ...more] }
}
