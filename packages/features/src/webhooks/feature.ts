import { allows, newId, schema } from '@hearth/protocol'
import * as z from 'zod'
import { operation, type Feature, type Json } from '../feature.ts'
import { webhooks, type Webhook } from './actor.ts'
import type { Announcement, Answered } from './announce.ts'
import { change, enable, rotate } from './changing.ts'
import { delivery } from './deliver.ts'
import { deliveries, deliveriesView } from './deliveries.ts'
import { attemptsView, failuresView, webhookHealth } from './health.ts'
import { addressOf, eventTypes, newSecret, parseSecret, parseTarget, webhookOf } from './input.ts'
import { attempts, list, stateOf, states } from './listing.ts'
import { sealTarget, testType } from './target.ts'

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
    const secret = given === undefined ? newSecret() : parseSecret(given)
    const id = newId('wh', caller.now)
    const webhook: Webhook = {
      id,
      events: [...new Set(events)],
      sealed: sealTarget(caller.vault, id, { url: url.href, secret }),
      allowPrivate: allows(caller.principal, 'network.private'),
    }
    return { address: addressOf(caller.principal.tenant), command: { type: 'create', webhook, answer: { id, secret } } }
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
    webhookOf(caller, id)
    const at = new Date(caller.now).toISOString()
    const body: Announcement = { id: newId('test', caller.now), type: testType, at, data: {} }
    const place = addressOf(caller.principal.tenant)
    const ended = await caller.attach({
      kind: 'webhook',
      address: place,
      request: { webhook: id, body } as unknown as Json,
    })
    const tested =
      ended.type === 'done'
        ? { ok: true, status: (ended.value as unknown as Answered).status }
        : { ok: false, reason: ended.reason }
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
  command: ({ id }, { principal }) => ({ address: addressOf(principal.tenant), command: { type: 'remove', id } }),
})

export const feature: Feature = {
  name: 'webhooks',
  actors: [webhooks, webhookHealth],
  views: [deliveriesView, failuresView, attemptsView],
  operations: [create, list, change, rotate, test, enable, remove, deliveries, attempts],
  errors: {
    'webhooks.unknown': { status: 404, title: 'There is no such webhook' },
    'webhooks.too-many': { status: 409, title: 'There are too many webhooks' },
    'webhooks.changed-meanwhile': { status: 409, title: 'This webhook was changed meanwhile' },
  },
  effects: (tools) => [delivery(tools)],
  gauges: [
    {
      name: 'webhooks',
      help: 'Webhooks, by how they are.',
      label: 'state',
      values: states,
      read: ({ tenants, reference }) => {
        const all = tenants().flatMap(
          (tenant) => (reference(tenant, 'webhooks') ?? []) as unknown as readonly Webhook[],
        )
        return Object.fromEntries(states.map((state) => [state, all.filter((one) => stateOf(one) === state).length]))
      },
    },
  ],
  notices: { 'webhook.disabled': 'a webhook was disabled: webhooks.list says why' },
}
