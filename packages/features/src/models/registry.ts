import { actor, refuse, type Decision } from '@hearth/kernel'
import type { LocalFile, Patience } from '@hearth/models'
import type { Address, Json } from '@hearth/protocol'
import { tenantHome } from '../tenant.ts'

/** A provider as its tenant has added it. */
export interface AddedProvider {
  readonly name: string
  readonly kind: string
  readonly baseUrl: string | null
  /** Sealed, each by itself. */
  readonly keys: readonly string[]
  /** Whether who added it may name private addresses. */
  readonly allowPrivate: boolean
  readonly models: readonly string[] | null
  /** Where its model is a file of this machine. */
  readonly file?: AddedFile
  /** How many calls it is asked at once; absent: without bound. */
  readonly concurrency?: number
  /** How long it is waited for; absent: by the policy, or by what was measured. */
  readonly patience?: Patience
  /** By the names of its kind’s manifest. */
  readonly options?: Readonly<Record<string, string>>
  readonly added: number
}

export interface AddedFile extends LocalFile {
  readonly architecture: string
  readonly quantization: string
}

export type RegistryCommand =
  | { readonly type: 'add'; readonly provider: Omit<AddedProvider, 'added'> }
  | { readonly type: 'remove'; readonly name: string }

type RegistryEvent =
  | { readonly type: 'provider.added'; readonly provider: AddedProvider }
  | { readonly type: 'provider.removed'; readonly name: string }

/** In the order in which they were added. */
type State = readonly AddedProvider[]

export const documentName = 'models.providers'

/** Every call looks at all of them. */
const mostProviders = 200

/** The providers of a tenant: one actor, since a call chooses among all of them. */
export const registry = actor<State, RegistryCommand, RegistryEvent>({
  kind: 'providers',
  personal: false,
  initial: [],
  shape: 1,
  events: { 'provider.added': [], 'provider.removed': [] },
  decide: (state, command, { at }): Decision<RegistryEvent> => {
    if (command.type === 'add') {
      const { provider } = command
      if (state.length >= mostProviders && !state.some(({ name }) => name === provider.name))
        return refuse('providers.too-many', `A tenant may have ${mostProviders} providers.`)
      const event = { type: 'provider.added', provider: { ...provider, added: at } } as const
      return { type: 'accept', events: [event], answer: answerTo(provider) }
    }
    const { name } = command
    if (!state.some((provider) => provider.name === name))
      return refuse('providers.unknown', 'There is no provider of this name.')
    return { type: 'accept', events: [{ type: 'provider.removed', name }], answer: { name } }
  },
  evolve: (state, event) => {
    if (event.type === 'provider.removed') return state.filter(({ name }) => name !== event.name)
    const { provider } = event
    const index = state.findIndex(({ name }) => name === provider.name)
    return index === -1 ? [...state, provider] : state.with(index, provider)
  },
  reference: { name: documentName, of: (state) => state as unknown as Json },
})

function answerTo({ name, file }: Omit<AddedProvider, 'added'>): Json {
  if (file === undefined) return { name }
  const { architecture, quantization, context } = file
  return { name, architecture, quantization, context }
}

export const registryOf = (tenant: string): Address => ({ tenant, home: tenantHome, kind: 'providers', id: 'registry' })
