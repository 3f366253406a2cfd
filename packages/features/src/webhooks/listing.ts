import { formatInstant, schema } from '@hearth/protocol'
import * as z from 'zod'
import { operation, type Caller, type ViewRow } from '../feature.ts'
import { tenantHome } from '../tenant.ts'
import type { Webhook } from './actor.ts'
import { deliveriesView, deliveryKey } from './deliveries.ts'
import { attemptsView, failuresView, type FailedAttempt } from './health.ts'
import { allOf } from './input.ts'
import { openTarget } from './target.ts'

export const states = ['active', 'failing', 'disabled'] as const
export type WebhookState = (typeof states)[number]

export const stateOf = ({ disabled, failingSince }: Webhook): WebhookState =>
  disabled !== undefined ? 'disabled' : failingSince !== undefined ? 'failing' : 'active'

const when = z.object({ at: schema.instant(), reason: z.string() })

const item = z.object({
  id: z.string(),
  url: z.string(),
  events: z.array(z.string()),
  state: z.enum(states),
  /** Nothing was delivered since. */
  failingSince: schema.instant().optional(),
  lastDelivered: schema.instant().optional(),
  /** Within some minutes, where it fails for long. */
  lastFailure: when.optional(),
  disabled: when.optional(),
})

export const list = operation({
  name: 'webhooks.list',
  type: 'read',
  summary: 'List the webhooks and how they are, without their secrets.',
  input: z.strictObject(schema.listInput),
  output: schema.list(item),
  permission: 'webhooks.read',
  reach: 'tenant',
  consequence: 'read',
  path: { method: 'GET', path: '/webhooks' },
  examples: [{ title: 'All', input: {} }],
  read: async ({ limit = 100, after }, caller) => {
    const rest = allOf(caller).filter((webhook) => after === undefined || webhook.id > after)
    const shown = rest.slice(0, limit)
    const items = await Promise.all(shown.map((webhook) => toItem(webhook, caller)))
    return { items, next: rest.length > limit ? (items.at(-1)?.id ?? null) : null }
  },
})

async function toItem(webhook: Webhook, caller: Caller): Promise<z.infer<typeof item>> {
  const { id, events, failingSince, disabled } = webhook
  const { tenant } = caller.principal
  const [delivered, failed] = await Promise.all([
    caller.read.rows(deliveriesView, {
      tenant,
      where: { webhook: id, outcome: 'delivered' },
      backwards: true,
      limit: 1,
    }),
    caller.read.rows(failuresView, { tenant, home: tenantHome, key: id, limit: 1 }),
  ])
  const [last] = delivered
  const [failure] = failed
  return {
    id,
    url: openTarget(caller.vault, webhook).url,
    events: [...events],
    state: stateOf(webhook),
    ...(failingSince === undefined ? {} : { failingSince: formatInstant(failingSince) }),
    ...(last === undefined ? {} : { lastDelivered: formatInstant(Number(last['at'])) }),
    ...(failure === undefined ? {} : { lastFailure: saidAt(Number(failure['at']), String(failure['reason'])) }),
    ...(disabled === undefined ? {} : { disabled: saidAt(disabled.at, disabled.reason) }),
  }
}

const saidAt = (at: number, reason: string) => ({ at: formatInstant(at), reason })

const attempt = z.object({
  at: schema.instant(),
  /** The id of what was told, as in `webhook-id`. */
  message: z.string(),
  event: z.string(),
  attempt: z.int(),
  outcome: z.enum(['delivered', 'retrying', 'failed']),
  /** The status, or why there was none. */
  answer: z.string(),
  ms: z.int().optional(),
  /** When it is tried again; absent where it is not. */
  next: schema.instant().optional(),
})

type Attempt = z.infer<typeof attempt>

interface Keyed {
  readonly key: string
  readonly item: Attempt
}

export const attempts = operation({
  name: 'webhooks.attempts',
  type: 'read',
  summary:
    'List the attempts at a webhook, newest first: how deliveries ended, and the last hundred that were tried again.',
  input: z.strictObject({ id: schema.id(), ...schema.listInput }),
  output: schema.list(attempt),
  permission: 'webhooks.read',
  reach: 'tenant',
  consequence: 'read',
  path: { method: 'GET', path: '/webhooks/{id}/attempts' },
  examples: [{ title: 'The last ones', input: { id: 'wh_01', limit: 20 } }],
  read: async ({ id, limit = 100, after }, { principal: { tenant }, read }) => {
    const from = { backwards: true, limit: limit + 1, ...(after === undefined ? {} : { after }) } as const
    const ended = async (outcome: 'delivered' | 'failed'): Promise<readonly Keyed[]> => {
      const rows = await read.rows(deliveriesView, { tenant, where: { webhook: id, outcome }, ...from })
      return rows.map((row) => ({ key: row.key, item: endedAttempt(row, outcome) }))
    }
    const [delivered, failed, [kept]] = await Promise.all([
      ended('delivered'),
      ended('failed'),
      read.rows(attemptsView, { tenant, home: tenantHome, key: id, limit: 1 }),
    ])
    const followed = kept === undefined ? [] : (JSON.parse(String(kept['attempts'])) as readonly FailedAttempt[])
    const found = [...delivered, ...failed, ...followed.map((one) => followedAttempt(id, one))]
      .filter(({ key }) => after === undefined || key < after)
      .toSorted((a, b) => (a.key < b.key ? 1 : -1))
    const shown = found.slice(0, limit)
    return { items: shown.map((one) => one.item), next: found.length > limit ? (shown.at(-1)?.key ?? null) : null }
  },
})

const endedAttempt = (row: ViewRow, outcome: 'delivered' | 'failed'): Attempt => ({
  at: formatInstant(Number(row['at'])),
  message: String(row['message']),
  event: String(row['event']),
  attempt: Number(row['attempts']),
  outcome,
  answer: String(row['answer']),
  ...(row['ms'] === null ? {} : { ms: Number(row['ms']) }),
})

const followedAttempt = (webhook: string, one: FailedAttempt): Keyed => ({
  key: `${deliveryKey(one.at, one.message, webhook)}.${one.attempt}`,
  item: {
    at: formatInstant(one.at),
    message: one.message,
    event: one.event,
    attempt: one.attempt,
    outcome: 'retrying',
    answer: one.answer,
    ms: one.ms,
    ...(one.next === null ? {} : { next: formatInstant(one.next) }),
  },
})
