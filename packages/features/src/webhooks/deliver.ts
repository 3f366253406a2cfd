import { createHmac } from 'node:crypto'
import type { AttemptResult, EffectKind } from '@hearth/kernel'
import type { EffectTools } from '../feature.ts'
import type { Webhook } from './actor.ts'
import type { DeliveryRequest } from './announce.ts'

const seconds = [1, 2, 5, 15, 60, 300, 900, 1800, 3600, 7200]
const fourHours = 14_400
const threeDays = 259_200

/** The wait before each further attempt, three days in all. */
export const retrySeconds: readonly number[] = (() => {
  const waits = [...seconds]
  let total = waits.reduce((sum, wait) => sum + wait, 0)
  for (; total + fourHours <= threeDays; total += fourHours) waits.push(fourHours)
  return waits
})()

/** Standard Webhooks: HMAC-SHA256 over `id.timestamp.body`, the key being what follows `whsec_`. */
export function signature(secret: string, id: string, timestamp: number, body: string): string {
  const key = Buffer.from(secret.slice('whsec_'.length), 'base64')
  return `v1,${createHmac('sha256', key).update(`${id}.${timestamp}.${body}`).digest('base64')}`
}

export const sealedFor = (webhook: string): string => `webhook ${webhook}`

export const delivery = ({ egress, vault, references }: EffectTools): EffectKind => ({
  kind: 'webhook',
  // The receiver knows a repeated delivery by its webhook-id.
  delivery: 'idempotent',
  concurrency: 128,
  timeoutMs: 15_000,
  backoffMs: (next) => {
    const wait = retrySeconds[next - 2]
    return wait === undefined ? null : wait * 1000
  },
  run: async (request, { address, signal }) => {
    const { webhook: id, body: announcement } = request as unknown as DeliveryRequest
    const known = (references.get(address.tenant, 'webhooks') ?? []) as unknown as readonly Webhook[]
    const webhook = known.find((one) => one.id === id)
    if (webhook === undefined) return { type: 'terminal', reason: 'the webhook was removed' }
    const body = JSON.stringify(announcement)
    const timestamp = Math.floor(Date.now() / 1000)
    const secret = vault.open(webhook.secret, sealedFor(webhook.id))
    const headers = {
      'content-type': 'application/json',
      'webhook-id': announcement.id,
      'webhook-timestamp': String(timestamp),
      'webhook-signature': signature(secret, announcement.id, timestamp, body),
    }
    return judge(await egress.post({ url: webhook.url, headers, body, allowPrivate: webhook.allowPrivate, signal }))
  },
})

function judge({
  status,
  retryAfterMs,
}: {
  readonly status: number
  readonly retryAfterMs: number | null
}): AttemptResult {
  if (status >= 200 && status < 300) return { type: 'done', value: status }
  if (status === 410) return { type: 'terminal', reason: 'the receiver answered 410' }
  return {
    type: 'retryable',
    reason: `the receiver answered ${status}`,
    ...(retryAfterMs === null ? {} : { afterMs: retryAfterMs }),
  }
}
