import type { EmbeddingModel } from '../../language.ts'
import {
  filledList,
  filledText,
  invalid,
  needed,
  notSupported,
  object,
  oneOf,
  optional,
  presentOrNone,
  present,
  text,
  wholeFrom,
  type Kind,
} from '../openai-chat/fields.ts'

export type EmbeddingCall = Parameters<EmbeddingModel['doEmbed']>[0]

/** A request of `/v1/embeddings`. */
export interface EmbeddingsAsked {
  readonly model: string
  readonly input: EmbeddingsInput
  readonly dimensions: number | undefined
  readonly encoding: 'float' | 'base64'
  readonly user: string | undefined
}

/** Tokens mean something to the provider of their model alone: such a request can be passed on, and nothing else. */
export type EmbeddingsInput =
  | { readonly type: 'texts'; readonly texts: readonly string[] }
  | { readonly type: 'tokens'; readonly count: number }

const mostInputs = 2048

/** Throws `HearthError` `input.invalid` with issues. Fields that nobody knows are passed over. */
export function readEmbeddings(body: unknown): EmbeddingsAsked {
  const fields = object(body, '')
  return {
    model: needed(fields, 'model', '', filledText),
    input: needed(fields, 'input', '', input),
    dimensions: optional(fields, 'dimensions', '', wholeFrom(1)),
    encoding: optional(fields, 'encoding_format', '', oneOf(['float', 'base64'])) ?? 'float',
    user: optional(fields, 'user', '', text),
  }
}

/** The same in the gateway's words. Throws `models.not-supported` where the input is tokens. */
export function embeddingCallOf({ input: asked, dimensions, user }: EmbeddingsAsked): EmbeddingCall {
  if (asked.type === 'tokens') throw notSupported('input', 'Tokens cannot be embedded here; send the text.')
  const openai = presentOrNone({ user })
  return present({
    values: [...asked.texts],
    dimensions,
    providerOptions: openai === undefined ? undefined : { openai },
  })
}

const input: Kind<EmbeddingsInput> = (value, path) => {
  if (typeof value === 'string') return { type: 'texts', texts: [filledText(value, path)] }
  if (!Array.isArray(value)) throw invalid(path, 'must be text, or a list of texts or of tokens')
  const all = filledList(value, path)
  if (isToken(all[0])) return { type: 'tokens', count: allTokens(all, path) }
  if (all.length > mostInputs) throw invalid(path, `must be ${mostInputs} at most`)
  if (!Array.isArray(all[0])) return { type: 'texts', texts: all.map((one, at) => filledText(one, `${path}[${at}]`)) }
  const counts = all.map((one, at) => allTokens(filledList(one, `${path}[${at}]`), `${path}[${at}]`))
  return { type: 'tokens', count: counts.reduce((sum, count) => sum + count, 0) }
}

const isToken = (value: unknown): boolean => Number.isSafeInteger(value) && (value as number) >= 0

function allTokens(values: readonly unknown[], path: string): number {
  const wrong = values.findIndex((value) => !isToken(value))
  if (wrong !== -1) throw invalid(`${path}[${wrong}]`, 'must be a token')
  return values.length
}
