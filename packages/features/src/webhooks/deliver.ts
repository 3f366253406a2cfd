import { createHmac } from 'node:crypto'
import type { AttemptResult, EffectKind } from '@hearth/kernel'
import type { Egress, EffectTools } from '../feature.ts'
import type { Webhook } from './actor.ts'
import type { Announcement, DeliveryRequest } from './announce.ts'
import { openTarget } from './target.ts'

const firstWaits = [1, 2, 5, 15, 60, 300, 900, 1800, 3600, 7200]
const laterWait = 14_400
const threeDays = 259_200_000

/** The wait before attempt `next`. The last attempt is three days after the event, however long attempts and waits were. */
export function waitBefore(next: number, { body }: DeliveryRequest, now: number): number | null {
  const left = timeLeft(body, now)
  return left === 0 ? null : Math.min((firstWaits[next - 2] ?? laterWait) * 1000, left)
}

const timeLeft = ({ at }: Announcement, now: number): number => Math.max(0, Date.parse(at) + threeDays - now)

/** Standard Webhooks: HMAC-SHA256 over `id.timestamp.body`, the key being what follows `whsec_`. */
export function signature(secret: string, id: string, timestamp: number, body: string): string {
  const key = Buffer.from(secret.slice('whsec_'.length), 'base64')
  return `v1,${createHmac('sha256', key).update(`${id}.${timestamp}.${body}`).digest('base64')}`
}

export const delivery = ({ egress, vault, references }: EffectTools): EffectKind => ({
  kind: 'webhook',
  // The receiver knows a repeated delivery by its webhook-id.
  delivery: 'idempotent',
  concurrency: 128,
  groupConcurrency: 8,
  group: (request) => (request as unknown as DeliveryRequest).webhook,
  timeoutMs: 15_000,
  // A receiver that hangs is as good as one that is away: it is tried for as long.
  mostUnknown: Number.POSITIVE_INFINITY,
  backoffMs: (next, request) => waitBefore(next, request as unknown as DeliveryRequest, Date.now()),
  run: async (request, { address, signal }) => {
    const { webhook: id, body: announcement } = request as unknown as DeliveryRequest
    const known = (references.get(address.tenant, 'webhooks') ?? []) as unknown as readonly Webhook[]
    const webhook = known.find((one) => one.id === id)
    if (webhook === undefined) return { type: 'terminal', reason: 'the webhook was removed' }
    const body = JSON.stringify(announcement)
    const timestamp = Math.floor(Date.now() / 1000)
    const { url, secret } = openTarget(vault, webhook)
    const headers = {
      'content-type': 'application/json',
      'webhook-id': announcement.id,
      'webhook-timestamp': String(timestamp),
      'webhook-signature': signature(secret, announcement.id, timestamp, body),
    }
    const answer = await egress.post({ url, headers, body, allowPrivate: webhook.allowPrivate, signal })
    return judge(answer, timeLeft(announcement, Date.now()))
  },
})

function judge({ status, retryAfterMs }: Awaited<ReturnType<Egress['post']>>, left: number): AttemptResult {
  if (status >= 200 && status < 300) return { type: 'done', value: status }
  if (status === 410) return { type: 'terminal', reason: 'the receiver answered 410' }
  return {
    type: 'retryable',
    reason: `the receiver answered ${status}`,
    // A receiver that asks for a day each time would otherwise be tried for weeks.
    ...(retryAfterMs === null ? {} : { afterMs: Math.min(retryAfterMs, left) }),
  }
}
