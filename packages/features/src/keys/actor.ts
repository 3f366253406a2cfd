import { actor, refuse, type Decision, type Tell, type View } from '@hearth/kernel'
import type { Json } from '@hearth/protocol'
import type { Rate } from '../known-callers.ts'
import { limitTold, type Limit } from '../models/budget/limits.ts'

/** What can be changed of a key. */
export interface KeyTerms {
  readonly name: string
  readonly scopes: readonly string[]
  /** Bound to this home; null where it reaches every home of its tenant. */
  readonly home: string | null
  readonly expires: number | null
  readonly rate: Rate | null
  /** The models that it may ask, as names or as patterns with `*`; null, and absent in keys of before: all. */
  readonly models?: readonly string[] | null
}

/** A key as doors know it. Its secret is nowhere, only the hash. */
export interface KeyDocument extends KeyTerms {
  readonly hash: string
  /** What it had before it was rotated, good for a while. */
  readonly former: { readonly hash: string; readonly until: number } | null
  readonly revoked: boolean
  readonly created: number
}

export type KeyCommand =
  | {
      readonly type: 'create'
      readonly terms: KeyTerms
      readonly hash: string
      readonly answer: Json
      readonly budget?: readonly Limit[]
    }
  | { readonly type: 'change'; readonly terms: Partial<KeyTerms>; readonly budget?: readonly Limit[] }
  | { readonly type: 'rotate'; readonly hash: string; readonly overlapMs: number; readonly answer: Json }
  | { readonly type: 'revoke' }

export type KeyEvent =
  | ({ readonly type: 'key.created'; readonly at: number; readonly hash: string } & KeyTerms)
  | { readonly type: 'key.changed'; readonly terms: Partial<KeyTerms> }
  | { readonly type: 'key.rotated'; readonly hash: string; readonly former: KeyDocument['former'] }
  | { readonly type: 'key.revoked'; readonly at: number }

type State = (KeyDocument & { readonly revokedAt: number | null }) | null

export const keysView: View<State, KeyEvent> = {
  name: 'keys',
  version: 1,
  columns: {
    name: 'text',
    scopes: 'text',
    bound: 'text',
    expires: 'bigint',
    requests: 'bigint',
    per: 'text',
    created: 'bigint',
    revoked: 'bigint',
  },
  project: (state, _event, { address }) => {
    if (state === null) return []
    const { name, scopes, home, expires, rate, created, revokedAt } = state
    const row = {
      name,
      scopes: JSON.stringify(scopes),
      bound: home,
      expires,
      requests: rate?.requests ?? null,
      per: rate?.per ?? null,
      created,
      revoked: revokedAt,
    }
    return [{ type: 'put', key: address.id, row }]
  },
}

/** One key is one actor, and publishes what doors have to know of it: they look at nothing else. */
export const key = actor<State, KeyCommand, KeyEvent>({
  kind: 'key',
  personal: false,
  initial: null,
  shape: 1,
  events: { 'key.created': [], 'key.changed': [], 'key.rotated': [], 'key.revoked': [] },
  decide: (state, command, { address, at }): Decision<KeyEvent> => {
    if (command.type === 'create') {
      if (state !== null) throw new Error('a key is created once')
      const { terms, hash, answer, budget } = command
      const event = { type: 'key.created', at, hash, ...terms } as const
      return { type: 'accept', events: [event], tells: limiting(address.id, budget), answer }
    }
    if (state === null) return refuse('keys.unknown', 'There is no key with this id.')
    const answer = { id: address.id }
    if (state.revoked)
      return command.type === 'revoke'
        ? { type: 'accept', events: [], answer }
        : refuse('keys.revoked', 'This key was revoked, for good.')
    switch (command.type) {
      case 'change':
        return {
          type: 'accept',
          events: [{ type: 'key.changed', terms: command.terms }],
          tells: limiting(address.id, command.budget),
          answer,
        }
      case 'rotate': {
        const { hash, overlapMs } = command
        const former = overlapMs === 0 ? null : { hash: state.hash, until: at + overlapMs }
        return { type: 'accept', events: [{ type: 'key.rotated', hash, former }], answer: command.answer }
      }
      case 'revoke':
        return { type: 'accept', events: [{ type: 'key.revoked', at }], answer }
    }
  },
  evolve: (state, event): State => {
    if (event.type === 'key.created') {
      const { type: _, at, ...kept } = event
      return { ...kept, former: null, revoked: false, created: at, revokedAt: null }
    }
    if (state === null) return state
    switch (event.type) {
      case 'key.changed':
        return { ...state, ...event.terms }
      case 'key.rotated':
        return { ...state, hash: event.hash, former: event.former }
      case 'key.revoked':
        return { ...state, revoked: true, revokedAt: event.at, former: null }
      default:
        return state
    }
  },
  views: [keysView],
  reference: { name: ({ id }) => documentName(id), of: (state) => documentOf(state) as unknown as Json },
})

/** What it may spend is kept by the budget of its name. */
const limiting = (id: string, budget: readonly Limit[] | undefined): readonly Tell[] =>
  budget === undefined ? [] : [limitTold(`key:${id}`, budget)]

function documentOf(state: State): KeyDocument | null {
  if (state === null) return null
  const { revokedAt: _, ...document } = state
  return document
}

export const documentName = (id: string): string => `key.${id}`
