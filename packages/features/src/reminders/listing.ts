import { formatInstant, HearthError, schema } from '@hearth/protocol'
import * as z from 'zod'
import { formatDuration } from '../duration.ts'
import { operation, type Operation, type ViewRow } from '../feature.ts'
import { positionIn } from '../position-in.ts'
import { remindersView, type Details } from './actor.ts'
import { statuses } from './events.ts'
import { ledgerOf } from './ledger.ts'

const item = z.object({
  id: z.string(),
  text: z.string(),
  next: schema.instant().nullable(),
  rule: z.string().optional(),
  zone: z.string(),
  state: z.enum(statuses),
  rung: schema.instant().nullable(),
  /** Of a single time. */
  at: schema.instant().optional(),
  /** Of a rule, as the clock of its zone shows it. */
  start: z.string().optional(),
  except: z.array(z.string()).optional(),
  catchUp: z.enum(['once', 'skip', 'each']),
  nag: z.object({ every: z.string(), times: z.int() }).optional(),
  urgent: z.boolean().optional(),
  /** The home that sent it. */
  from: z.string().optional(),
})

const instantOrNull = (value: ViewRow[string] | undefined): string | null =>
  typeof value === 'number' ? formatInstant(value) : null

function toItem(row: ViewRow): z.infer<typeof item> {
  const { at, start, except, catchUp, nag, urgent, from } = JSON.parse(String(row['details'])) as Details
  return {
    id: row.key,
    text: String(row['text']),
    next: instantOrNull(row['next']),
    ...(row['rule'] === null ? {} : { rule: String(row['rule']) }),
    zone: String(row['zone']),
    state: row['state'] as (typeof statuses)[number],
    rung: instantOrNull(row['rung']),
    ...(at === undefined ? {} : { at: formatInstant(at) }),
    ...(start === undefined ? {} : { start }),
    ...(except === undefined ? {} : { except: [...except] }),
    catchUp,
    ...(nag === undefined ? {} : { nag: { every: formatDuration(nag.everyMs), times: nag.times } }),
    ...(urgent === undefined ? {} : { urgent }),
    ...(from === undefined ? {} : { from }),
  }
}

const list = operation({
  name: 'reminders.list',
  type: 'read',
  summary: 'List the reminders of a home, oldest first.',
  input: z.strictObject({ ...schema.listInput, state: z.enum(statuses).optional(), home: schema.home() }),
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

const unknown = (): HearthError => new HearthError('reminders.unknown', 'There is no reminder with this id.')

const get = operation({
  name: 'reminders.get',
  type: 'read',
  summary: 'Give one reminder.',
  input: z.strictObject({ id: schema.id(), home: schema.home() }),
  output: item,
  permission: 'reminders.read',
  consequence: 'read',
  path: { method: 'GET', path: '/reminders/{id}' },
  examples: [{ title: 'One', input: { id: 'rem_01' } }],
  watches: [remindersView],
  read: async ({ id, home }, { principal, read }) => {
    const where = { tenant: principal.tenant, home: home ?? principal.home }
    const [row] = await read.rows(remindersView, { ...where, key: id, limit: 1 })
    if (row === undefined) throw unknown()
    return toItem(row)
  },
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
    if (known.length === 0) throw unknown()
    return ledgerOf(actor, limit, place, read)
  },
})

export const listing: readonly Operation[] = [list, get, occurrences]
