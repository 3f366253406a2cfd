import { differenceOf, writtenOut } from '@hearth/models'
import { formatInstant, schema } from '@hearth/protocol'
import * as z from 'zod'
import { operation } from '../feature.ts'
import { tenantHome } from '../tenant.ts'
import { templatesView } from './actor.ts'
import { example, message, options, selection, templateName, variable, version } from './input.ts'
import { latestVersions, versionOf, type Version } from './reading.ts'

const count = z.int().min(0).max(Number.MAX_SAFE_INTEGER)

const about = {
  name: z.string(),
  version: count,
  at: schema.instant(),
  /** The id of who set it. */
  by: z.string(),
  note: z.string().optional(),
  /** The version that it went back to. */
  from: count.optional(),
}

const aboutOf = ({ name, version: number, at, by, note, from }: Version): z.infer<z.ZodObject<typeof about>> => ({
  name,
  version: number,
  at: formatInstant(at),
  by,
  ...(note === null ? {} : { note }),
  ...(from === null ? {} : { from }),
})

export const get = operation({
  name: 'templates.get',
  type: 'read',
  summary: 'What a template is, or was in one of its versions.',
  input: z.strictObject({ name: templateName, version: version.optional() }),
  output: z.object({
    ...about,
    messages: z.array(message),
    variables: z.array(variable),
    examples: z.array(example),
    selection,
    model: z.string().optional(),
    options,
  }),
  permission: 'templates.read',
  reach: 'tenant',
  consequence: 'read',
  path: { method: 'GET', path: '/templates/{name}' },
  examples: [{ title: 'As it is', input: { name: 'greeting' } }],
  read: async ({ name, version: number }, caller) => {
    const found = await versionOf(caller, name, number)
    const { messages, variables, examples, selection: choice, model, options: how } = found.definition
    return {
      ...aboutOf(found),
      messages: [...messages],
      variables: [...variables],
      examples: examples.map(({ input, output }) => ({ input, output })),
      selection: choice,
      ...(model === null ? {} : { model }),
      options: how as z.infer<typeof options>,
    }
  },
})

export const list = operation({
  name: 'templates.list',
  type: 'read',
  summary: 'List the templates.',
  input: z.strictObject(schema.listInput),
  output: schema.list(
    z.object({
      name: z.string(),
      version: count,
      at: schema.instant(),
      note: z.string().optional(),
      model: z.string().optional(),
      variables: z.array(z.string()),
    }),
  ),
  permission: 'templates.read',
  reach: 'tenant',
  consequence: 'read',
  path: { method: 'GET', path: '/templates' },
  examples: [{ title: 'All', input: {} }],
  read: async ({ limit = 100, after }, { principal: { tenant }, read }) => {
    const from = after === undefined ? {} : { after }
    const rows = await read.rows(templatesView, { tenant, home: tenantHome, limit: limit + 1, ...from })
    const items = rows.slice(0, limit).map((row) => {
      return {
        name: row.key,
        version: Number(row['version']),
        at: formatInstant(Number(row['at'])),
        ...(row['note'] === null ? {} : { note: String(row['note']) }),
        ...(row['model'] === null ? {} : { model: String(row['model']) }),
        variables: JSON.parse(String(row['variables'])) as string[],
      }
    })
    return { items, next: rows.length > limit ? (items.at(-1)?.name ?? null) : null }
  },
})

export const versions = operation({
  name: 'templates.versions',
  type: 'read',
  summary: 'List the versions of a template, the last first: who made each of them, when and why.',
  input: z.strictObject({ name: templateName, ...schema.listInput }),
  output: schema.list(z.object(about)),
  permission: 'templates.read',
  reach: 'tenant',
  consequence: 'read',
  path: { method: 'GET', path: '/templates/{name}/versions' },
  examples: [{ title: 'All', input: { name: 'greeting' } }],
  read: async ({ name, limit = 100, after }, caller) => {
    if (after === undefined) await versionOf(caller, name)
    const before = after === undefined ? {} : { before: Number(after) || 0 }
    const found = await latestVersions(caller, name, before, limit + 1)
    const items = found.slice(0, limit).map(aboutOf)
    return { items, next: found.length > limit ? String(items.at(-1)?.version) : null }
  },
})

export const diff = operation({
  name: 'templates.diff',
  type: 'read',
  summary: 'What changed from one version of a template to another, line by line.',
  input: z.strictObject({
    name: templateName,
    /** The one before when absent. */
    from: version.optional(),
    /** The latest when absent. */
    to: version.optional(),
  }),
  output: z.object({ from: count, to: count, added: count, removed: count, text: z.string() }),
  permission: 'templates.read',
  reach: 'tenant',
  consequence: 'read',
  path: { method: 'GET', path: '/templates/{name}/diff' },
  examples: [{ title: 'The last change', input: { name: 'greeting' } }],
  read: async ({ name, from, to }, caller) => {
    const later = await versionOf(caller, name, to)
    const [former] = from === undefined ? await latestVersions(caller, name, { before: later.version }, 1) : []
    const wanted = from ?? former?.version ?? later.version
    const earlier = wanted === later.version ? later : await versionOf(caller, name, wanted)
    const { added, removed, lines } = differenceOf(writtenOut(earlier.definition), writtenOut(later.definition))
    return { from: earlier.version, to: later.version, added, removed, text: lines.join('\n') }
  },
})
