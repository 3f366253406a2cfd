import { randomBytes } from 'node:crypto'
import { allows, HearthError, newId, schema } from '@hearth/protocol'
import * as z from 'zod'
import { operation, type Feature, type Json } from '../feature.ts'
import type { Announcement } from './announce.ts'
import { tenantHome } from '../tenant.ts'
import { webhooks, type Webhook } from './actor.ts'
import { delivery } from './deliver.ts'
import { deliveries, deliveriesView } from './deliveries.ts'
import { openTarget, sealTarget } from './target.ts'

const eventTypes = z
  .array(z.enum(['reminder.rang']))
  .min(1)
  .max(20)

const address = (tenant: string) => ({ tenant, home: tenantHome, kind: 'webhooks', id: 'all' })

const create = operation({
  name: 'webhooks.create',
  type: 'command',
  summary: 'Have events posted to an address, signed.',
  input: z.strictObject({
    url: schema.text({ max: 2000 }),
    events: eventTypes,
    secret: z.string().max(200).optional(),
  }),
  output: z.object({ id: z.string(), secret: z.string() }),
  permission: 'webhooks.write',
  reach: 'tenant',
  consequence: 'send',
  path: { method: 'POST', path: '/webhooks' },
  examples: [{ title: 'Every ring', input: { url: 'https://example.com/hook', events: ['reminder.rang'] } }],
  command: async ({ url: text, events, secret: given }, caller) => {
    const url = parseTarget(text)
    await caller.assertReachable(url)
    const secret = given === undefined ? `whsec_${randomBytes(32).toString('base64')}` : parseSecret(given)
    const id = newId('wh', caller.now)
    const webhook: Webhook = {
      id,
      events: [...new Set(events)],
      sealed: sealTarget(caller.vault, id, { url: url.href, secret }),
      allowPrivate: allows(caller.principal, 'network.private'),
    }
    return { address: address(caller.principal.tenant), command: { type: 'create', webhook, answer: { id, secret } } }
  },
})

function parseTarget(text: string): URL {
  const url = URL.parse(text)
  if (
    url === null ||
    !/^https?:$/.test(url.protocol) ||
    url.username !== '' ||
    url.password !== '' ||
    url.port === '0'
  ) {
    throw new HearthError('input.invalid', 'The input is not valid.', {
      issues: [{ path: 'url', message: 'must be an http or https address without credentials' }],
    })
  }
  return url
}

function parseSecret(text: string): string {
  const match = /^whsec_([A-Za-z0-9+/]+={0,2})$/.exec(text)
  const bytes = Buffer.from(match?.[1] ?? '', 'base64')
  if (match === null || bytes.length < 24 || bytes.length > 64 || bytes.toString('base64') !== match[1]) {
    throw new HearthError('input.invalid', 'The input is not valid.', {
      issues: [{ path: 'secret', message: 'must be whsec_ and the base64 of 24 to 64 bytes' }],
    })
  }
  return text
}

const list = operation({
  name: 'webhooks.list',
  type: 'read',
  summary: 'List the webhooks, without their secrets.',
  input: z.strictObject(schema.listInput),
  output: schema.list(z.object({ id: z.string(), url: z.string(), events: z.array(z.string()) })),
  permission: 'webhooks.read',
  reach: 'tenant',
  consequence: 'read',
  path: { method: 'GET', path: '/webhooks' },
  examples: [{ title: 'All', input: {} }],
  read: async ({ limit = 100, after }, caller) => {
    const all = (caller.reference('webhooks') ?? []) as unknown as readonly Webhook[]
    const rest = all.filter((webhook) => after === undefined || webhook.id > after)
    const items = rest.slice(0, limit).map((webhook) => {
      const { url } = openTarget(caller.vault, webhook)
      return { id: webhook.id, url, events: [...webhook.events] }
    })
    return { items, next: rest.length > limit ? (items.at(-1)?.id ?? null) : null }
  },
})

const test = operation({
  name: 'webhooks.test',
  type: 'command',
  attached: true,
  summary: 'Post a test to a webhook now, once, and tell what its receiver answered.',
  input: z.strictObject({ id: schema.id() }),
  output: z.object({ ok: z.boolean(), status: z.int().optional(), reason: z.string().optional() }),
  permission: 'webhooks.write',
  reach: 'tenant',
  consequence: 'send',
  path: { method: 'POST', path: '/webhooks/{id}/test' },
  examples: [{ title: 'One', input: { id: 'wh_01' } }],
  command: async ({ id }, caller) => {
    const all = (caller.reference('webhooks') ?? []) as unknown as readonly Webhook[]
    if (!all.some((webhook) => webhook.id === id))
      throw new HearthError('webhooks.unknown', 'There is no webhook with this id.')
    const at = new Date(caller.now).toISOString()
    const body: Announcement = { id: newId('test', caller.now), type: 'webhook.test', at, data: {} }
    const place = address(caller.principal.tenant)
    const ended = await caller.attach({
      kind: 'webhook',
      address: place,
      request: { webhook: id, body } as unknown as Json,
    })
    const tested =
      ended.type === 'done' ? { ok: true, status: Number(ended.value) } : { ok: false, reason: ended.reason }
    return { address: place, command: { type: 'tested', id, tested } }
  },
})

const remove = operation({
  name: 'webhooks.remove',
  type: 'command',
  summary: 'Remove a webhook; deliveries still owed to it end.',
  input: z.strictObject({ id: schema.id() }),
  output: z.object({ id: z.string() }),
  permission: 'webhooks.write',
  reach: 'tenant',
  consequence: 'shared',
  path: { method: 'DELETE', path: '/webhooks/{id}' },
  examples: [{ title: 'One', input: { id: 'wh_01' } }],
  command: ({ id }, { principal }) => ({ address: address(principal.tenant), command: { type: 'remove', id } }),
})

export const feature: Feature = {
  name: 'webhooks',
  actors: [webhooks],
  views: [deliveriesView],
  operations: [create, list, test, remove, deliveries],
  errors: {
    'webhooks.unknown': { status: 404, title: 'There is no such webhook' },
    'webhooks.too-many': { status: 409, title: 'There are too many webhooks' },
  },
  effects: (tools) => [delivery(tools)],
}
