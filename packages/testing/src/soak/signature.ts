import { createHmac, timingSafeEqual } from 'node:crypto'

export interface SignedRequest {
  readonly id: string | undefined
  readonly timestamp: string | undefined
  readonly signature: string | undefined
  readonly body: Buffer
}

const toleranceSeconds = 300

/** Says why a Standard Webhooks request cannot be trusted, or null when it can. */
export function signatureFault(request: SignedRequest, secret: string, nowSeconds: number): string | null {
  const { id, timestamp, signature, body } = request
  if (id === undefined || timestamp === undefined || signature === undefined) return 'a webhook header is missing'
  if (!/^\d{1,12}$/.test(timestamp)) return 'the timestamp is not a number of seconds'
  if (Math.abs(nowSeconds - Number(timestamp)) > toleranceSeconds) return 'the timestamp is too far from now'
  const expected = sign(id, timestamp, body, secret)
  const versions = signature.split(' ').filter((part) => part.startsWith('v1,'))
  return versions.some((part) => sameText(part.slice(3), expected)) ? null : 'no signature fits'
}

export function sign(id: string, timestamp: string, body: Buffer, secret: string): string {
  const key = Buffer.from(secret.replace(/^whsec_/, ''), 'base64')
  return createHmac('sha256', key).update(`${id}.${timestamp}.`).update(body).digest('base64')
}

function sameText(left: string, right: string): boolean {
  const a = Buffer.from(left)
  const b = Buffer.from(right)
  return a.length === b.length && timingSafeEqual(a, b)
}
