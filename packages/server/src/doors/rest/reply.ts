import { hash } from 'node:crypto'
import type { ServerResponse } from 'node:http'
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { ErrorTable, HearthError } from '@hearth/protocol'
import { toProblem } from '@hearth/protocol'

export interface Body {
  readonly status: number
  readonly contentType: string
  readonly body: string
  readonly headers?: Readonly<Record<string, string>>
}

/** An answer that remembers how long its body was. */
export type Counted = ServerResponse & { bodyBytes?: number }

/** What is no page is shown by no page, loads nothing, and its address is told to nobody. */
const plain = [
  'content-security-policy',
  "default-src 'none'; frame-ancestors 'none'",
  'referrer-policy',
  'no-referrer',
  'cross-origin-resource-policy',
  'same-origin',
] as const

/** Written past Fastify's own reply, which costs a tenth of a small call's time and changes content types. */
export function write(response: Counted, requestId: string, answer: Body): void {
  if (response.headersSent) {
    response.destroy()
    return
  }
  const { status, contentType, body, headers } = answer
  response.bodyBytes = Buffer.byteLength(body)
  const all = ['content-type', contentType, 'content-length', String(response.bodyBytes), 'x-request-id', requestId]
  all.push('x-content-type-options', 'nosniff')
  if (headers?.['cache-control'] === undefined) all.push('cache-control', 'no-store')
  if (headers?.['content-security-policy'] === undefined) all.push(...plain)
  for (const name in headers) all.push(name, headers[name] as string)
  if ((status === 429 || status === 503) && !saysWhen(headers)) all.push('retry-after', '1')
  response.writeHead(status, all)
  response.end(body)
}

const saysWhen = (headers: Body['headers']): boolean =>
  Object.keys(headers ?? {}).some((name) => name.toLowerCase() === 'retry-after')

export const json = (value: unknown): Body => ({
  status: 200,
  contentType: 'application/json',
  body: JSON.stringify(value),
})

/** Content that changes with the server's version alone: whoever has it already is not sent it again. */
export interface Tagged {
  readonly body: Body
  readonly etag: string
}

export function tagged(body: Body): Tagged {
  const etag = `"${hash('sha256', body.body, 'base64url').slice(0, 22)}"`
  return { etag, body: { ...body, headers: { ...body.headers, etag, 'cache-control': 'no-cache' } } }
}

export function writeTagged(request: FastifyRequest, reply: FastifyReply, { body, etag }: Tagged): void {
  if (!isAmong(etag, request.headers['if-none-match'])) return write(reply.raw, request.id, body)
  const { 'content-security-policy': _, ...headers } = body.headers ?? {}
  reply.raw.writeHead(304, { ...headers, 'x-request-id': request.id, 'x-content-type-options': 'nosniff' }).end()
}

/** RFC 9110, 13.1.2: compared weakly. */
const isAmong = (etag: string, header = ''): boolean =>
  header.trim() === '*' || header.split(',').some((one) => one.trim().replace(/^W\//, '') === etag)

/** The connection cannot be used again after these: the rest of the request is still on its way. */
const closing: ReadonlySet<string> = new Set(['door.body-too-large', 'door.request-timeout', 'door.request-malformed'])

export function problem(error: HearthError, table: ErrorTable, requestId: string): Body {
  const { code, message: detail, issues, retryAfterSeconds } = error
  const body = toProblem({ code, detail, issues }, table, requestId)
  const headers: Record<string, string> = {}
  if (retryAfterSeconds !== undefined) headers['retry-after'] = String(Math.max(1, Math.ceil(retryAfterSeconds)))
  if (body.status === 401) headers['www-authenticate'] = 'Bearer realm="Hearth"'
  if (closing.has(code)) headers['connection'] = 'close'
  return { status: body.status, contentType: 'application/problem+json', body: JSON.stringify(body), headers }
}
