import {
  filledList,
  filledText,
  flag,
  invalid,
  needed,
  notSupported,
  object,
  optional,
  text,
  wholeFrom,
  type Kind,
} from '../openai-chat/fields.ts'

/** A request of `/v1/rerank`, as Cohere, Jina and the servers that speak like them take it. */
export interface RerankAsked {
  readonly model: string
  readonly query: string
  readonly documents: readonly string[]
  readonly top: number | undefined
  readonly tokensOfDocument: number | undefined
  /** The documents come back with their places. */
  readonly returnsDocuments: boolean
}

const mostDocuments = 10_000

/** Throws `HearthError` `input.invalid` with issues, `models.not-supported` where documents are no texts. Fields that nobody knows are passed over. */
export function readRerank(body: unknown): RerankAsked {
  const fields = object(body, '')
  return {
    model: needed(fields, 'model', '', filledText),
    query: needed(fields, 'query', '', filledText),
    documents: needed(fields, 'documents', '', documents),
    top: optional(fields, 'top_n', '', wholeFrom(1)),
    tokensOfDocument: optional(fields, 'max_tokens_per_doc', '', wholeFrom(1)),
    returnsDocuments: optional(fields, 'return_documents', '', flag) ?? false,
  }
}

const documents: Kind<readonly string[]> = (value, path) => {
  const all = filledList(value, path)
  if (all.length > mostDocuments) throw invalid(path, `must be ${mostDocuments} at most`)
  return all.map((one, index) => textOf(one, `${path}[${index}]`))
}

/** A text, or an object that holds one. */
function textOf(value: unknown, path: string): string {
  if (typeof value === 'string') return value
  const fields = object(value, path)
  if (typeof fields['text'] === 'string') return fields['text']
  if (fields['image'] !== undefined) throw notSupported(path, 'Only documents that are texts can be ranked here.')
  return text(fields['text'], `${path}.text`)
}
