import { actor, type Ask, type Decision, type View } from '@hearth/kernel'

export interface ProbeState {
  readonly count: number
  readonly settled: number
}

export interface RecordCommand {
  readonly type: 'record'
  readonly events: number
  readonly url: string | null
  /** Whether the caller may name private addresses. */
  readonly allowPrivate: boolean
}

export type ProbeEvent =
  | { readonly type: 'probe.recorded'; readonly number: number }
  | { readonly type: 'probe.settled'; readonly ok: boolean }

export const probeView: View<ProbeState, ProbeEvent> = {
  name: 'probe',
  version: 1,
  columns: { count: 'bigint', settled: 'bigint' },
  project: (state, _event, { address }) => [
    { type: 'put', key: address.id, row: { count: state.count, settled: state.settled } },
  ],
}

const askOf = ({ url, allowPrivate }: RecordCommand): Ask =>
  url === null ? { kind: 'none', request: null } : { kind: 'probe-post', request: { url, allowPrivate } }

export const probe = actor<ProbeState, RecordCommand, ProbeEvent>({
  kind: 'probe',
  personal: false,
  initial: { count: 0, settled: 0 },
  shape: 1,
  events: { 'probe.recorded': [], 'probe.settled': [] },
  decide: (state, command): Decision<ProbeEvent> => ({
    type: 'accept',
    events: Array.from({ length: command.events }, (_, index) => ({
      type: 'probe.recorded',
      number: state.count + index + 1,
    })),
    asks: [askOf(command)],
    answer: { count: state.count + command.events },
  }),
  settle: (_state, { outcome }) => ({
    type: 'accept',
    events: [{ type: 'probe.settled', ok: outcome.type === 'done' }],
  }),
  evolve: (state, event) => {
    switch (event.type) {
      case 'probe.recorded':
        return { ...state, count: state.count + 1 }
      case 'probe.settled':
        return { ...state, settled: state.settled + 1 }
      default:
        return state
    }
  },
  views: [probeView],
})
