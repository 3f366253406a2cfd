import { actor } from '@hearth/kernel'

interface State {
  /** How often they were forgotten. */
  readonly forgotten: number
}

interface ForgetCommand {
  readonly type: 'forget'
}

interface PersonForgotten {
  readonly type: 'person.forgotten'
}

/** A person whose home it is. It holds nothing personal, so that what it tells outlasts them: its event is the tombstone. */
export const person = actor<State, ForgetCommand, PersonForgotten>({
  kind: 'person',
  personal: false,
  initial: { forgotten: 0 },
  shape: 1,
  events: { 'person.forgotten': [] },
  decide: (_state, _command, { address, at }) => ({
    type: 'accept',
    events: [{ type: 'person.forgotten' }],
    forgets: true,
    asks: [{ kind: 'tombstone', request: { at } }],
    answer: { person: address.home },
  }),
  settle: () => ({ type: 'accept', events: [] }),
  evolve: (state) => ({ forgotten: state.forgotten + 1 }),
})
