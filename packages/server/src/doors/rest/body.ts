import { isUtf8 } from 'node:buffer'
import type { IncomingMessage } from 'node:http'
import { HearthError } from '@hearth/protocol'

export const bodyLimit = 1024 * 1024
const nestingLimit = 64

/** An upload that is refused is read up to here first: many clients see a broken connection instead of an early answer. */
const politeLimit = 16 * bodyLimit

type Done = (error: Error | null, body?: unknown) => void

/** Collects the body and parses it; no body at all is `undefined`. */
export function readJson(
  request: { readonly headers: IncomingMessage['headers'] },
  payload: IncomingMessage,
  done: Done,
): void {
  collect(payload, request.headers['content-length'], (error, bytes) => {
    if (error !== null) return done(error)
    let body: unknown
    try {
      if (bytes.length > 0) body = parseJson(bytes, request.headers['content-type'])
    } catch (failure) {
      return done(failure as Error)
    }
    done(null, body)
  })
}

export function collect(
  payload: IncomingMessage,
  declared: string | undefined,
  done: (error: Error | null, bytes: Buffer) => void,
  limit = bodyLimit,
): void {
  const polite = Math.max(politeLimit, limit)
  const chunks: Buffer[] = []
  let length = 0
  let isDone = false
  // Listeners stay: taking them off costs more than all the rest of this function.
  const finish = (error: Error | null): void => {
    if (isDone) return
    isDone = true
    done(error, chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks))
  }
  payload.on('data', (chunk: Buffer) => {
    length += chunk.length
    if (length <= limit) chunks.push(chunk)
    else if (length > polite) finish(tooLarge(limit))
  })
  payload.on('end', () => finish(length > limit ? tooLarge(limit) : null))
  payload.on('error', finish)
  if (Number(declared) > polite) finish(tooLarge(limit))
}

const tooLarge = (limit: number): HearthError =>
  new HearthError('door.body-too-large', `A body may have ${limit} bytes.`)

const malformed = (detail: string): HearthError => new HearthError('door.body-malformed', detail)

/** Throws `door.…` for what is no JSON that can be taken in. */
export function parseJson(bytes: Buffer, contentType: string | undefined): unknown {
  if (contentType !== 'application/json') checkCharset(contentType)
  if (!isUtf8(bytes)) throw malformed('The body is not UTF-8.')
  checkNesting(bytes)
  const text = bytes.toString('utf8')
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error
    throw malformed(`The body is not JSON${whereOf(error)}.`)
  }
  if (text.includes('__proto__') || text.includes('\\u')) refusePrototypes(value)
  return value
}

function checkCharset(contentType: string | undefined): void {
  const charset = /;\s*charset\s*=\s*"?([^\s;"]+)/i.exec(contentType ?? '')?.[1]
  if (charset !== undefined && !/^utf-?8$/i.test(charset)) {
    throw new HearthError('door.content-type-unsupported', 'JSON is written in UTF-8.')
  }
}

/** The engine's own message quotes the body, which may hold what must not be shown or logged. */
function whereOf(error: SyntaxError): string {
  if (/end of JSON|Unterminated/.test(error.message)) return ': it ends too early'
  const position = /at position (\d+)/.exec(error.message)?.[1]
  return position === undefined ? '' : `: see character ${position}`
}

/** Code that walks a value by recursion must not be made to run out of stack. */
function checkNesting(bytes: Buffer): void {
  let depth = 0
  let inText = false
  for (let index = 0; index < bytes.length; index += 1) {
    const byte = bytes[index]
    if (inText) {
      if (byte === 0x5c) index += 1
      else if (byte === 0x22) inText = false
    } else if (byte === 0x22) inText = true
    else if (byte === 0x5b || byte === 0x7b) {
      depth += 1
      if (depth > nestingLimit) throw malformed(`The body is nested more than ${nestingLimit} deep.`)
    } else if (byte === 0x5d || byte === 0x7d) depth -= 1
  }
}

/** A key `__proto__` is a plain one to JSON, but replaces a prototype where somebody copies objects carelessly. */
function refusePrototypes(value: unknown): void {
  const open = [value]
  for (let item = open.pop(); item !== undefined; item = open.pop()) {
    if (item === null || typeof item !== 'object') continue
    if (Object.hasOwn(item, '__proto__')) throw malformed('The body may not hold the key __proto__.')
    for (const inner of Object.values(item)) open.push(inner)
  }
}
