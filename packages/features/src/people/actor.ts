import { actor } from '@hearth/kernel'
import { documentName } from './forgotten.ts'

interface State {
  /** How often they were forgotten. */
  readonly forgotten: number
  /** When they were, last; null where that was not written down yet. */
  readonly at: number | null
}

interface ForgetCommand {
  readonly type: 'forget'
}

interface PersonForgotten {
  readonly type: 'person.forgotten'
  readonly at: number | null
}

/** A person whose home it is. It holds nothing personal, so that what it tells outlasts them: its event is the tombstone. */
export const person = actor<State, ForgetCommand, PersonForgotten>({
  kind: 'person',
  personal: false,
  initial: { forgotten: 0, at: null },
  shape: 2,
  // In its first version it did not say when.
  events: { 'person.forgotten': [(data) => ({ at: null, ...data })] },
  decide: (_state, _command, { address, at }) => ({
    type: 'accept',
    events: [{ type: 'person.forgotten', at }],
    forgets: true,
    asks: [{ kind: 'tombstone', request: { at } }],
    answer: { person: address.home },
  }),
  settle: () => ({ type: 'accept', events: [] }),
  evolve: (state, { at }) => ({ forgotten: state.forgotten + 1, at }),
  // Keys that were bound to them go with them.
  reference: { name: ({ home }) => documentName(home), of: ({ at }) => at },
})
