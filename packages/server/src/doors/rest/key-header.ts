import type { IncomingMessage } from 'node:http'
import { HearthError } from '@hearth/protocol'

const visible = /^[\x21-\x7e](?:[\x20-\x7e]{0,198}[\x21-\x7e])?$/

export function idempotencyKey(request: IncomingMessage): string | undefined {
  const key = request.headers['idempotency-key'] as string | undefined
  if (key === undefined) return undefined
  checkKey(key)
  // Node joins a repeated header with a comma, which may as well be part of one key.
  if (key.includes(', ') && countOf(request.rawHeaders) > 1) throw invalid('Send one Idempotency-Key.')
  return key
}

/** Throws `idempotency.key-invalid`. */
export function checkKey(key: string): void {
  if (!visible.test(key)) throw invalid('An Idempotency-Key has 1 to 200 visible ASCII characters.')
}

const countOf = (rawHeaders: readonly string[]): number =>
  rawHeaders.filter((name, index) => index % 2 === 0 && name.toLowerCase() === 'idempotency-key').length

const invalid = (detail: string): HearthError => new HearthError('idempotency.key-invalid', detail)
