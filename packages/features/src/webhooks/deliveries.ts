import type { Tagged, View } from '@hearth/kernel'
import { formatInstant, schema, type Json } from '@hearth/protocol'
import * as z from 'zod'
import { operation, type ViewRow } from '../feature.ts'

export type DeliveryEvent = {
  readonly type: 'webhook.delivered' | 'webhook.failed'
  readonly webhook: string
  readonly id: string
  /** What was told. Absent where it was written before anything but rings was told. */
  readonly event?: string
  readonly attempt: number
  readonly answer: Json
  /** How long its last attempt took. */
  readonly ms?: number
}

export const isDelivery = (event: Tagged): event is DeliveryEvent =>
  event.type === 'webhook.delivered' || event.type === 'webhook.failed'

/** What was told before events were written down beside it. */
const onceTheOnlyEvent = 'reminder.rang'

/** Ended deliveries of a home in order of time. Trailing: no command of a home has to wait for its list. */
export const deliveriesView: View<unknown, DeliveryEvent> = {
  name: 'webhook_deliveries',
  version: 2,
  columns: {
    webhook: 'text',
    event: 'text',
    message: 'text',
    attempts: 'bigint',
    outcome: 'text',
    answer: 'text',
    ms: 'bigint',
    at: 'bigint',
  },
  indexes: [
    ['home', 'webhook', 'key'],
    ['home', 'outcome', 'key'],
    ['home', 'webhook', 'outcome', 'key'],
    ['webhook', 'outcome', 'key'],
  ],
  trailing: ['webhook.delivered', 'webhook.failed'],
  project: (_state, event, { at }) => {
    const { webhook, id, attempt, answer, ms = null } = event
    const row = {
      webhook,
      event: event.event ?? onceTheOnlyEvent,
      message: id,
      attempts: attempt,
      outcome: event.type === 'webhook.delivered' ? 'delivered' : 'failed',
      answer: String(answer),
      ms,
      at,
    }
    return [{ type: 'put', key: deliveryKey(at, id, webhook), row }]
  },
}

/** In order of time. */
export const deliveryKey = (at: number, message: string, webhook: string): string =>
  `${formatInstant(at)}.${message}.${webhook}`

const outcomes = ['delivered', 'failed'] as const

const item = z.object({
  webhook: z.string(),
  event: z.string(),
  message: z.string(),
  attempts: z.int(),
  outcome: z.enum(outcomes),
  answer: z.string(),
  at: schema.instant(),
})

export const deliveries = operation({
  name: 'webhooks.deliveries',
  type: 'read',
  summary: 'List the webhook deliveries of a home that ended, oldest first.',
  input: z.strictObject({
    home: schema.home(),
    webhook: schema.id().optional(),
    outcome: z.enum(outcomes).optional(),
    ...schema.listInput,
  }),
  output: schema.list(item),
  permission: 'webhooks.read',
  consequence: 'read',
  path: { method: 'GET', path: '/webhooks/deliveries' },
  examples: [{ title: 'What could not be delivered', input: { outcome: 'failed' } }],
  watches: [deliveriesView],
  read: async ({ home, webhook, outcome, limit = 100, after }, { principal, read }) => {
    const rows = await read.rows(deliveriesView, {
      tenant: principal.tenant,
      home: home ?? principal.home,
      limit: limit + 1,
      where: { ...(webhook === undefined ? {} : { webhook }), ...(outcome === undefined ? {} : { outcome }) },
      ...(after === undefined ? {} : { after }),
    })
    const items = rows.slice(0, limit).map(toItem)
    return { items, next: rows.length > limit ? (rows[limit - 1]?.key ?? null) : null }
  },
})

const toItem = (row: ViewRow): z.infer<typeof item> => ({
  webhook: String(row['webhook']),
  event: String(row['event']),
  message: String(row['message']),
  attempts: Number(row['attempts']),
  outcome: row['outcome'] as (typeof outcomes)[number],
  answer: String(row['answer']),
  at: formatInstant(Number(row['at'])),
})
