import { longestText } from '../longest-text.ts'
import type { WireCall, WireFollower, WireStream } from '../protocol.ts'
import { fieldsOf } from './usage.ts'
import { writeStream } from './write-stream.ts'

type Fields = Readonly<Record<string, unknown>>

/** Said of a text, or beside it, and nothing that another model could take up. */
const more = ['tool_calls', 'function_call', 'refusal', 'audio', 'annotations']
const open = 'text'

/** Of one choice, whose text alone was said: thoughts of this protocol are nothing that is handed back. */
export function createFollower(): WireFollower {
  let first: Fields | undefined
  let text = ''
  let hasFailed = false
  let isText = true

  const told = (choice: Fields): void => {
    if (!isText) return
    const delta = fieldsOf(choice['delta'])
    const { content } = delta
    if (typeof content === 'string') text += content
    else if (content != null) isText = false
    if (text.length > longestText) isText = false
    if (isSaid(choice['logprobs']) || (choice['index'] ?? 0) !== 0) isText = false
    if (more.some((field) => isSaid(delta[field]))) isText = false
  }

  return {
    event: (name, data) => {
      if (data.startsWith('[DONE]')) return
      const chunk = parsed(data)
      if (name === 'error' || isFailure(chunk)) {
        hasFailed = true
        return
      }
      first ??= chunk
      const { choices } = chunk
      for (const choice of Array.isArray(choices) ? choices : []) told(fieldsOf(choice))
    },
    hasFailed: () => hasFailed,
    followed: () =>
      isText && first !== undefined ? { text, open, stream: (asked) => streamBehind(asked, first ?? {}) } : null,
  }
}

/** Clients gather the chunks of one answer by its id, and are told once who speaks. */
function streamBehind(asked: WireCall, { id, model, created }: Fields): WireStream {
  const facts = {
    id: typeof id === 'string' ? id : '',
    model: typeof model === 'string' ? model : asked.model,
    at: typeof created === 'number' ? created * 1000 : 0,
  }
  const stream = writeStream(asked, facts)
  stream.push({ type: 'text-delta', id: open, delta: 'as it went out' })
  return stream
}

const isFailure = (chunk: Fields): boolean =>
  isSaid(chunk['error']) || chunk['object'] === 'error' || isSaid(fieldsOf(chunk['x_groq'])['error'])

const isSaid = (value: unknown): boolean =>
  typeof value === 'string' ? value !== '' : Array.isArray(value) ? value.length > 0 : value != null

function parsed(data: string): Fields {
  try {
    return fieldsOf(JSON.parse(data))
  } catch {
    return {}
  }
}
