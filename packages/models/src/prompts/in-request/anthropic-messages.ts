import type { RenderedMessage } from '../definition.ts'
import type { InRequest } from '../in-request.ts'
import { absentIn, besideText, fieldsOf, listOf, textIn, woven, type Fields } from './message.ts'

const texts = ['text']

/** What a person wrote: results of tools come as messages of the user as well. */
function questionAt(messages: readonly unknown[]): number {
  return messages.findLastIndex((message) => {
    const { role, content } = fieldsOf(message)
    return role === 'user' && !listOf(content).some((part) => fieldsOf(part)['type'] === 'tool_result')
  })
}

/** Its models know no lower ones. */
const efforts: ReadonlySet<string> = new Set(['low', 'medium', 'high', 'xhigh', 'max'])

export const inAnthropicMessages: InRequest = {
  question: ({ messages }) => {
    const all = listOf(messages)
    const at = questionAt(all)
    return at === -1 ? undefined : textIn(fieldsOf(all[at])['content'], texts)
  },
  insert: (request, { messages, options, takesQuestion }) => {
    const conversation = listOf(request['messages'])
    const said = messages.filter(({ role }) => role !== 'system')
    const system = messages.flatMap(({ role, content }) => (role === 'system' ? [content] : []))
    const { temperature, topP, maxTokens, stop, effort, schema } = options
    const output = {
      ...(effort !== undefined && efforts.has(effort) ? { effort } : {}),
      ...(schema === undefined ? {} : { format: { type: 'json_schema', schema } }),
    }
    return {
      ...request,
      ...(system.length === 0 ? {} : { system: systemWith(system.join('\n\n'), request) }),
      messages: woven(said, conversation, takesQuestion ? questionAt(conversation) : -1, write),
      ...absentIn(request, {
        temperature,
        top_p: topP,
        max_tokens: maxTokens,
        stop_sequences: stop,
        output_config: Object.keys(output).length === 0 ? undefined : output,
      }),
    }
  },
}

function systemWith(text: string, { system }: Fields): unknown {
  if (Array.isArray(system)) return [{ type: 'text', text }, ...(system as readonly unknown[])]
  return typeof system === 'string' && system !== '' ? `${text}\n\n${system}` : text
}

function write({ role, content }: RenderedMessage, replaced?: unknown): unknown {
  const { content: former, ...rest } = fieldsOf(replaced)
  const more = besideText(former, texts)
  return { ...rest, role, content: more.length === 0 ? content : [...more, { type: 'text', text: content }] }
}
