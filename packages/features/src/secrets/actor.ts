import { actor, refuse, type View } from '@hearth/kernel'
import type { Json } from '@hearth/protocol'

export type SecretCommand =
  | { readonly type: 'put'; readonly sealed: string; readonly note: string | null }
  | { readonly type: 'remove' }

type SecretEvent =
  | { readonly type: 'secret.put'; readonly sealed: string; readonly note: string | null; readonly at: number }
  | { readonly type: 'secret.removed' }

type State = { readonly sealed: string; readonly note: string | null; readonly at: number } | null

export const secretsView: View<State, SecretEvent> = {
  name: 'secrets',
  version: 1,
  columns: { note: 'text', changed: 'bigint' },
  project: (state, _event, { address }) =>
    state === null
      ? [{ type: 'remove', key: address.id }]
      : [{ type: 'put', key: address.id, row: { note: state.note, changed: state.at } }],
}

/** One secret is one actor. What it publishes is sealed: only effects that use it see more than that it is there. */
export const secret = actor<State, SecretCommand, SecretEvent>({
  kind: 'secret',
  personal: false,
  initial: null,
  shape: 1,
  events: { 'secret.put': [], 'secret.removed': [] },
  decide: (state, command, { address, at }) => {
    const answer = { name: address.id }
    if (command.type === 'put') {
      const { sealed, note } = command
      return { type: 'accept', events: [{ type: 'secret.put', sealed, note, at }], answer }
    }
    if (state === null) return refuse('secrets.unknown', 'There is no secret of this name.')
    return { type: 'accept', events: [{ type: 'secret.removed' }], answer }
  },
  evolve: (_state, event) =>
    event.type === 'secret.put' ? { sealed: event.sealed, note: event.note, at: event.at } : null,
  views: [secretsView],
  reference: { name: ({ id }) => documentName(id), of: (state) => (state?.sealed ?? null) as Json },
})

export const documentName = (name: string): string => `secret.${name}`
