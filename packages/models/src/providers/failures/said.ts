import { isObject } from './chain.ts'

/** What a provider said where it did not answer, whichever form it has for that. */
export interface Said {
  readonly message: string | undefined
  /** Its own names for what is wrong, in lower case. */
  readonly words: ReadonlySet<string>
  /** A status that it names in the body. */
  readonly status: number | undefined
  /** How long it wants to be left alone, where the body says so. */
  readonly afterMs: number | undefined
}

type Fields = Readonly<Record<string, unknown>>

const longestBody = 1_000_000
const longestWord = 100
const nothing: Said = { message: undefined, words: new Set(), status: undefined, afterMs: undefined }

/** Reads a body as it came. */
export function saidInText(text: string): Said {
  const trimmed = text.trim()
  if (trimmed === '' || trimmed.length > longestBody) return nothing
  try {
    return saidIn(JSON.parse(trimmed))
  } catch {
    // A proxy in between speaks HTML, which says nothing to anybody here; plain words do.
    return trimmed.startsWith('<') ? nothing : { ...nothing, message: trimmed }
  }
}

export function saidIn(value: unknown): Said {
  if (typeof value === 'string') return { ...nothing, message: value }
  // Gemini puts the error of a stream that was not asked for as events into an array.
  if (Array.isArray(value)) return saidIn((value as readonly unknown[])[0])
  if (!isObject(value)) return nothing
  const error = errorIn(value)
  const fields = isObject(error) ? error : {}
  const words = wordsOf(value, fields)
  return {
    message: messageOf(value, error),
    words: new Set(words),
    status: words.map(Number).find((word) => Number.isInteger(word) && word >= 400 && word < 600),
    afterMs: retryInfo(fields),
  }
}

/** Whether a body is an error and not an answer of another form. */
export function looksLikeError(value: unknown): boolean {
  if (Array.isArray(value)) return looksLikeError((value as readonly unknown[])[0])
  if (!isObject(value)) return false
  if (value['object'] === 'error' || value['type'] === 'error') return true
  const error = errorIn(value)
  if (typeof error === 'string' ? error !== '' : isObject(error)) return true
  if (typeof value['detail'] === 'string') return true
  if (isObject(firstOf(value['errors'])) && !answers.some((field) => field in value)) return true
  return typeof value['message'] === 'string' && !answers.some((field) => field in value)
}

/** Where the protocols keep an answer. */
const answers = ['choices', 'content', 'output', 'candidates', 'data']

function errorIn(value: Fields): unknown {
  const { error, response } = value
  return error ?? (isObject(response) ? response['error'] : undefined)
}

function messageOf(value: Fields, error: unknown): string | undefined {
  const candidates = [
    isObject(error) && isObject(error['metadata']) ? saidBehind(error['metadata']['raw']) : undefined,
    isObject(error) ? error['message'] : error,
    value['message'],
    // Mistral puts what it does not take into an object in the place of the message.
    isObject(value['message']) ? firstOf(value['message']['detail'], 'msg') : undefined,
    value['detail'],
    firstOf(value['detail'], 'msg'),
    firstOf(value['errors'], 'message'),
    // IBM’s identity service.
    value['errorMessage'],
    firstOf(value['errors']),
  ]
  return candidates.find((candidate) => typeof candidate === 'string' && candidate.trim() !== '') as string | undefined
}

/** OpenRouter says in `raw` what the provider behind it said; its own message is the same for all of them. */
const saidBehind = (raw: unknown): string | undefined =>
  typeof raw === 'string' ? (saidInText(raw).message ?? raw) : undefined

function firstOf(list: unknown, field?: string): unknown {
  const first = Array.isArray(list) ? (list as readonly unknown[])[0] : undefined
  return field === undefined ? first : isObject(first) ? first[field] : undefined
}

function wordsOf(value: Fields, error: Fields): readonly string[] {
  const { innererror, details } = error
  const reasons = Array.isArray(details) ? (details as readonly unknown[]).slice(0, 20) : [details]
  const found = [
    isObject(innererror) ? innererror['code'] : undefined,
    ...reasons.map((reason) => (isObject(reason) ? (reason['reason'] ?? reason['error_code']) : undefined)),
    error['code'],
    error['status'],
    error['type'],
    typeof value['error'] === 'string' ? value['error'] : undefined,
    value['code'],
    value['type'],
    value['error_type'],
    firstOf(value['errors'], 'code'),
    value['status_code'],
  ]
  return found
    .filter((word): word is string | number => typeof word === 'string' || typeof word === 'number')
    .map((word) => String(word).toLowerCase())
    .filter((word) => word.length <= longestWord)
}

/** Google’s `RetryInfo`: a duration in seconds, such as `34.074s`. */
function retryInfo({ details }: Fields): number | undefined {
  if (!Array.isArray(details)) return undefined
  for (const detail of details as readonly unknown[]) {
    const delay = isObject(detail) ? detail['retryDelay'] : undefined
    const seconds = typeof delay === 'string' ? /^(\d{1,9}(?:\.\d{1,9})?)s$/.exec(delay)?.[1] : undefined
    if (seconds !== undefined) return Math.ceil(Number(seconds) * 1000)
  }
  return undefined
}
