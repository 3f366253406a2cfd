import { allows, schema } from '@hearth/protocol'
import * as z from 'zod'
import { durationOf } from '../duration.ts'
import { operation } from '../feature.ts'
import { invalid } from '../position-in.ts'
import type { Change } from './actor.ts'
import { addressOf, eventTypes, newSecret, parseSecret, parseTarget, webhookOf } from './input.ts'
import { openTarget, sealTarget } from './target.ts'

const changed = ['webhooks.unknown', 'webhooks.changed-meanwhile']

export const change = operation({
  name: 'webhooks.change',
  type: 'command',
  summary: 'Change where a webhook posts to, or what it is told. What is not named stays.',
  input: z.strictObject({ id: schema.id(), url: schema.text({ max: 2000 }).optional(), events: eventTypes.optional() }),
  output: z.object({ id: z.string() }),
  permission: 'webhooks.write',
  reach: 'tenant',
  consequence: 'send',
  path: { method: 'PATCH', path: '/webhooks/{id}' },
  examples: [{ title: 'Another address', input: { id: 'wh_01', url: 'https://example.com/new' } }],
  errors: [...changed, 'network.target-refused'],
  command: async ({ id, url: text, events }, caller) => {
    if (text === undefined && events === undefined) throw invalid('', 'says nothing that is to change')
    const webhook = webhookOf(caller, id)
    let moved: Change = {}
    if (text !== undefined) {
      const url = parseTarget(text)
      await caller.assertReachable(url)
      const target = { ...openTarget(caller.vault, webhook), url: url.href }
      moved = {
        sealed: sealTarget(caller.vault, id, target),
        was: webhook.sealed,
        // Whoever gives the address is whose rights count.
        allowPrivate: allows(caller.principal, 'network.private'),
      }
    }
    const told: Change = { ...moved, ...(events === undefined ? {} : { events: [...new Set(events)] }) }
    return {
      address: addressOf(caller.principal.tenant),
      command: { type: 'change', id, change: told, answer: { id } },
    }
  },
})

const longestOverlapMs = 7 * 86_400_000

export const rotate = operation({
  name: 'webhooks.rotate',
  type: 'command',
  summary: 'Give a webhook a new secret; the former one signs as well for as long as is said, a day when nothing is.',
  input: z.strictObject({
    id: schema.id(),
    secret: z.string().max(200).optional(),
    overlap: z.string().max(40).optional(),
  }),
  output: z.object({ id: z.string(), secret: z.string() }),
  permission: 'webhooks.write',
  reach: 'tenant',
  consequence: 'shared',
  path: { method: 'POST', path: '/webhooks/{id}/rotate' },
  examples: [{ title: 'With an hour to put the new one in place', input: { id: 'wh_01', overlap: 'PT1H' } }],
  errors: changed,
  command: ({ id, secret: given, overlap = 'P1D' }, caller) => {
    const overlapMs = durationOf('overlap', overlap, { shortest: 0, longest: longestOverlapMs })
    const secret = given === undefined ? newSecret() : parseSecret(given)
    const webhook = webhookOf(caller, id)
    const { url, secret: former } = openTarget(caller.vault, webhook)
    const until = caller.now + overlapMs
    const target = { url, secret, ...(overlapMs === 0 ? {} : { former: { secret: former, until } }) }
    const told: Change = { sealed: sealTarget(caller.vault, id, target), was: webhook.sealed }
    return {
      address: addressOf(caller.principal.tenant),
      command: { type: 'change', id, change: told, answer: { id, secret } },
    }
  },
})

export const enable = operation({
  name: 'webhooks.enable',
  type: 'command',
  summary: 'Tell a webhook again what happens that was disabled; what it was not told stays untold.',
  input: z.strictObject({ id: schema.id() }),
  output: z.object({ id: z.string() }),
  permission: 'webhooks.write',
  reach: 'tenant',
  consequence: 'send',
  path: { method: 'POST', path: '/webhooks/{id}/enable' },
  examples: [{ title: 'One', input: { id: 'wh_01' } }],
  errors: ['webhooks.unknown'],
  command: ({ id }, { principal }) => ({ address: addressOf(principal.tenant), command: { type: 'enable', id } }),
})
