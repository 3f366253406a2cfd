import { formatInstant, isExplicit, newId, parseInstant, schema, type Address } from '@hearth/protocol'
import * as z from 'zod'
import { durationOf } from '../duration.ts'
import { operation, type Caller, type Feature, type ViewRow } from '../feature.ts'
import { limitInput, limitOf } from '../models/budget/input.ts'
import { invalid } from '../position-in.ts'
import { tenantHome } from '../tenant.ts'
import { assertAbove, assertMayTake, assertWithin, documentOf, isOfForgotten } from './above.ts'
import { key, keysView, type KeyTerms } from './actor.ts'
import { createKeyRing } from './ring.ts'
import { hashOf, newSecret } from './secret.ts'
import { keyUse, usesView } from './use.ts'

const scopes = z.array(z.string().max(100)).min(1).max(100)
const rate = z.strictObject({ requests: z.int().min(1).max(1_000_000), per: z.enum(['second', 'minute', 'hour']) })
const name = schema.text({ max: 200 })

const terms = {
  /** Only this home; every home where absent. */
  home: schema.home(),
  scopes: scopes.optional(),
  expires: z.string().max(64).optional(),
  rate: rate.optional(),
  /** What models may cost that it asks. */
  budget: limitInput.optional(),
  /** The models that it may ask: names as `models.list` gives them, or patterns with `*`; all where absent. */
  models: z
    .array(schema.text({ max: 300 }))
    .min(1)
    .max(100)
    .optional(),
}

const addressOf = (caller: Caller, id: string): Address => ({
  tenant: caller.principal.tenant,
  home: tenantHome,
  kind: 'key',
  id,
})

const create = operation({
  name: 'keys.create',
  type: 'command',
  summary: 'Create a key for a program or a person: what it may do, where, until when and how often.',
  input: z.strictObject({ name, ...terms }),
  output: z.object({ id: z.string(), key: z.string() }),
  permission: 'keys.write',
  reach: 'tenant',
  consequence: 'shared',
  path: { method: 'POST', path: '/keys' },
  examples: [
    { title: 'For a script that reads', input: { name: 'Dashboard', scopes: ['reminders.read'] } },
    { title: 'For one person, for a year', input: { name: 'Ann', home: 'ann', expires: '2031-01-01T00:00:00Z' } },
  ],
  command: (input, caller) => {
    const id = newId('key', caller.now)
    const secret = newSecret(id)
    const created: KeyTerms = {
      name: input.name,
      // Without any said it may do what its maker may, but for what is only ever given by name.
      scopes: input.scopes ?? caller.principal.scopes.filter((scope) => !isExplicit(scope)),
      home: input.home ?? null,
      // Nor longer than its maker.
      expires:
        input.expires === undefined
          ? (documentOf(caller.reference, caller.principal.id)?.expires ?? null)
          : expiryOf(input.expires, caller.now),
      rate: input.rate ?? null,
      models: input.models ?? null,
    }
    assertWithin(created, caller)
    const budget = input.budget === undefined ? {} : { budget: [limitOf(input.budget)] }
    const command = { type: 'create', terms: created, hash: hashOf(secret), answer: { id, key: secret }, ...budget }
    return { address: addressOf(caller, id), command }
  },
})

const item = z.object({
  id: z.string(),
  name: z.string(),
  scopes: z.array(z.string()),
  home: z.string().optional(),
  created: schema.instant(),
  expires: schema.instant().optional(),
  rate: rate.optional(),
  state: z.enum(['active', 'expired', 'revoked']),
  /** Within ten minutes. */
  used: schema.instant().optional(),
})

const list = operation({
  name: 'keys.list',
  type: 'read',
  summary: 'List the keys, oldest first, without their secrets.',
  input: z.strictObject(schema.listInput),
  output: schema.list(item),
  permission: 'keys.read',
  reach: 'tenant',
  consequence: 'read',
  path: { method: 'GET', path: '/keys' },
  examples: [{ title: 'All', input: {} }],
  read: async ({ limit = 100, after }, { principal, read, now, reference }) => {
    const where = { tenant: principal.tenant, home: tenantHome }
    const from = after === undefined ? {} : { after }
    const rows = await read.rows(keysView, { ...where, limit: limit + 1, ...from })
    // In the same order, and of each key one at most: those of the keys that are shown come first.
    const uses = await read.rows(usesView, { ...where, limit, ...from })
    const used = new Map(uses.map((row) => [row.key, Number(row['used'])]))
    const items = rows.slice(0, limit).map((row) => {
      const home = row['bound'] === null ? null : String(row['bound'])
      return toItem(row, used.get(row.key), now, isOfForgotten(home, Number(row['created']), reference))
    })
    return { items, next: rows.length > limit ? (items.at(-1)?.id ?? null) : null }
  },
})

function toItem(row: ViewRow, used: number | undefined, now: number, isGone: boolean): z.infer<typeof item> {
  const expires = row['expires'] === null ? null : Number(row['expires'])
  const over = expires !== null && expires <= now
  const per = row['per'] as 'second' | 'minute' | 'hour' | null
  return {
    id: row.key,
    name: String(row['name']),
    scopes: JSON.parse(String(row['scopes'])) as string[],
    ...(row['bound'] === null ? {} : { home: String(row['bound']) }),
    created: formatInstant(Number(row['created'])),
    ...(expires === null ? {} : { expires: formatInstant(expires) }),
    ...(per === null ? {} : { rate: { requests: Number(row['requests']), per } }),
    state: isGone || row['revoked'] !== null ? 'revoked' : over ? 'expired' : 'active',
    ...(used === undefined ? {} : { used: formatInstant(used) }),
  }
}

const change = operation({
  name: 'keys.change',
  type: 'command',
  summary: 'Change what a key is called, may do, how long and how often. What is not named stays.',
  input: z.strictObject({
    id: schema.id(),
    name: name.optional(),
    scopes: terms.scopes,
    expires: terms.expires.nullable(),
    rate: terms.rate.nullable(),
    budget: terms.budget.nullable(),
    models: terms.models.nullable(),
  }),
  output: z.object({ id: z.string() }),
  permission: 'keys.write',
  reach: 'tenant',
  consequence: 'shared',
  path: { method: 'PATCH', path: '/keys/{id}' },
  examples: [{ title: 'It may read only', input: { id: 'key_01', scopes: ['reminders.read'] } }],
  command: ({ id, expires, budget, ...given }, caller) => {
    assertAbove(id, caller)
    const ends = expires == null ? expires : expiryOf(expires, caller.now)
    const before = documentOf(caller.reference, id)
    assertWithin({ scopes: given.scopes ?? [], expires: ends === undefined ? (before?.expires ?? null) : ends }, caller)
    const changed = { ...given, ...(ends === undefined ? {} : { expires: ends }) }
    const limited = budget === undefined ? {} : { budget: budget === null ? [] : [limitOf(budget)] }
    return { address: addressOf(caller, id), command: { type: 'change', terms: changed, ...limited } }
  },
})

const longestOverlapMs = 7 * 86_400_000

const rotate = operation({
  name: 'keys.rotate',
  type: 'command',
  summary: 'Give a key a new secret; the former one stays good for as long as is said, else not at all.',
  input: z.strictObject({ id: schema.id(), overlap: z.string().max(40).optional() }),
  output: z.object({ id: z.string(), key: z.string() }),
  permission: 'keys.write',
  reach: 'tenant',
  consequence: 'shared',
  path: { method: 'POST', path: '/keys/{id}/rotate' },
  examples: [{ title: 'With an hour to put the new one in place', input: { id: 'key_01', overlap: 'PT1H' } }],
  command: ({ id, overlap }, caller) => {
    assertMayTake(id, caller)
    const overlapMs =
      overlap === undefined ? 0 : durationOf('overlap', overlap, { shortest: 0, longest: longestOverlapMs })
    const secret = newSecret(id)
    const command = { type: 'rotate', hash: hashOf(secret), overlapMs, answer: { id, key: secret } }
    return { address: addressOf(caller, id), command }
  },
})

const revoke = operation({
  name: 'keys.revoke',
  type: 'command',
  summary: 'Revoke a key for good: from this answer on, nobody is let in with it.',
  input: z.strictObject({ id: schema.id() }),
  output: z.object({ id: z.string() }),
  permission: 'keys.write',
  reach: 'tenant',
  consequence: 'shared',
  path: { method: 'DELETE', path: '/keys/{id}' },
  examples: [{ title: 'One', input: { id: 'key_01' } }],
  command: ({ id }, caller) => {
    assertAbove(id, caller)
    return { address: addressOf(caller, id), command: { type: 'revoke' } }
  },
})

function expiryOf(text: string, now: number): number {
  const parsed = parseInstant(text)
  if (parsed.type === 'failure') throw invalid('expires', parsed.message)
  if (parsed.ms <= now) throw invalid('expires', 'lies in the past')
  return parsed.ms
}

export const feature: Feature = {
  name: 'keys',
  actors: [key, keyUse],
  views: [keysView, usesView],
  operations: [create, list, change, rotate, revoke],
  callers: createKeyRing,
  errors: {
    'keys.unknown': { status: 404, title: 'There is no such key' },
    'keys.revoked': { status: 409, title: 'This key was revoked' },
    'keys.above-yourself': { status: 403, title: 'Nobody gives away more than they have' },
  },
}
