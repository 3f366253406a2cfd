import type { RenderedMessage } from '../definition.ts'

export type Fields = Readonly<Record<string, unknown>>

export const fieldsOf = (value: unknown): Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : {}

export const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : [])

/** Of a message: a text, or parts of which some are texts. */
export function textIn(content: unknown, types: readonly string[]): string {
  if (typeof content === 'string') return content
  return listOf(content)
    .map(fieldsOf)
    .flatMap(({ type, text }) => (types.includes(String(type)) && typeof text === 'string' ? [text] : []))
    .join('\n')
}

/** What stands in a message beside its text: pictures, documents. */
export const besideText = (content: unknown, types: readonly string[]): readonly unknown[] =>
  listOf(content).filter((part) => !types.includes(String(fieldsOf(part)['type'])))

/**
 * The template's messages before the conversation. Where it takes the question, the last of them stands in the place of that; where its
 * last is no message of a person, the question stays where it is: a model is to answer somebody.
 */
export function woven<M>(
  messages: readonly RenderedMessage[],
  conversation: readonly M[],
  question: number,
  write: (message: RenderedMessage, replaced?: M) => M,
): readonly M[] {
  const last = messages.at(-1)
  if (question === -1 || last?.role !== 'user') return [...messages.map((one) => write(one)), ...conversation]
  const before = messages.slice(0, -1).map((one) => write(one))
  return [...before, ...conversation.with(question, write(last, conversation[question]))]
}

/** Those of the fields that the request does not have. */
export const absentIn = (request: Fields, fields: Fields): Fields =>
  Object.fromEntries(Object.entries(fields).filter(([name, value]) => value !== undefined && request[name] == null))
