import { actor, type View } from '@hearth/kernel'

type Command =
  | { readonly type: 'write'; readonly text: string; readonly ask?: boolean }
  | { readonly type: 'remind'; readonly due: number }

type Event =
  | { readonly type: 'ledger.written'; readonly text: string }
  | { readonly type: 'ledger.settled'; readonly kind: string }
  | { readonly type: 'ledger.reminded'; readonly due: number }

export interface Ledger {
  readonly lines: readonly string[]
  readonly settled: number
}

export const ledgerView: View<Ledger, Event> = {
  name: 'ledger',
  version: 1,
  columns: { lines: 'bigint', last: 'text' },
  project: (state, _event, { address }) => [
    { type: 'put', key: address.id, row: { lines: state.lines.length, last: state.lines.at(-1) ?? null } },
  ],
}

/** An actor that writes down what it is told, for tests of the log. */
export const ledger = actor<Ledger, Command, Event>({
  kind: 'ledger',
  personal: true,
  initial: { lines: [], settled: 0 },
  decide: (state, command) => {
    switch (command.type) {
      case 'write':
        return {
          type: 'accept',
          events: [{ type: 'ledger.written', text: command.text }],
          asks: command.ask === true ? [{ kind: 'none', request: command.text }] : [],
          answer: state.lines.length + 1,
        }
      case 'remind':
        return {
          type: 'accept',
          events: [{ type: 'ledger.reminded', due: command.due }],
          asks: [{ kind: 'timer', due: command.due, request: null }],
        }
    }
  },
  settle: (_state, settlement) => ({ type: 'accept', events: [{ type: 'ledger.settled', kind: settlement.kind }] }),
  evolve: (state, event) => {
    switch (event.type) {
      case 'ledger.written':
        return { ...state, lines: [...state.lines, event.text] }
      case 'ledger.settled':
        return { ...state, settled: state.settled + 1 }
      default:
        return state
    }
  },
  views: [ledgerView],
})

export const at = (home: string, id = 'one') => ({ tenant: 'main', home, kind: 'ledger', id })
