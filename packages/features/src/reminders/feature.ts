import { formatInstant, HearthError, newId, schema } from '@hearth/protocol'
import * as z from 'zod'
import { operation, type Feature, type ViewRow } from '../feature.ts'
import { positionIn } from '../position-in.ts'
import { reminder, remindersView } from './actor.ts'
import { planOf, setInput } from './input.ts'
import { ledgerOf } from './ledger.ts'
import { assertFollowable, firstOf } from './plan.ts'
import { sendingOperations } from './sending/operations.ts'
import { receivedView, senders, sendersView } from './sending/senders.ts'
import { sentReminder, sentView } from './sending/sent.ts'

const states = ['scheduled', 'rung', 'snoozed', 'done', 'cancelled'] as const

const item = z.object({
  id: z.string(),
  text: z.string(),
  next: schema.instant().nullable(),
  rule: z.string().optional(),
  zone: z.string(),
  state: z.enum(states),
  rung: schema.instant().nullable(),
})

const set = operation({
  name: 'reminders.set',
  type: 'command',
  summary: 'Set a reminder: once at a time, or again and again by a rule.',
  input: setInput,
  output: z.object({ id: z.string(), next: schema.instant() }),
  permission: 'reminders.write',
  consequence: 'own',
  path: { method: 'POST', path: '/reminders' },
  examples: [
    { title: 'Once', input: { text: 'Water the plants', at: '2030-05-01T09:00', zone: 'Europe/Berlin' } },
    {
      title: 'Every weekday',
      input: {
        text: 'Stand up',
        rule: 'FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR',
        start: '2030-05-01T10:00',
        zone: 'Europe/Berlin',
      },
    },
  ],
  command: (input, { principal, now, zone }) => {
    const plan = planOf(input, zone, now)
    const next = firstOf(plan)
    assertFollowable(plan, next, now)
    return {
      address: {
        tenant: principal.tenant,
        home: input.home ?? principal.home,
        kind: 'reminder',
        id: newId('rem', now),
      },
      command: { type: 'set', text: input.text, plan, next },
    }
  },
})

const list = operation({
  name: 'reminders.list',
  type: 'read',
  summary: 'List the reminders of a home, oldest first.',
  input: z.strictObject({ ...schema.listInput, state: z.enum(states).optional(), home: schema.home() }),
  output: schema.list(item),
  permission: 'reminders.read',
  consequence: 'read',
  path: { method: 'GET', path: '/reminders' },
  examples: [{ title: 'What is to come', input: { state: 'scheduled' } }],
  watches: [remindersView],
  read: async ({ limit = 100, after, state, home }, { principal, read }) => {
    const rows = await read.rows(remindersView, {
      tenant: principal.tenant,
      home: home ?? principal.home,
      limit: limit + 1,
      ...(after === undefined ? {} : { after }),
      ...(state === undefined ? {} : { where: { state } }),
    })
    const items = rows.slice(0, limit).map(toItem)
    return { items, next: rows.length > limit ? (items.at(-1)?.id ?? null) : null }
  },
})

const instantOrNull = (value: ViewRow[string] | undefined): string | null =>
  typeof value === 'number' ? formatInstant(value) : null

function toItem(row: ViewRow): z.infer<typeof item> {
  return {
    id: row.key,
    text: String(row['text']),
    next: instantOrNull(row['next']),
    ...(row['rule'] === null ? {} : { rule: String(row['rule']) }),
    zone: String(row['zone']),
    state: row['state'] as (typeof states)[number],
    rung: instantOrNull(row['rung']),
  }
}

const cancel = operation({
  name: 'reminders.cancel',
  type: 'command',
  summary: 'Cancel a reminder: it rings no more.',
  input: z.strictObject({ id: schema.id(), home: schema.home() }),
  output: z.object({ id: z.string() }),
  permission: 'reminders.write',
  consequence: 'own',
  path: { method: 'DELETE', path: '/reminders/{id}' },
  examples: [{ title: 'One', input: { id: 'rem_01' } }],
  command: ({ id, home }, { principal }) => ({
    address: { tenant: principal.tenant, home: home ?? principal.home, kind: 'reminder', id },
    command: { type: 'cancel' },
  }),
})

const occurrences = operation({
  name: 'reminders.occurrences',
  type: 'read',
  summary: 'The ledger of a reminder: every occurrence that rang.',
  input: z.strictObject({ id: schema.id(), home: schema.home(), ...schema.listInput }),
  output: schema.list(
    z.object({ occurrence: z.string(), due: schema.instant(), rungAt: schema.instant().optional(), late: z.boolean() }),
  ),
  permission: 'reminders.read',
  consequence: 'read',
  path: { method: 'GET', path: '/reminders/{id}/occurrences' },
  examples: [{ title: 'One reminder', input: { id: 'rem_01' } }],
  read: async ({ id, home, limit = 100, after }, { principal, read }) => {
    const actor = { tenant: principal.tenant, home: home ?? principal.home, kind: 'reminder', id }
    const place = after === undefined ? undefined : positionIn(actor, after)
    const known = await read.rows(remindersView, { tenant: actor.tenant, home: actor.home, key: id, limit: 1 })
    if (known.length === 0) throw new HearthError('reminders.unknown', 'There is no reminder with this id.')
    return ledgerOf(actor, limit, place, read)
  },
})

export const feature: Feature = {
  name: 'reminders',
  actors: [reminder, sentReminder, senders],
  views: [remindersView, sentView, sendersView, receivedView],
  operations: [set, list, cancel, occurrences, ...sendingOperations],
  errors: {
    'reminders.unknown': { status: 404, title: 'There is no such reminder' },
    'reminders.over': { status: 409, title: 'This reminder has rung already' },
    'reminders.sender-refused': { status: 403, title: 'No reminders are taken from this sender' },
    'reminders.too-many-senders': { status: 409, title: 'There are too many senders' },
    'reminders.never': { status: 422, title: 'This rule has no occurrence' },
    'reminders.zone-and-offset': { status: 422, title: 'A time has a zone or an offset, not both' },
    'reminders.too-far': { status: 422, title: 'The occurrences of this rule cannot be followed' },
    'reminders.too-many-missed': { status: 422, title: 'Too many occurrences have passed already' },
  },
}
