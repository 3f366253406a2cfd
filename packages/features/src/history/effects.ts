import { isEffectId, parseEffectId, type Repair } from '@hearth/kernel'
import { formatInstant, HearthError, parseAddress, schema } from '@hearth/protocol'
import * as z from 'zod'
import { operation } from '../feature.ts'
import { invalid } from '../position-in.ts'

const letter = 'command.'
const isId = (text: string): boolean => isEffectId(text) || /^command\..{1,200}$/.test(text)

export const effects = operation({
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
  reach: 'tenant',
  consequence: 'read',
  path: { method: 'GET', path: '/effects' },
  examples: [{ title: 'What waits for a person', input: { state: 'stuck' } }],
  errors: [],
  read: async ({ state, after, limit = 100 }, { principal, read }) => {
    if (after !== undefined && !isId(after)) throw invalid('after', 'is no cursor of this list')
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

export const replay = operation({
  name: 'effects.replay',
  type: 'command',
  summary: 'Say what becomes of what was set aside: it is run again, or it counts as done or as failed.',
  input: z.strictObject({
    id: schema.text({ max: 220 }),
    as: z.enum(['again', 'done', 'failed']).optional(),
  }),
  output: z.object({ id: z.string(), state: z.enum(['owed', 'settled']) }),
  permission: 'effects.write',
  reach: 'tenant',
  consequence: 'send',
  path: { method: 'POST', path: '/effects/{id}/replay' },
  examples: [
    { title: 'Run it again', input: { id: '17.4711.0' } },
    { title: 'A person has seen that it was done', input: { id: '17.4711.0', as: 'done' } },
  ],
  errors: [
    'effects.asked-by-another',
    'effects.cannot-settle',
    'effects.not-aside',
    'effects.not-decided',
    'effects.unknown',
    'effects.unreadable',
  ],
  command: async ({ id, as = 'again' }, { principal, read }) => {
    if (!isId(id)) throw invalid('id', 'is no id of effects.list')
    const place = await read.effect(principal.tenant, id)
    if (place === undefined) throw new HearthError('effects.unknown', 'There is no such effect.')
    if (place.state !== 'dead' && place.state !== 'stuck')
      throw new HearthError('effects.not-aside', `It is ${place.state}, and goes on by itself.`)
    const what: Repair['what'] = id.startsWith(letter)
      ? { letter: id.slice(letter.length) }
      : { effect: parseEffectId(id) }
    return { address: parseAddress(place.address), command: { type: 'replay' }, repairs: { what, as } }
  },
})
