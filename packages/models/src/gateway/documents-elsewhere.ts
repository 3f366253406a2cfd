type Json = Readonly<Record<string, unknown>>

/** Whether a request names a document that stands elsewhere, which counts tokens that nobody here sees. `text` is the same request. */
export const namesDocument = (json: Json, text: string): boolean =>
  /document|file_(?:id|url)|\\u00/.test(text) && holdsDocument(json, 0)

const deepest = 64

function holdsDocument(value: unknown, depth: number): boolean {
  if (typeof value !== 'object' || value === null) return false
  // Nobody writes one there.
  if (depth > deepest) return true
  if (Array.isArray(value)) return value.some((one) => holdsDocument(one, depth + 1))
  const fields = value as Json
  if (typeof fields['file_id'] === 'string' || typeof fields['file_url'] === 'string') return true
  if (fields['type'] === 'document' && isElsewhere(fields['source'])) return true
  return Object.values(fields).some((one) => holdsDocument(one, depth + 1))
}

const isElsewhere = (source: unknown): boolean =>
  typeof source === 'object' && source !== null && /^(?:url|file)$/.test(String((source as Json)['type']))
