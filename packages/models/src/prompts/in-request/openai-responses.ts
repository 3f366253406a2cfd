import type { RenderedMessage } from '../definition.ts'
import type { InRequest } from '../in-request.ts'
import { absentIn, besideText, fieldsOf, listOf, textIn, woven } from './message.ts'

const texts = ['input_text', 'text']

const itemsOf = (input: unknown): readonly unknown[] =>
  typeof input === 'string' ? [{ role: 'user', content: input }] : listOf(input)

const questionAt = (items: readonly unknown[]): number =>
  items.findLastIndex((item) => fieldsOf(item)['role'] === 'user')

export const inOpenaiResponses: InRequest = {
  question: ({ input }) => {
    const items = itemsOf(input)
    const at = questionAt(items)
    return at === -1 ? undefined : textIn(fieldsOf(items[at])['content'], texts)
  },
  insert: (request, { messages, options, takesQuestion }) => {
    const items = itemsOf(request['input'])
    const { temperature, topP, maxTokens, effort, schema } = options
    return {
      ...request,
      input: woven(messages, items, takesQuestion ? questionAt(items) : -1, write),
      ...absentIn(request, {
        temperature,
        top_p: topP,
        max_output_tokens: maxTokens,
        reasoning: effort === undefined ? undefined : { effort },
        text: schema === undefined ? undefined : { format: { type: 'json_schema', name: 'answer', schema } },
      }),
    }
  },
}

function write({ role, content }: RenderedMessage, replaced?: unknown): unknown {
  const { content: former, ...rest } = fieldsOf(replaced)
  const more = besideText(former, texts)
  return { ...rest, role, content: more.length === 0 ? content : [{ type: 'input_text', text: content }, ...more] }
}
