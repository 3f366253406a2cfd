import type { ChatAnswer, ChatPart } from '../../language.ts'
import type { Adapt } from '../asking/parts.ts'
import { isObject } from '../failures/chain.ts'
import { thoughtMark } from './chunks.ts'

/**
 * The package reads no thoughts from OpenAI’s chat protocol, which has none. Servers that tell them have them read as text, and they are
 * told apart again here: the event, which comes before what is made of it, says which it is. That they are text to the package also
 * makes it pass them on at once; it keeps an answer back until something is said.
 */
export function thoughtApart(): Adapt {
  let isThought = false
  let open: { readonly type: 'text' | 'reasoning'; readonly id: string } | null = null
  let count = 0
  const close = (): readonly ChatPart[] => {
    if (open === null) return []
    const { type, id } = open
    open = null
    return [{ type: `${type}-end`, id }]
  }
  const say = (delta: string): readonly ChatPart[] => {
    const type = isThought ? 'reasoning' : 'text'
    if (delta === '') return []
    if (open?.type === type) return [{ type: `${type}-delta`, id: open.id, delta }]
    const before = close()
    const id = String(count++)
    open = { type, id }
    return [...before, { type: `${type}-start`, id }, { type: `${type}-delta`, id, delta }]
  }
  return (part) => {
    switch (part.type) {
      case 'raw':
        isThought = isObject(part.rawValue) && part.rawValue[thoughtMark] === true
        return [part]
      case 'text-start':
        return []
      case 'text-delta':
        return say(part.delta)
      case 'text-end':
        return close()
      case 'tool-input-start':
        return [...close(), part]
      default:
        return [part]
    }
  }
}

/** The same of an answer that came whole. */
export function withThoughts(answer: ChatAnswer): ChatAnswer {
  const body = answer.response?.body
  const choices = isObject(body) ? body['choices'] : undefined
  const choice = Array.isArray(choices) ? (choices as readonly unknown[])[0] : undefined
  const message = isObject(choice) ? choice['message'] : undefined
  const thought = isObject(message) ? message['thought'] : undefined
  if (typeof thought !== 'string' || thought === '') return answer
  return { ...answer, content: [{ type: 'reasoning', text: thought }, ...answer.content] }
}
