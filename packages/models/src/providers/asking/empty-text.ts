import type { ChatPart } from '../../language.ts'
import type { Adapt } from './parts.ts'

/** An answer of calls alone begins with `"content": ""` at many servers. A text without a letter is no part of an answer. */
export function withoutEmptyText(): Adapt {
  const unopened = new Map<string, ChatPart>()
  return (part) => {
    if (part.type === 'text-start') {
      unopened.set(part.id, part)
      return []
    }
    if (part.type === 'text-end') return unopened.delete(part.id) ? [] : [part]
    if (part.type !== 'text-delta') return [part]
    if (part.delta === '') return []
    const start = unopened.get(part.id)
    unopened.delete(part.id)
    return start === undefined ? [part] : [start, part]
  }
}
