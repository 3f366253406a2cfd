import type { ProtocolName } from '../provider.ts'
import { isFields, type Fields } from '../fields.ts'

/** What was said last, where it is words alone and a person’s, and all the rest of the request without it. */
export interface Question {
  readonly text: string
  readonly rest: Fields
}

/** Longer ones are about too much to be the same as another. */
const longest = 2000

export function questionIn(protocol: ProtocolName, json: Fields): Question | null {
  if (protocol === 'openai-embeddings' || protocol === 'rerank') return null
  const field = protocol === 'openai-responses' ? 'input' : 'messages'
  const said = json[field]
  if (typeof said === 'string') return protocol === 'openai-responses' ? asked(said, { ...json, [field]: '' }) : null
  if (!Array.isArray(said)) return null
  const last: unknown = said.at(-1)
  if (!isFields(last) || last['role'] !== 'user') return null
  const words = wordsIn(last['content'])
  if (words === null) return null
  const rest = { ...last, content: words.rest }
  return asked(words.text, { ...json, [field]: [...said.slice(0, -1), rest] })
}

const asked = (text: string, rest: Fields): Question | null =>
  text.trim() === '' || text.length > longest ? null : { text, rest }

function wordsIn(content: unknown): { readonly text: string; readonly rest: unknown } | null {
  if (typeof content === 'string') return { text: content, rest: '' }
  if (!Array.isArray(content) || content.length !== 1) return null
  const part: unknown = content[0]
  if (!isFields(part) || (part['type'] !== 'text' && part['type'] !== 'input_text')) return null
  return typeof part['text'] === 'string' ? { text: part['text'], rest: [{ ...part, text: '' }] } : null
}
