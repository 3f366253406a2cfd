import type { Layers, OwnModel } from '@hearth/models'
import type { Json } from '../../feature.ts'
import type { Declarations, KeptDeclaration } from './actor.ts'

interface At {
  readonly name: string
  readonly kind: string
  readonly added: number
}

const kept = new WeakMap<object, Map<string, Layers | undefined>>()

/** What a tenant's document says of the models of one provider; undefined where it says nothing. The same object for the same document. */
export function layersIn(document: Json | undefined, { name: provider, kind, added }: At): Layers | undefined {
  if (typeof document !== 'object' || document === null) return undefined
  const known = kept.get(document) ?? new Map<string, Layers | undefined>()
  kept.set(document, known)
  const key = `${provider} ${kind} ${added}`
  if (known.has(key)) return known.get(key)
  const { said, listings } = document as unknown as Declarations
  const here = said.filter((one) => one.provider === provider)
  // What was listed before it was added anew may have been somebody else's.
  const listed = listings.filter((one) => one.provider === provider && one.at >= added)
  const at = { provider, kind }
  const layers: Layers | undefined =
    here.length + listed.length === 0
      ? undefined
      : {
          listings: listed.map(({ models }) => ({ ...at, models })),
          overrides: here.flatMap(({ model, own, facts }) => (own === null ? [{ ...at, id: model, facts }] : [])),
          own: ownModels(here).map((model) => ({ ...at, ...model })),
        }
  known.set(key, layers)
  return layers
}

function ownModels(said: readonly KeptDeclaration[]): readonly Pick<OwnModel, 'name' | 'versions'>[] {
  const models = new Map<string, OwnModel['versions'][number][]>()
  for (const { model, own, facts } of said) {
    if (own === null) continue
    const versions = models.get(model) ?? []
    models.set(model, versions)
    const { version, id, state } = own
    versions.push({ version, ...(id === null ? {} : { id }), state, facts })
  }
  return [...models].map(([name, versions]) => ({ name, versions }))
}
