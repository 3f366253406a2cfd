import { actor, refuse, type Decision } from '@hearth/kernel'
import type { DeclaredFacts, ListedModel, OwnVersion } from '@hearth/models'
import type { Address, Json } from '@hearth/protocol'
import { tenantHome } from '../../tenant.ts'

/** What somebody says of a model of a provider. */
export interface Declaration {
  readonly provider: string
  readonly model: string
  /** Of a model of the tenant's own; null where it is about one that the provider has anyway. */
  readonly own: {
    readonly version: string
    /** What the provider knows it by; the model's name where null. */
    readonly id: string | null
    readonly state: OwnVersion['state']
  } | null
  readonly facts: DeclaredFacts
  readonly note: string | null
}

export interface KeptDeclaration extends Declaration {
  readonly at: number
  readonly by: string
}

/** What a provider answered when it was asked for its models. */
export interface KeptListing {
  readonly provider: string
  readonly at: number
  readonly models: readonly ListedModel[]
}

/** In the order in which they were said; of the versions of a model the one that was promoted last is what its name means. */
export interface Declarations {
  readonly said: readonly KeptDeclaration[]
  readonly listings: readonly KeptListing[]
}

/** What is absent stays as it was. */
export interface DeclareCommand {
  readonly type: 'declare'
  readonly provider: string
  readonly model: string
  readonly version: string | null
  readonly id?: string
  readonly state?: OwnVersion['state']
  readonly facts?: DeclaredFacts
  readonly note: string | null
  readonly by: string
}

export type DeclarationsCommand =
  | DeclareCommand
  | { readonly type: 'undeclare'; readonly provider: string; readonly model: string; readonly version: string | null }
  | {
      readonly type: 'listed'
      readonly provider: string
      readonly models: readonly ListedModel[]
      readonly answer: Json
    }

type DeclarationsEvent =
  | { readonly type: 'model.declared'; readonly declaration: KeptDeclaration }
  | {
      readonly type: 'model.undeclared'
      readonly provider: string
      readonly model: string
      readonly version: string | null
    }
  | ({ readonly type: 'models.listed' } & KeptListing)

export const documentName = 'models.declared'

/** Every process holds all of it. */
const mostDeclared = 500
const mostBytes = 500_000

const isOf = (
  { provider, model, own }: Declaration,
  of: { readonly provider: string; readonly model: string; readonly version: string | null },
): boolean => provider === of.provider && model === of.model && (own?.version ?? null) === of.version

/** What a tenant says of models: one actor, since a call may look at any of it. */
export const declarations = actor<Declarations, DeclarationsCommand, DeclarationsEvent>({
  kind: 'model-declarations',
  personal: false,
  initial: { said: [], listings: [] },
  shape: 1,
  events: { 'model.declared': [], 'model.undeclared': [], 'models.listed': [] },
  decide: (state, command, { at }): Decision<DeclarationsEvent> => {
    switch (command.type) {
      case 'declare':
        return declared(state, command, at)
      case 'undeclare': {
        const { provider, model, version } = command
        const isMeant = (one: KeptDeclaration): boolean =>
          version === null ? one.provider === provider && one.model === model : isOf(one, command)
        if (!state.said.some(isMeant)) return refuse('models.undeclared', 'Nothing is said of such a model.')
        return accept(state, { type: 'model.undeclared', provider, model, version }, { provider, model })
      }
      case 'listed': {
        const { provider, models, answer } = command
        return accept(state, { type: 'models.listed', provider, at, models }, answer)
      }
    }
  },
  evolve,
  reference: {
    name: documentName,
    of: (state) => (state.said.length + state.listings.length === 0 ? null : (state as unknown as Json)),
  },
})

function declared(state: Declarations, command: DeclareCommand, at: number): Decision<DeclarationsEvent> {
  const { provider, model, version, note, by } = command
  const former = state.said.find((one) => isOf(one, command))
  if (former === undefined && state.said.length >= mostDeclared)
    return refuse('models.too-much-declared', `Of ${mostDeclared} models something is said already.`)
  const id = command.id ?? former?.own?.id ?? null
  const own = version === null ? null : { version, id, state: command.state ?? former?.own?.state ?? 'promoted' }
  const facts = command.facts ?? former?.facts ?? {}
  const declaration = { provider, model, own, facts, note: note ?? former?.note ?? null, at, by }
  const answer = { provider, model, ...(version === null ? {} : { version, state: own?.state ?? 'promoted' }) }
  return accept(state, { type: 'model.declared', declaration }, answer)
}

function accept(state: Declarations, event: DeclarationsEvent, answer: Json): Decision<DeclarationsEvent> {
  if (JSON.stringify(evolve(state, event)).length > mostBytes)
    return refuse('models.too-much-declared', 'Too much is said of models, or listed.')
  return { type: 'accept', events: [event], answer }
}

function evolve(state: Declarations, event: DeclarationsEvent): Declarations {
  switch (event.type) {
    case 'model.declared': {
      const { declaration } = event
      const of = { ...declaration, version: declaration.own?.version ?? null }
      return { ...state, said: [...state.said.filter((one) => !isOf(one, of)), declaration] }
    }
    case 'model.undeclared': {
      const { provider, model, version } = event
      const isMeant = (one: KeptDeclaration): boolean =>
        version === null ? one.provider === provider && one.model === model : isOf(one, event)
      return { ...state, said: state.said.filter((one) => !isMeant(one)) }
    }
    case 'models.listed': {
      const { provider, at, models } = event
      return {
        ...state,
        listings: [...state.listings.filter((one) => one.provider !== provider), { provider, at, models }],
      }
    }
  }
}

export const declarationsOf = (tenant: string): Address => ({
  tenant,
  home: tenantHome,
  kind: 'model-declarations',
  id: 'models',
})
