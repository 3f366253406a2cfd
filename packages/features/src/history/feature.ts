import { formatAddress, formatInstant, formatPosition, HearthError, parseAddress, schema } from '@hearth/protocol'
import * as z from 'zod'
import { operation, type Feature, type HistoryEvent } from '../feature.ts'
import { invalid, naming, positionIn } from '../position-in.ts'
import { fork } from './fork.ts'
import { verifyLog } from './log.ts'
import { diff, state } from './state.ts'
import { rebuildView, verifyView } from './views.ts'

const item = z.object({
  position: z.string(),
  actor: z.string(),
  version: z.int(),
  type: z.string(),
  at: schema.instant(),
  data: schema.json(),
  causation: z.string(),
  correlation: z.string(),
})

const list = operation({
  name: 'events.list',
  type: 'read',
  summary: 'List what happened in a home or to one actor, oldest first.',
  input: z.strictObject({
    home: schema.text({ max: 200 }).optional(),
    actor: schema.text({ max: 1000 }).optional(),
    ...schema.listInput,
  }),
  output: schema.list(item),
  permission: 'events.read',
  consequence: 'read',
  path: { method: 'GET', path: '/events' },
  examples: [{ title: 'Of my own home', input: {} }],
  read: async ({ home, actor, after, limit = 100 }, { principal, read }) => {
    const address = actor === undefined ? undefined : naming('actor', () => parseAddress(actor))
    if (address !== undefined && address.tenant !== principal.tenant)
      throw new HearthError('actor.unknown', 'There is no such actor.')
    if (address !== undefined && home !== undefined && home !== address.home)
      throw invalid('home', 'is not the home of this actor')
    const place = address === undefined ? { home: home ?? principal.home } : { actor: address }
    const where = address ?? { tenant: principal.tenant, home: home ?? principal.home }
    const from = after === undefined ? {} : { after: positionIn(where, after) }
    const found = await read.history({ tenant: principal.tenant, limit, ...place, ...from })
    const items = found.slice(0, limit).map(toItem)
    return { items, next: found.length > limit ? (items.at(-1)?.position ?? null) : null }
  },
})

const effects = operation({
  name: 'effects.list',
  type: 'read',
  summary: 'List what is owed to the world, and what was set aside for a person to see.',
  input: z.strictObject({ state: z.enum(['owed', 'waiting', 'dead', 'stuck']), ...schema.listInput }),
  output: schema.list(
    z.object({
      id: z.string(),
      actor: z.string(),
      kind: z.string(),
      due: schema.instant(),
      attempt: z.int(),
      failure: z.string().nullable(),
    }),
  ),
  permission: 'effects.read',
  consequence: 'read',
  path: { method: 'GET', path: '/effects' },
  examples: [{ title: 'What waits for a person', input: { state: 'stuck' } }],
  read: async ({ state, after, limit = 100 }, { principal, read }) => {
    if (after !== undefined && !/^(?:\d{1,3}\.\d{1,15}\.\d{1,5}|command\..{1,200})$/.test(after))
      throw invalid('after', 'is no cursor of this list')
    const found = await read.effects({
      tenant: principal.tenant,
      state,
      limit,
      ...(after === undefined ? {} : { after }),
    })
    const items = found
      .slice(0, limit)
      .map(({ address, due, ...item }) => ({ ...item, actor: address, due: formatInstant(due) }))
    return { items, next: found.length > limit ? (items.at(-1)?.id ?? null) : null }
  },
})

function toItem({
  address,
  slot,
  sequence,
  version,
  at,
  event,
  causation,
  correlation,
}: HistoryEvent): z.infer<typeof item> {
  const { type, ...data } = event
  return {
    position: formatPosition({ slot, sequence }),
    actor: formatAddress(address),
    version,
    type,
    at: new Date(at).toISOString(),
    data,
    causation,
    correlation,
  }
}

export const feature: Feature = {
  name: 'history',
  actors: [],
  views: [],
  operations: [list, state, diff, fork, effects, verifyView, rebuildView, verifyLog],
  errors: {
    'actor.unknown': { status: 404, title: 'There is no such actor' },
    'actor.kind-unknown': { status: 409, title: 'No feature that is on knows this kind of actor' },
    'fork.outside': { status: 409, title: 'A fork holds one home and decides commands alone' },
    'checkpoint.invalid': { status: 409, title: 'This checkpoint was not signed here' },
    'view.unknown': { status: 404, title: 'There is no such view' },
    'view.in-use': { status: 503, title: 'This view is being read for long', retry: 'later' },
    'actor.forgotten': { status: 410, title: 'What this actor held was forgotten' },
  },
}
