import { createHmac } from 'node:crypto'
import type { Attempt, AttemptResult, EffectKind } from '@hearth/kernel'
import type { Egress, EffectTools } from '../feature.ts'
import type { Webhook } from './actor.ts'
import { goneReason, type Announcement, type Answered, type DeliveryRequest } from './announce.ts'
import { createNotes } from './notes.ts'
import { openTarget, secretsAt, testType } from './target.ts'

const firstWaits = [1, 2, 5, 15, 60, 300, 900, 1800, 3600, 7200]
const laterWait = 14_400
const threeDays = 259_200_000
/** It is known again after the next attempt. */
const mostHanging = 10_000

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

export const delivery = ({ egress, vault, references, note, traceparent }: EffectTools): EffectKind => {
  const notes = createNotes({ note })
  /** Those that let their last attempt wait in vain, with their tenants: they share the places of one, or they would take those of all. */
  const hanging = new Map<string, string>()

  const post = async (webhook: Webhook, announcement: Announcement, attempt: Attempt): Promise<AttemptResult> => {
    const { signal } = attempt
    const trace = traceparent(attempt)
    const body = JSON.stringify(announcement)
    const began = Date.now()
    const timestamp = Math.floor(began / 1000)
    const target = openTarget(vault, webhook)
    const signatures = secretsAt(target, began).map((secret) => signature(secret, announcement.id, timestamp, body))
    const headers = {
      'content-type': 'application/json',
      'webhook-id': announcement.id,
      'webhook-timestamp': String(timestamp),
      'webhook-signature': signatures.join(' '),
      ...(trace === undefined ? {} : { traceparent: trace }),
    }
    const answer = await egress.post({ url: target.url, headers, body, allowPrivate: webhook.allowPrivate, signal })
    return judge(answer, Date.now() - began, timeLeft(announcement, Date.now()))
  }

  const hear = (
    tenant: string,
    webhook: Webhook,
    attempt: number,
    began: number,
    request: DeliveryRequest,
    result: AttemptResult,
  ): void => {
    const { id: message, type: event } = request.body
    if (result.type === 'done') notes.delivered(tenant, webhook, began)
    else if (event !== testType) {
      const now = Date.now()
      const next = nextAfter(attempt, request, result, now)
      notes.failed(tenant, webhook, {
        at: began,
        message,
        event,
        attempt,
        answer: result.reason,
        ms: now - began,
        next,
      })
    }
  }

  return {
    kind: 'webhook',
    // The receiver knows a repeated delivery by its webhook-id.
    delivery: 'idempotent',
    concurrency: 128,
    groupConcurrency: 8,
    group: (request) => {
      const { webhook } = request as unknown as DeliveryRequest
      const tenant = hanging.get(webhook)
      return tenant === undefined ? webhook : `hanging in ${tenant}`
    },
    timeoutMs: 15_000,
    // A receiver that hangs is as good as one that is away: it is tried for as long.
    mostUnknown: Number.POSITIVE_INFINITY,
    backoffMs: (next, request) => waitBefore(next, request as unknown as DeliveryRequest, Date.now()),
    run: async (asked, making) => {
      const { attempt, signal } = making
      const { tenant } = making.address
      const request = asked as unknown as DeliveryRequest
      const known = (references.get(tenant, 'webhooks') ?? []) as unknown as readonly Webhook[]
      const webhook = known.find((one) => one.id === request.webhook)
      if (webhook === undefined) {
        hanging.delete(request.webhook)
        return { type: 'terminal', reason: 'the webhook was removed' }
      }
      if (webhook.disabled !== undefined && request.body.type !== testType)
        return { type: 'terminal', reason: `the webhook was disabled: ${webhook.disabled.reason}` }
      const began = Date.now()
      let result: AttemptResult
      try {
        result = await post(webhook, request.body, making)
        hanging.delete(webhook.id)
      } catch (error) {
        if (signal.aborted && !isLate(signal.reason)) throw error
        if (hanging.size >= mostHanging) hanging.clear()
        if (signal.aborted) hanging.set(webhook.id, tenant)
        else hanging.delete(webhook.id)
        const { message } = (signal.aborted ? signal.reason : error) as Error
        result = { type: 'unknown', reason: message }
      }
      hear(tenant, webhook, attempt, began, request, result)
      return result
    },
  }
}

/** Its time was up. It is cut as well when the server stops, which says nothing of the receiver. */
const isLate = (reason: unknown): boolean => reason instanceof Error && reason.message.startsWith('no answer')

/** When the next attempt is made, as the kernel reckons too; null where none is. */
function nextAfter(attempt: number, request: DeliveryRequest, result: AttemptResult, now: number): number | null {
  if (result.type === 'terminal') return null
  const wait = waitBefore(attempt + 1, request, now)
  return wait === null ? null : now + Math.max(wait, (result.type === 'retryable' && result.afterMs) || 0)
}

type Answer = Awaited<ReturnType<Egress['post']>>

function judge({ status, retryAfterMs }: Answer, ms: number, left: number): AttemptResult {
  if (status >= 200 && status < 300) return { type: 'done', value: { status, ms } satisfies Answered }
  if (status === 410) return { type: 'terminal', reason: goneReason }
  return {
    type: 'retryable',
    reason: `the receiver answered ${status}${status >= 300 && status < 400 ? ', and no redirect is followed' : ''}`,
    // A receiver that asks for a day each time would otherwise be tried for weeks.
    ...(retryAfterMs === null ? {} : { afterMs: Math.min(retryAfterMs, left) }),
  }
}
