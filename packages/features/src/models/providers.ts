import { builtIn, patienceSchema } from '@hearth/models'
import { allows, formatInstant, HearthError, schema } from '@hearth/protocol'
import * as z from 'zod'
import { operation } from '../feature.ts'
import { invalid } from '../position-in.ts'
import { addable, manifests } from './manifests.ts'
import { registryOf } from './registry.ts'
import { providersOf, sealedUnder } from './settings.ts'
import { optionFields, optionsOf } from './provider-options.ts'
import { testKind, type Tested } from './test-effect.ts'

export const name = z
  .string()
  .regex(/^[a-z][a-z0-9._-]{0,62}$/, 'must begin with a letter and hold a-z, 0-9, ".", "_" and "-" only')
  .refine((value) => !builtIn.some((own) => own.name === value), {
    error: 'is the name of what is there without being added',
  })

const kinds = addable.map(({ kind }) => kind)

const key = schema.text({ max: 4096 }).regex(/^[\x21-\x7e]+$/, 'must be visible ASCII characters')

export const add = operation({
  name: 'providers.add',
  type: 'command',
  summary: 'Add a provider of models, in place of the one of the same name. Its keys are sealed and never shown again.',
  input: z.strictObject({
    name,
    kind: z.enum(kinds as [string, ...string[]]),
    /** Where its API is, as far as what all of its paths begin with; where its kind usually is when absent. */
    baseUrl: schema.text({ max: 2000 }).optional(),
    key: key.optional(),
    /** More keys of the same account or of others: used when one is refused, or asked too much. */
    keys: z.array(key).max(20).optional(),
    /** What else its kind wants to know, by name: the reference of providers says what that is. */
    options: z.strictObject(optionFields).optional(),
    /** The models that it has; those that its kind is known to have when absent. */
    models: z
      .array(schema.text({ max: 200 }))
      .max(500)
      .optional(),
    /** How many calls it is asked at once, by all processes of the server together: more wait for their turn. */
    concurrency: z.int().min(1).max(100_000).optional(),
    /** How long it is waited for; by the policy, and else by what was measured, where absent. */
    patience: patienceSchema.optional(),
  }),
  output: z.object({ name: z.string() }),
  permission: 'providers.write',
  reach: 'tenant',
  consequence: 'shared',
  path: { method: 'POST', path: '/providers' },
  examples: [
    { title: 'One that is where it usually is', input: { name: 'openai', kind: 'openai', key: 'sk-the-key' } },
    {
      title: 'A cloud',
      input: {
        name: 'aws',
        kind: 'bedrock',
        baseUrl: 'https://bedrock-runtime.eu-central-1.amazonaws.com',
        key: 'AKIA-the-id:the-secret',
        models: ['eu.anthropic.claude-sonnet-5'],
      },
    },
    {
      title: 'A server of your own',
      input: { name: 'local', kind: 'openai', baseUrl: 'http://127.0.0.1:8000/v1', models: ['qwen3-8b'] },
    },
  ],
  command: async (input, caller) => {
    const { tenant } = caller.principal
    const manifest = manifests.get(input.kind)
    const baseUrl = input.baseUrl === undefined ? null : baseUrlOf(input.baseUrl, manifest?.baseUrl ?? null)
    if (baseUrl === null && manifest?.baseUrl == null) throw invalid('baseUrl', `is needed for the kind ${input.kind}`)
    if (baseUrl !== null) await caller.assertReachable(new URL(baseUrl))
    const options = await optionsOf(manifest, input.options, caller)
    const keys = [...new Set([...(input.key === undefined ? [] : [input.key]), ...(input.keys ?? [])])]
    if (keys.length === 0 && manifest?.key === 'needed' && baseUrl === null)
      throw invalid('key', `is needed for the kind ${input.kind}`)
    const provider = {
      name: input.name,
      kind: input.kind,
      baseUrl,
      keys: keys.map((one) => caller.vault.seal(one, sealedUnder(tenant, input.name))),
      allowPrivate: allows(caller.principal, 'network.private'),
      models: input.models ?? null,
      ...(options === undefined ? {} : { options }),
      ...(input.concurrency === undefined ? {} : { concurrency: input.concurrency }),
      ...(input.patience === undefined ? {} : { patience: input.patience }),
    }
    return { address: registryOf(tenant), command: { type: 'add', provider } }
  },
})

/** Without a slash at the end: paths are put behind it. */
function baseUrlOf(text: string, usual: string | null): string {
  const url = URL.parse(text)
  if (url === null || (url.protocol !== 'http:' && url.protocol !== 'https:'))
    throw invalid('baseUrl', 'must be an address of http or https')
  if (url.username !== '' || url.password !== '') throw invalid('baseUrl', 'must hold no name and no password')
  if (url.search !== '' || url.hash !== '') throw invalid('baseUrl', 'must end with its path')
  // Whoever names a server alone means the path that its kind has everywhere.
  if (url.pathname === '/' && usual !== null) url.pathname = new URL(usual).pathname
  return url.href.replace(/\/+$/, '')
}

const item = z.object({
  name: z.string(),
  kind: z.string(),
  baseUrl: z.string().nullable(),
  keys: z.int(),
  models: z.array(z.string()).nullable(),
  /** Of a model that runs here. */
  file: z.string().optional(),
  concurrency: z.int().optional(),
  patience: patienceSchema.optional(),
  options: z.object(optionFields).optional(),
  added: schema.instant(),
})

export const list = operation({
  name: 'providers.list',
  type: 'read',
  summary: 'List the providers that were added, without their keys.',
  input: z.strictObject(schema.listInput),
  output: schema.list(item),
  permission: 'providers.read',
  reach: 'tenant',
  consequence: 'read',
  path: { method: 'GET', path: '/providers' },
  examples: [{ title: 'All', input: {} }],
  read: ({ limit = 100, after = '' }, caller) => {
    const sorted = providersOf(caller).toSorted((one, other) => (one.name < other.name ? -1 : 1))
    const rest = sorted.filter((provider) => provider.name > after)
    const items = rest
      .slice(0, limit)
      .map(({ name: called, kind, baseUrl, models, keys, added, concurrency, patience, file, options }) => ({
        name: called,
        kind,
        baseUrl,
        models: models === null ? null : [...models],
        keys: keys.length,
        ...(file === undefined ? {} : { file: file.path }),
        ...(concurrency === undefined ? {} : { concurrency }),
        ...(patience === undefined ? {} : { patience }),
        ...(options === undefined ? {} : { options: { ...options } }),
        added: formatInstant(added),
      }))
    return Promise.resolve({ items, next: rest.length > limit ? (items.at(-1)?.name ?? null) : null })
  },
})

export const test = operation({
  name: 'providers.test',
  type: 'read',
  summary: 'Ask a provider for its models now, once, and tell how it went.',
  input: z.strictObject({ name: schema.id() }),
  output: z.object({
    ok: z.boolean(),
    ms: z.number(),
    models: z.array(z.string()).optional(),
    reason: z.string().optional(),
  }),
  permission: 'providers.write',
  reach: 'tenant',
  consequence: 'send',
  path: { method: 'POST', path: '/providers/{name}/test' },
  examples: [{ title: 'One', input: { name: 'openai' } }],
  read: async ({ name: provider }, caller) => {
    if (!providersOf(caller).some((one) => one.name === provider)) throw unknown()
    const ended = await caller.attach({
      kind: testKind,
      address: registryOf(caller.principal.tenant),
      request: { provider },
    })
    return ended.type === 'done' ? (ended.value as unknown as Tested) : { ok: false, ms: 0, reason: ended.reason }
  },
})

export const remove = operation({
  name: 'providers.remove',
  type: 'command',
  summary: 'Remove a provider with its keys. Calls that are under way there come to their end.',
  input: z.strictObject({ name: schema.id() }),
  output: z.object({ name: z.string() }),
  permission: 'providers.write',
  reach: 'tenant',
  consequence: 'shared',
  path: { method: 'DELETE', path: '/providers/{name}' },
  examples: [{ title: 'One', input: { name: 'openai' } }],
  command: ({ name: provider }, { principal: { tenant } }) => ({
    address: registryOf(tenant),
    command: { type: 'remove', name: provider },
  }),
})

const unknown = (): HearthError => new HearthError('providers.unknown', 'There is no provider of this name.')
