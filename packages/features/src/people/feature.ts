import { formatAddress, formatInstant, formatPosition, schema } from '@hearth/protocol'
import type { EffectKind } from '@hearth/kernel'
import * as z from 'zod'
import { operation, type Caller, type EffectTools, type Feature, type HistoryEvent, type Json } from '../feature.ts'
import { isKept } from '../models/texts/text.ts'
import { opened } from '../models/texts/reading.ts'
import { positionIn } from '../position-in.ts'
import { person } from './actor.ts'

const name = schema.text({ max: 200 })

const forget = operation({
  name: 'people.forget',
  type: 'command',
  summary: 'Forget a person for good: their key is destroyed, and with it all that was sealed for them.',
  input: z.strictObject({ person: name }),
  output: z.object({ person: z.string() }),
  permission: 'people.write',
  consequence: 'destroy',
  path: { method: 'POST', path: '/people/{person}/forget' },
  examples: [{ title: 'Somebody who leaves', input: { person: 'ann' } }],
  command: ({ person: home }, { principal }) => ({
    address: { tenant: principal.tenant, home, kind: 'person', id: 'self' },
    command: { type: 'forget' },
    alone: true,
  }),
})

const exported = operation({
  name: 'people.export',
  type: 'read',
  summary: 'Give everything that is held of a person: all events of their home, oldest first.',
  input: z.strictObject({ person: name, ...schema.listInput }),
  output: schema.list(
    z.object({ position: z.string(), actor: z.string(), type: z.string(), at: schema.instant(), data: schema.json() }),
  ),
  permission: 'people.read',
  consequence: 'read',
  path: { method: 'GET', path: '/people/{person}/export' },
  examples: [{ title: 'The first page', input: { person: 'ann' } }],
  read: async ({ person: home, after, limit = 100 }, caller) => {
    const { principal, read } = caller
    const { tenant } = principal
    const from = after === undefined ? {} : { after: positionIn({ tenant, home }, after) }
    const found = await read.history({ tenant, home, limit, ...from })
    const items = await Promise.all(found.slice(0, limit).map((event) => toItem(caller, event)))
    return { items, next: found.length > limit ? (items.at(-1)?.position ?? null) : null }
  },
})

/** What is held of a person and sealed once more, they are given as what it says. */
async function toItem(caller: Caller, { address, slot, sequence, at, event }: HistoryEvent) {
  const { type, ...data } = event
  const about = {
    position: formatPosition({ slot, sequence }),
    actor: formatAddress(address),
    type,
    at: formatInstant(at),
  }
  if (!isKept(event)) return { ...about, data }
  return { ...about, data: (await opened(caller, address, event)) as Json }
}

const tombstone = (tombstones: EffectTools['tombstones']): EffectKind => ({
  kind: 'tombstone',
  delivery: 'idempotent',
  concurrency: 1,
  timeoutMs: 10_000,
  backoffMs: (next) => Math.min(250 * 2 ** next, 60_000),
  run: async (request, { address: { tenant, home } }) => {
    const { at } = request as { readonly at: number }
    await tombstones.keep({ tenant, home, at })
    return { type: 'done', value: null }
  },
})

export const feature: Feature = {
  name: 'people',
  actors: [person],
  views: [],
  operations: [forget, exported],
  errors: {},
  effects: ({ tombstones }) => [tombstone(tombstones)],
}
