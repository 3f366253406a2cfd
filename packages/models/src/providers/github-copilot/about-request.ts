import { isObject } from '../failures/chain.ts'

/** Headers that say what a request holds: whether a person or an agent goes on, and whether there are pictures. */
export function aboutRequest(body: RequestInit['body'] | undefined): Readonly<Record<string, string>> {
  if (typeof body !== 'string') return {}
  const { messages } = JSON.parse(body) as { readonly messages?: unknown }
  const all = Array.isArray(messages) ? (messages as readonly unknown[]).filter(isObject) : []
  const isOfAgent = all.some(({ role }) => role === 'assistant' || role === 'tool')
  return {
    'x-initiator': isOfAgent ? 'agent' : 'user',
    ...(all.some(holdsPicture) ? { 'copilot-vision-request': 'true' } : {}),
  }
}

const holdsPicture = ({ content }: Readonly<Record<string, unknown>>): boolean =>
  Array.isArray(content) &&
  (content as readonly unknown[]).some((part) => isObject(part) && part['type'] === 'image_url')
