import { declaredFacts } from '@hearth/models'
import { formatInstant, schema } from '@hearth/protocol'
import * as z from 'zod'
import { operation, type Caller } from '../../feature.ts'
import { documentName, type Declarations, type KeptDeclaration } from './actor.ts'

const item = z.object({
  /** `provider/model`, and `@version` of a model of the tenant's own. */
  id: z.string(),
  provider: z.string(),
  model: z.string(),
  version: z.string().optional(),
  /** What the provider knows it by, where that is another name. */
  called: z.string().optional(),
  state: z.enum(['trial', 'promoted', 'retired']).optional(),
  facts: declaredFacts,
  note: z.string().optional(),
  at: schema.instant(),
  /** The id of who said it. */
  by: z.string(),
})

const idOf = ({ provider, model, own }: KeptDeclaration): string =>
  `${provider}/${model}${own === null ? '' : `@${own.version}`}`

export const declarationsIn = ({ reference }: Pick<Caller, 'reference'>): Declarations =>
  (reference(documentName) ?? { said: [], listings: [] }) as unknown as Declarations

export const declared = operation({
  name: 'models.declared',
  type: 'read',
  summary:
    'List what was said of models: of each version, whether it is on trial, promoted or retired, and who said it.',
  input: z.strictObject(schema.listInput),
  output: schema.list(item),
  permission: 'models.read',
  reach: 'tenant',
  consequence: 'read',
  path: { method: 'GET', path: '/models/declared' },
  examples: [{ title: 'All', input: {} }],
  read: ({ limit = 100, after = '' }, caller) => {
    const all = declarationsIn(caller).said.map((one) => ({ id: idOf(one), ...toItem(one) }))
    const rest = all.toSorted((one, other) => (one.id < other.id ? -1 : 1)).filter(({ id }) => id > after)
    const items = rest.slice(0, limit)
    return Promise.resolve({ items, next: rest.length > limit ? (items.at(-1)?.id ?? null) : null })
  },
})

const toItem = ({ provider, model, own, facts, note, at, by }: KeptDeclaration): Omit<z.infer<typeof item>, 'id'> => ({
  provider,
  model,
  ...(own === null ? {} : { version: own.version, state: own.state }),
  ...(own?.id == null ? {} : { called: own.id }),
  facts: facts as z.infer<typeof declaredFacts>,
  ...(note === null ? {} : { note }),
  at: formatInstant(at),
  by,
})
