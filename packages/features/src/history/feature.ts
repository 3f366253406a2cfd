import { formatAddress, formatPosition, HearthError, parseAddress, schema } from '@hearth/protocol'
import * as z from 'zod'
import { operation, type Feature, type HistoryEvent } from '../feature.ts'
import { invalid, naming, positionIn } from '../position-in.ts'

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
  operations: [list],
  errors: { 'actor.unknown': { status: 404, title: 'There is no such actor' } },
}
