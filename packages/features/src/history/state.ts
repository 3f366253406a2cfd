import { formatPosition, jsonPatch, schema } from '@hearth/protocol'
import * as z from 'zod'
import { operation } from '../feature.ts'
import { actorIn, untilOf } from './moment.ts'
import { statesAt, stateAt, type StateAt } from './state-at.ts'

export const moment = {
  at: schema.text({ max: 100 }).optional(),
  position: schema.text({ max: 100 }).optional(),
}

export const change = z.object({
  op: z.enum(['add', 'remove', 'replace']),
  path: z.string(),
  value: schema.json().optional(),
  was: schema.json().optional(),
})

export const positionOf = ({ last }: StateAt): string | null => (last === null ? null : formatPosition(last))

export const state = operation({
  name: 'actors.state',
  type: 'read',
  summary: 'Say what an actor knew, now or after any of its events.',
  input: z.strictObject({ actor: schema.text({ max: 1000 }), ...moment }),
  output: z.object({ state: schema.json(), position: z.string().nullable() }),
  permission: 'events.read',
  consequence: 'read',
  path: { method: 'GET', path: '/actors/state' },
  examples: [{ title: 'At a moment', input: { actor: 'main/owner/reminder/rem_01', at: '2026-05-01T00:00:00Z' } }],
  errors: ['actor.forgotten', 'actor.kind-unknown', 'actor.unknown'],
  read: async ({ actor, at, position }, caller) => {
    const address = actorIn(actor, caller)
    const found = await stateAt(address, untilOf(address, { at, position }), caller)
    return { state: found.state, position: positionOf(found) }
  },
})

export const diff = operation({
  name: 'actors.diff',
  type: 'read',
  summary: 'Say what changed in what an actor knew between two moments, as a JSON patch with what was there before.',
  input: z.strictObject({
    actor: schema.text({ max: 1000 }),
    fromAt: moment.at,
    fromPosition: moment.position,
    toAt: moment.at,
    toPosition: moment.position,
  }),
  output: z.object({ from: z.string().nullable(), to: z.string().nullable(), changes: z.array(change) }),
  permission: 'events.read',
  consequence: 'read',
  path: { method: 'GET', path: '/actors/diff' },
  examples: [
    { title: 'Since a moment', input: { actor: 'main/owner/reminder/rem_01', fromAt: '2026-05-01T00:00:00Z' } },
  ],
  errors: ['actor.forgotten', 'actor.kind-unknown', 'actor.unknown'],
  read: async ({ actor, fromAt, fromPosition, toAt, toPosition }, caller) => {
    const address = actorIn(actor, caller)
    const untils = [
      untilOf(address, { at: fromAt, position: fromPosition }, { at: 'fromAt', position: 'fromPosition' }),
      untilOf(address, { at: toAt, position: toPosition }, { at: 'toAt', position: 'toPosition' }),
    ]
    const [from, to] = (await statesAt(address, untils, caller)) as [StateAt, StateAt]
    return { from: positionOf(from), to: positionOf(to), changes: [...jsonPatch(from.state, to.state)] }
  },
})
