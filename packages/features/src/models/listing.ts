import { builtIn, namesAt, type ProviderEntry } from '@hearth/models'
import { schema } from '@hearth/protocol'
import * as z from 'zod'
import { operation, type Caller } from '../feature.ts'
import { readPrices, type Prices } from './prices.ts'
import { entriesOf } from './settings.ts'

const tokens = z.int().min(0).max(Number.MAX_SAFE_INTEGER)

const item = z.object({
  /** As a call names it: `provider/model`. */
  id: z.string(),
  provider: z.string(),
  kind: z.string(),
  model: z.string(),
  /** Whether the catalog knows it. */
  known: z.boolean(),
  /** Of a model of the tenant's own: the version that its name means. */
  version: z.string().optional(),
  context: tokens.optional(),
  output: tokens.optional(),
  /** In dollars for a million tokens. */
  inputUsd: z.string().optional(),
  outputUsd: z.string().optional(),
  /** What is read from the provider's cache of prompts. */
  cachedUsd: z.string().optional(),
  regions: z.array(z.string()).optional(),
  dataPolicy: z.string().optional(),
  /** How good its answers were found to be, from 0 to 1. */
  quality: z.array(z.object({ task: z.string(), score: z.number(), source: z.string() })).optional(),
})

export type ListedModel = z.infer<typeof item>

/** Every model that a call of this caller could name, in order of its id. */
export async function modelsOf(caller: Pick<Caller, 'reference'>): Promise<readonly ListedModel[]> {
  const prices = await readPrices()
  const all = [...builtIn, ...entriesOf(caller)].flatMap((entry) =>
    namesAt(entry, prices.modelsOf).map((model) => listed(prices, entry, model)),
  )
  return all.toSorted((one, other) => (one.id < other.id ? -1 : 1))
}

function listed(known: Prices, entry: ProviderEntry, model: string): ListedModel {
  const facts = known.facts({ entry, model })
  const { context, output, prices, own, regions, dataPolicy, quality } = facts
  return {
    id: `${entry.name}/${model}`,
    provider: entry.name,
    kind: entry.kind,
    model,
    known: facts.known,
    ...(own === undefined ? {} : { version: own.version }),
    ...(context === undefined ? {} : { context }),
    ...(output === undefined ? {} : { output }),
    ...(prices?.input === undefined ? {} : { inputUsd: aMillion(prices.input) }),
    ...(prices?.output === undefined ? {} : { outputUsd: aMillion(prices.output) }),
    ...(prices?.cacheRead === undefined ? {} : { cachedUsd: aMillion(prices.cacheRead) }),
    ...(regions === undefined ? {} : { regions: [...regions] }),
    ...(dataPolicy === undefined ? {} : { dataPolicy }),
    ...(quality === undefined ? {} : { quality: quality.map((one) => ({ ...one })) }),
  }
}

/** Of micro-dollars. */
function aMillion(micros: number): string {
  const digits = String(micros).padStart(7, '0')
  return `${digits.slice(0, -6)}.${digits.slice(-6)}`.replace(/\.?0+$/, '')
}

export const list = operation({
  name: 'models.list',
  type: 'read',
  summary:
    'List the models that can be called: those of the providers that were added, and those that are there without.',
  input: z.strictObject({ ...schema.listInput, provider: schema.id().optional() }),
  output: schema.list(item),
  permission: 'models.read',
  consequence: 'read',
  path: { method: 'GET', path: '/models' },
  examples: [{ title: 'All', input: {} }],
  read: async ({ limit = 100, after = '', provider }, caller) => {
    const all = (await modelsOf(caller)).filter((one) => provider === undefined || one.provider === provider)
    const rest = all.filter(({ id }) => id > after)
    const items = rest.slice(0, limit)
    return { items: [...items], next: rest.length > limit ? (items.at(-1)?.id ?? null) : null }
  },
})
