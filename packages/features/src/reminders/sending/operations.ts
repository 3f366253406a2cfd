import { formatInstant, newId, schema } from '@hearth/protocol'
import * as z from 'zod'
import { durationOf } from '../../duration.ts'
import { operation, type Operation } from '../../feature.ts'
import { mannerOf, needsZone, planOf, setInput } from '../input.ts'
import { assertFollowable, firstOf } from '../plan.ts'
import { zoneOf } from '../settings.ts'
import { receivedView, sendersId, sendersView } from './senders.ts'
import { sentStates, sentView } from './sent.ts'

const otherHome = schema.home().unwrap()

/** How long the other home has to answer. */
const usualTimeoutMs = 60_000
const timeouts = { shortest: 1000, longest: 7 * 86_400_000 }

const send = operation({
  name: 'reminders.send',
  type: 'command',
  summary: 'Set a reminder in another home, which accepts or refuses it.',
  input: setInput.omit({ urgent: true }).extend({ to: otherHome, timeout: z.string().max(40).optional() }),
  output: z.object({ id: z.string(), state: z.enum(sentStates) }),
  permission: 'reminders.write',
  consequence: 'shared',
  path: { method: 'POST', path: '/reminders/sent' },
  examples: [
    { title: 'Once', input: { to: 'anna', text: 'Call your mother', at: '2030-05-01T09:00', zone: 'Europe/Berlin' } },
  ],
  command: async (input, caller) => {
    const { principal, now } = caller
    const timeoutMs = input.timeout === undefined ? usualTimeoutMs : durationOf('timeout', input.timeout, timeouts)
    const { to, text } = input
    const home = input.home ?? principal.home
    const plan = planOf(input, needsZone(input) ? await zoneOf(caller, home) : caller.zone, now)
    const next = firstOf(plan)
    assertFollowable(plan, next, now)
    const { nag } = mannerOf(input)
    const manner = nag === undefined ? {} : { nag }
    return {
      address: { tenant: principal.tenant, home, kind: 'sent-reminder', id: newId('snd', now) },
      command: { type: 'send', to, reminder: newId('rem', now), text, plan, next, ...manner, timeoutMs },
    }
  },
})

const recall = operation({
  name: 'reminders.recall',
  type: 'command',
  summary: 'Take back a reminder that was sent to another home; what has rung there stays rung.',
  input: z.strictObject({ id: schema.id(), home: schema.home() }),
  output: z.object({ id: z.string(), state: z.enum(sentStates) }),
  permission: 'reminders.write',
  consequence: 'shared',
  path: { method: 'POST', path: '/reminders/sent/{id}/recall' },
  examples: [{ title: 'One', input: { id: 'snd_01' } }],
  command: ({ id, home }, { principal }) => ({
    address: { tenant: principal.tenant, home: home ?? principal.home, kind: 'sent-reminder', id },
    command: { type: 'recall' },
  }),
})

const sentItem = z.object({
  id: z.string(),
  to: z.string(),
  text: z.string(),
  state: z.enum(sentStates),
  /** The code of what refused it. */
  reason: z.string().optional(),
  reminder: z.string(),
  at: schema.instant(),
})

const sent = operation({
  name: 'reminders.sent',
  type: 'read',
  summary: 'List the reminders that were sent to other homes, and what became of them.',
  input: z.strictObject({ ...schema.listInput, state: z.enum(sentStates).optional(), home: schema.home() }),
  output: schema.list(sentItem),
  permission: 'reminders.read',
  consequence: 'read',
  path: { method: 'GET', path: '/reminders/sent' },
  examples: [{ title: 'What was refused', input: { state: 'refused' } }],
  watches: [sentView],
  read: async ({ limit = 100, after, state, home }, { principal, read }) => {
    const rows = await read.rows(sentView, {
      tenant: principal.tenant,
      home: home ?? principal.home,
      limit: limit + 1,
      ...(after === undefined ? {} : { after }),
      ...(state === undefined ? {} : { where: { state } }),
    })
    const items = rows.slice(0, limit).map((row) => ({
      id: row.key,
      to: String(row['recipient']),
      text: String(row['text']),
      state: row['state'] as (typeof sentStates)[number],
      ...(row['reason'] === null ? {} : { reason: String(row['reason']) }),
      reminder: String(row['reminder']),
      at: formatInstant(Number(row['sent'])),
    }))
    return { items, next: rows.length > limit ? (items.at(-1)?.id ?? null) : null }
  },
})

const received = operation({
  name: 'reminders.received',
  type: 'read',
  summary: 'List the reminders that other homes have set in this one.',
  input: z.strictObject({ ...schema.listInput, home: schema.home() }),
  output: schema.list(z.object({ id: z.string(), from: z.string(), text: z.string(), at: schema.instant() })),
  permission: 'reminders.read',
  consequence: 'read',
  path: { method: 'GET', path: '/reminders/received' },
  examples: [{ title: 'All', input: {} }],
  watches: [receivedView],
  read: async ({ limit = 100, after, home }, { principal, read }) => {
    const rows = await read.rows(receivedView, {
      tenant: principal.tenant,
      home: home ?? principal.home,
      limit: limit + 1,
      ...(after === undefined ? {} : { after }),
    })
    const items = rows.slice(0, limit).map((row) => ({
      id: row.key,
      from: String(row['sender']),
      text: String(row['text']),
      at: formatInstant(Number(row['received'])),
    }))
    return { items, next: rows.length > limit ? (items.at(-1)?.id ?? null) : null }
  },
})

const rule = z.object({ sender: z.string(), may: z.boolean() })

const senders = operation({
  name: 'reminders.senders',
  type: 'read',
  summary: 'List the homes that may set reminders in this one, and those that may not.',
  input: z.strictObject({ ...schema.listInput, home: schema.home() }),
  output: schema.list(rule),
  permission: 'reminders.read',
  consequence: 'read',
  path: { method: 'GET', path: '/reminders/senders' },
  examples: [{ title: 'All', input: {} }],
  watches: [sendersView],
  read: async ({ limit = 100, after, home }, { principal, read }) => {
    const rows = await read.rows(sendersView, {
      tenant: principal.tenant,
      home: home ?? principal.home,
      limit: limit + 1,
      ...(after === undefined ? {} : { after }),
    })
    const items = rows.slice(0, limit).map((row) => ({ sender: row.key, may: row['may'] === true }))
    return { items, next: rows.length > limit ? (items.at(-1)?.sender ?? null) : null }
  },
})

const ruling = (name: 'allow' | 'refuse', summary: string): Operation =>
  operation({
    name: `reminders.${name}`,
    type: 'command',
    summary,
    input: z.strictObject({ sender: otherHome, home: schema.home() }),
    output: rule,
    permission: 'reminders.write',
    consequence: 'own',
    path: { method: 'POST', path: `/reminders/senders/{sender}/${name}` },
    examples: [{ title: 'One', input: { sender: 'anna' } }],
    command: ({ sender, home }, { principal }) => ({
      address: {
        tenant: principal.tenant,
        home: home ?? principal.home,
        kind: 'reminder-senders',
        id: sendersId,
      },
      command: { type: 'rule', sender, may: name === 'allow' },
    }),
  })

export const sendingOperations: readonly Operation[] = [
  send,
  recall,
  sent,
  received,
  senders,
  ruling('allow', 'Let another home set reminders in this one.'),
  ruling('refuse', 'Let another home set no reminders in this one any more.'),
]
