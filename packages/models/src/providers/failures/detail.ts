import { Redaction } from '../../texts/redaction/redact.ts'
import { isObject } from './chain.ts'

const longest = 500
/** More than this is not looked at, so that no provider buys time with a long message. */
const looked = 4000
/** Of a message, with the request: each letter of it is looked for in all of that. */
const compared = 1500
const mask = '***'
/** What is repeated may be shorter than a sentence, and tell of somebody all the same. */
const redaction = new Redaction()

/** What must not be in the words of a failure. */
export interface Hidden {
  readonly key?: string | undefined
  /** What was asked, in the form of the provider. */
  readonly request?: unknown
}

/** A provider’s words as they may be shown: one line, bounded, without the key, what looks like one, what was asked, what tells of people, or the query of an address. */
export function shown(message: string, { key, request }: Hidden = {}): string {
  const line = flat(message)
  const safe = withoutKeys(withoutQueries(withoutKey(line, key)), key)
  const echoed = withoutInput(request === undefined ? safe : withoutRequest(safe.slice(0, compared), request))
  const own = redaction.text(echoed)
  return own.length > longest ? `${own.slice(0, longest - 1).trimEnd()}…` : own
}

function flat(message: string): string {
  const cut = message.length > looked ? message.slice(0, looked).replace(/\S*$/, '') : message
  return cut.replace(/[\s\u0000-\u001f\u007f-\u009f\u2028\u2029]+/g, ' ').trim()
}

function withoutKey(text: string, key: string | undefined): string {
  if (key === undefined || key.length < 4) return text
  return partsOf(key).reduce(
    (rest, part) => rest.replaceAll(part, mask).replaceAll(encodeURIComponent(part.toWellFormed()), mask),
    text,
  )
}

const shortestPart = 12

/** The key, and what it is put together from: an id, a secret and the token of a session are each to be hidden. */
function partsOf(key: string): readonly string[] {
  const parts = key.includes(':') ? key.split(':').filter(({ length }) => length >= shortestPart) : []
  return [key, ...parts]
}

const address = /\b(https?:\/\/)(?:[^\s/?#"'<>]*@)?([^\s?#"'<>]+)(?:[?#][^\s"'<>]*)?/gi
const withoutQueries = (text: string): string => text.replace(address, '$1$2')

const looksLikeKey = [
  // The forms that providers give their keys, also half masked, as OpenAI shows a wrong one.
  /\b(sk|pk|rk|sess|gsk|hf|xai|nvapi|r8|fw|csk|tgp|pplx|ghp|gho|ghu|ghs|github_pat|api_key)[-_][\w*.…•-]{4,}/gi,
  /\bAIza[\w*.…•-]{4,}/g,
  /\b(bearer|basic)\s+[\w+/=*.~-]{6,}/gi,
  /\b(api[-_ ]?key|token|key|secret)(["']?\s*[=:]\s*["']?)[\w*./+=~-]{6,}/gi,
  /\b(?=[A-Za-z]*\d)(?=\d*[A-Za-z])[A-Za-z0-9]{32,}\b/g,
]

function withoutKeys(text: string, key: string | undefined): string {
  const masked = looksLikeKey.reduce((rest, form) => rest.replace(form, mask), text)
  const parts = key === undefined ? [] : partsOf(key)
  const isHidden = (word: string): boolean => isHalfMasked(word) || parts.some((part) => isPartOf(word, part))
  return masked.replace(/[^\s"'`]+/g, (word) => (isHidden(word) ? mask : word))
}

const isHalfMasked = (word: string): boolean => /[*•]{4,}/.test(word) || /^[*•]{3}./.test(word)

/** Also its beginning and its end, with dots in between. */
function isPartOf(word: string, key: string): boolean {
  if (key.length < shortestPart) return false
  if (word.includes(key.slice(0, 8))) return true
  return /\.{2,}|…/.test(word) && (word.includes(key.slice(0, 6)) || word.includes(key.slice(-4)))
}

/** Servers that check with pydantic repeat what they were sent behind this word. */
const withoutInput = (text: string): string => text.replace(/['"]input['"]\s*:.*$/, '…')

const shortestEcho = 24
const mostRequest = 200_000

/** Whatever of the message is as long as a sentence and stands in the request too. */
function withoutRequest(message: string, request: unknown): string {
  const asked = textsOf(request)
  if (asked === '') return message
  let kept = ''
  for (let from = 0; from < message.length;) {
    const length = echoAt(message, from, asked)
    kept += length === 0 ? (message[from] ?? '') : '…'
    from += length === 0 ? 1 : length
  }
  return kept
}

function echoAt(message: string, from: number, asked: string): number {
  if (from + shortestEcho > message.length || !asked.includes(message.slice(from, from + shortestEcho))) return 0
  let length = shortestEcho
  while (from + length < message.length && asked.includes(message.slice(from, from + length + 1))) length += 1
  return length
}

/** All that was written into a request, but for the name of the model, which belongs into an error about it. */
function textsOf(request: unknown): string {
  const texts: string[] = []
  let left = mostRequest
  const collect = (value: unknown, depth: number): void => {
    if (left <= 0 || depth > 30) return
    if (typeof value === 'string') {
      const text = value.slice(0, left)
      texts.push(flat(text))
      left -= text.length
    } else if (Array.isArray(value)) {
      // The last message is the one that is most often repeated.
      for (const one of (value as readonly unknown[]).toReversed()) collect(one, depth + 1)
    } else if (isObject(value)) {
      for (const [name, one] of Object.entries(value)) if (name !== 'model') collect(one, depth + 1)
    }
  }
  collect(request, 0)
  return texts.join('\n')
}
