import { formatAddress, formatPosition, HearthError, parseAddress, schema } from '@hearth/protocol'
import * as z from 'zod'
import { operation, type Feature, type HistoryEvent } from '../feature.ts'
import { invalid, naming, positionIn } from '../position-in.ts'
import { archive, checkArchive } from './archive.ts'
import { effects, replay } from './effects.ts'
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
  errors: ['actor.unknown'],
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
  operations: [list, state, diff, fork, effects, replay, verifyView, rebuildView, verifyLog, archive, checkArchive],
  errors: {
    'effects.unknown': { status: 404, title: 'There is no such effect' },
    'effects.not-aside': { status: 409, title: 'It is not set aside' },
    'effects.cannot-settle': { status: 409, title: 'Its actor cannot take this end' },
    'effects.not-decided': { status: 409, title: 'A command that was not decided cannot be done' },
    'effects.unreadable': { status: 409, title: 'What was set aside cannot be read any more' },
    'effects.asked-by-another': { status: 409, title: 'Another home asked for this, and knows that it failed' },
    'actor.unknown': { status: 404, title: 'There is no such actor' },
    'actor.kind-unknown': { status: 409, title: 'No feature that is on knows this kind of actor' },
    'fork.outside': { status: 409, title: 'A fork holds one home and decides commands alone' },
    'checkpoint.invalid': { status: 409, title: 'This checkpoint was not signed here' },
    'archive.log-broken': { status: 409, title: 'What the log holds there is not whole' },
    'archive.not-owned': { status: 409, title: 'Another server owns what is to be moved', retry: 'later' },
    'view.unknown': { status: 404, title: 'There is no such view' },
    'view.in-use': { status: 503, title: 'This view is being read for long', retry: 'later' },
    'actor.forgotten': { status: 410, title: 'What this actor held was forgotten' },
  },
}
