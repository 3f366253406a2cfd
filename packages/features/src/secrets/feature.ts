import { formatInstant, schema, type Address } from '@hearth/protocol'
import * as z from 'zod'
import { operation, type Feature } from '../feature.ts'
import { tenantHome } from '../tenant.ts'
import { secret, secretsView } from './actor.ts'
import { sealedUnder } from './sealed-under.ts'

const name = z
  .string()
  .regex(/^[a-z][a-z0-9._-]{0,99}$/, 'must begin with a letter and hold a-z, 0-9, ".", "_" and "-" only')

const addressOf = (tenant: string, id: string): Address => ({ tenant, home: tenantHome, kind: 'secret', id })

const put = operation({
  name: 'secrets.put',
  type: 'command',
  summary:
    'Keep a secret under a name, in place of the one before. Nobody can read it back: it is opened by what uses it.',
  input: z.strictObject({
    name,
    value: schema.text({ max: 16_384 }),
    /** What it is for. It is shown: no secret belongs into it. */
    note: schema.text({ max: 500 }).optional(),
  }),
  output: z.object({ name: z.string() }),
  permission: 'secrets.write',
  reach: 'tenant',
  consequence: 'shared',
  path: { method: 'POST', path: '/secrets' },
  examples: [
    { title: 'A key of a provider', input: { name: 'example-api', value: 'the key', note: 'From their console' } },
  ],
  command: ({ name: id, value, note = null }, { principal: { tenant }, vault }) => ({
    address: addressOf(tenant, id),
    command: { type: 'put', sealed: vault.seal(value, sealedUnder(tenant, id)), note },
  }),
})

const list = operation({
  name: 'secrets.list',
  type: 'read',
  summary: 'List the names of the secrets that are kept, and when each was last changed.',
  input: z.strictObject(schema.listInput),
  output: schema.list(z.object({ name: z.string(), note: z.string().optional(), changed: schema.instant() })),
  permission: 'secrets.read',
  reach: 'tenant',
  consequence: 'read',
  path: { method: 'GET', path: '/secrets' },
  examples: [{ title: 'All', input: {} }],
  read: async ({ limit = 100, after }, { principal: { tenant }, read }) => {
    const from = after === undefined ? {} : { after }
    const rows = await read.rows(secretsView, { tenant, home: tenantHome, limit: limit + 1, ...from })
    const items = rows.slice(0, limit).map((row) => ({
      name: row.key,
      ...(row['note'] === null ? {} : { note: String(row['note']) }),
      changed: formatInstant(Number(row['changed'])),
    }))
    return { items, next: rows.length > limit ? (items.at(-1)?.name ?? null) : null }
  },
})

const remove = operation({
  name: 'secrets.remove',
  type: 'command',
  summary: 'Remove a secret: what uses it will not find it any more.',
  input: z.strictObject({ name }),
  output: z.object({ name: z.string() }),
  permission: 'secrets.write',
  reach: 'tenant',
  consequence: 'destroy',
  path: { method: 'DELETE', path: '/secrets/{name}' },
  examples: [{ title: 'One', input: { name: 'example-api' } }],
  command: ({ name: id }, { principal: { tenant } }) => ({
    address: addressOf(tenant, id),
    command: { type: 'remove' },
  }),
})

export const feature: Feature = {
  name: 'secrets',
  actors: [secret],
  views: [secretsView],
  operations: [put, list, remove],
  errors: { 'secrets.unknown': { status: 404, title: 'There is no such secret' } },
}
