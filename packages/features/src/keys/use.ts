import { actor, type View } from '@hearth/kernel'

/** Uses closer together than this are one. */
export const usesMergeMs = 600_000

export interface UseCommand {
  readonly type: 'used'
}

interface KeyUsed {
  readonly type: 'key.used'
  readonly at: number
}

export const usesView: View<number, KeyUsed> = {
  name: 'key_uses',
  version: 1,
  columns: { used: 'bigint' },
  project: (state, _event, { address }) => [{ type: 'put', key: address.id, row: { used: state } }],
}

/** When a key was last used. Apart from the key: what doors know of it does not change with its use. */
export const keyUse = actor<number, UseCommand, KeyUsed>({
  kind: 'key-use',
  personal: false,
  initial: 0,
  shape: 1,
  events: { 'key.used': [] },
  decide: (state, _command, { at }) => ({
    type: 'accept',
    // Every process of a server notes what it sees.
    events: at - state < usesMergeMs / 2 ? [] : [{ type: 'key.used', at }],
  }),
  evolve: (_state, { at }) => at,
  views: [usesView],
})
