import { declaredFacts, type DeclaredFacts } from '@hearth/models'
import { HearthError, schema } from '@hearth/protocol'
import * as z from 'zod'
import { operation, type Caller } from '../../feature.ts'
import { providersOf } from '../settings.ts'
import { testKind, type Tested } from '../test-effect.ts'
import { registryOf } from '../registry.ts'
import { declarationsOf } from './actor.ts'

const provider = schema.id()
const name = schema
  .text({ max: 200 })
  .regex(/^[^\u0000-\u001f\u007f-\u009f*]+$/, 'must hold no "*" and no control characters')
const version = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/, 'must hold letters, digits, ".", "_" and "-" only')

function assertThere(caller: Pick<Caller, 'reference'>, wanted: string): void {
  if (!providersOf(caller).some((one) => one.name === wanted))
    throw new HearthError('providers.unknown', 'There is no provider of this name.')
}

export const declare = operation({
  name: 'models.declare',
  type: 'command',
  summary:
    'Say what a model of a provider is: what it costs, holds and can, where it runs, how good it was found. It counts before what is known of it. With a version it is a model of your own. What is absent stays as it was.',
  input: z.strictObject({
    provider,
    model: name,
    /** Of a model of your own, which is then called as `model@version`, and by its name where it was promoted last. */
    version: version.optional(),
    /** What the provider knows that version by; the model's own name when absent. */
    id: name.optional(),
    /** `promoted` when absent. */
    state: z.enum(['trial', 'promoted', 'retired']).optional(),
    /** Prices are in micro-dollars for a million tokens: 150000 is $0.15. */
    facts: declaredFacts.optional(),
    note: schema.text({ max: 500 }).optional(),
  }),
  output: z.object({
    provider: z.string(),
    model: z.string(),
    version: z.string().optional(),
    state: z.enum(['trial', 'promoted', 'retired']).optional(),
  }),
  permission: 'providers.write',
  reach: 'tenant',
  consequence: 'shared',
  path: { method: 'POST', path: '/models/declared' },
  examples: [
    {
      title: 'What a model of a server of your own costs and holds',
      input: {
        provider: 'local',
        model: 'qwen3-8b',
        facts: { context: 32_768, prices: { input: 20_000, output: 60_000 }, can: { tools: true }, dataPolicy: 'own' },
      },
    },
    {
      title: 'A model that was tuned, to be tried before it is promoted',
      input: {
        provider: 'openai',
        model: 'support',
        version: '2',
        id: 'ft:gpt-4o-mini:house::abc',
        state: 'trial',
        facts: { quality: [{ task: 'chat', score: 0.91, source: 'our sample of May' }] },
      },
    },
  ],
  command: (input, caller) => {
    const { version: number = null, note = null, facts, ...said } = input
    assertThere(caller, said.provider)
    if (number === null && (said.id !== undefined || said.state !== undefined))
      throw new HearthError('input.invalid', 'Give the version that it is about.', {
        issues: [{ path: 'version', message: 'is needed with id and state' }],
      })
    const { tenant, id: by } = caller.principal
    const known = facts === undefined ? {} : { facts: facts as DeclaredFacts }
    return {
      address: declarationsOf(tenant),
      command: { type: 'declare', ...said, ...known, version: number, note, by },
    }
  },
})

export const undeclare = operation({
  name: 'models.undeclare',
  type: 'command',
  summary: 'Take back what was said of a model: of one version of it, or all.',
  input: z.strictObject({ provider, model: name, version: version.optional() }),
  output: z.object({ provider: z.string(), model: z.string() }),
  permission: 'providers.write',
  reach: 'tenant',
  consequence: 'shared',
  path: { method: 'POST', path: '/models/undeclare' },
  examples: [{ title: 'All of it', input: { provider: 'local', model: 'qwen3-8b' } }],
  command: ({ provider: at, model, version: number = null }, { principal: { tenant } }) => ({
    address: declarationsOf(tenant),
    command: { type: 'undeclare', provider: at, model, version: number },
  }),
})

/** Of one provider: all processes hold it. */
const mostListed = 1_000

export const refresh = operation({
  name: 'models.refresh',
  type: 'command',
  attached: true,
  summary: 'Ask a provider for its models now, and keep what it says: their names, and how much they hold.',
  input: z.strictObject({ provider }),
  output: z.object({
    provider: z.string(),
    models: z.int().min(0).max(mostListed),
    left: z.int().min(0).max(1_000_000),
  }),
  permission: 'providers.write',
  reach: 'tenant',
  consequence: 'send',
  path: { method: 'POST', path: '/models/refresh' },
  examples: [{ title: 'One provider', input: { provider: 'local' } }],
  command: async ({ provider: wanted }, caller) => {
    assertThere(caller, wanted)
    const { tenant } = caller.principal
    const request = { provider: wanted, listing: true }
    const ended = await caller.attach({ kind: testKind, address: registryOf(tenant), request })
    const tested = ended.type === 'done' ? (ended.value as unknown as Tested) : null
    if (tested?.ok !== true || tested.listed === undefined) {
      const why = tested?.reason ?? (ended.type === 'done' ? 'it has no listing' : ended.reason)
      throw new HearthError('providers.no-listing', `The provider did not say what it has: ${why}`)
    }
    const models = tested.listed.slice(0, mostListed)
    const answer = { provider: wanted, models: models.length, left: tested.listed.length - models.length }
    return { address: declarationsOf(tenant), command: { type: 'listed', provider: wanted, models, answer } }
  },
})
