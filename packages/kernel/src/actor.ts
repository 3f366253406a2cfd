import type { Address, Json } from '@hearth/protocol'
import type { Upcast } from './versions.ts'

export interface Tagged {
  readonly type: string
}

/** An effect that an actor asks for. `due` in the future makes it wait; `timer` is the kind that only waits. */
export interface Ask {
  readonly kind: string
  readonly due?: number
  /** Effects that a home asks for under the same words run one at a time, as they were asked for. A timer has none. */
  readonly order?: string
  readonly request: Json
}

/** A command for another actor of the same home, decided in the same commit: what it refuses, the whole is refused for. */
export interface Tell {
  readonly to: Pick<Address, 'kind' | 'id'>
  readonly command: Tagged
}

export interface Acceptance<E extends Tagged> {
  readonly type: 'accept'
  readonly events: readonly E[]
  /** Decided in this order after these events, and what each of them tells right after it. */
  readonly tells?: readonly Tell[]
  readonly asks?: readonly Ask[]
  /** Effects that are not wanted any more. One whose attempt is recorded already is settled all the same. */
  readonly cancels?: readonly string[]
  readonly answer?: Json
  /** Destroys all that is personal in its home. Its command comes `alone`, and it is no personal actor itself. */
  readonly forgets?: boolean
}

export interface Refusal {
  readonly type: 'refuse'
  readonly code: string
  readonly detail: string
}

export type Decision<E extends Tagged = Tagged> = Acceptance<E> | Refusal

export interface DecideContext {
  /** The owner's clock: never backwards within a lane. */
  readonly at: number
  readonly address: Address
  /** The id that the effect asked for at this place of `asks` will have. */
  effect(ordinal: number): string
  /** The actor of another home that asks for this; undefined where the command comes from a caller, or from its own home. */
  readonly asker?: Address
  /** How many homes have asked one another, one because of the other, up to here. */
  readonly hops: number
  /** A small tenant-wide document that another actor publishes, as it stood at the last commit. */
  reference(name: string): Json | undefined
  /** The state of another actor of this home, as decided up to here; the initial one where it has never been. */
  beside(kind: string, id: string): unknown
}

export type Outcome =
  | { readonly type: 'done'; readonly value: Json }
  | { readonly type: 'failed'; readonly reason: string }

/** How an effect ended. Only an effect that is still owed is settled, and only once. */
export interface Settlement {
  readonly effect: string
  readonly kind: string
  readonly request: Json
  readonly attempt: number
  readonly outcome: Outcome
}

export interface EventMeaning {
  readonly address: Address
  readonly at: number
}

export type ViewChange =
  | { readonly type: 'put'; readonly key: string; readonly row: Readonly<Record<string, Json>> }
  | { readonly type: 'remove'; readonly key: string }

/**
 * A read model. *Inline*: kept in the same commit as the events it is made from; `project` is a pure function of one event and the
 * state after it. *Trailing*: written behind the commits from the log, by the events alone; its `project` is given null for a state.
 */
export interface View<S = unknown, E extends Tagged = Tagged> {
  readonly name: string
  /** Raised when the columns or `project` change: the view is then built anew. */
  readonly version: number
  readonly columns: Readonly<Record<string, 'text' | 'bigint' | 'boolean'>>
  readonly indexes?: readonly (readonly string[])[]
  /** Makes it trailing: the types of events that it is made of. */
  readonly trailing?: readonly string[]
  project(state: S, event: E, meaning: EventMeaning): readonly ViewChange[]
}

/**
 * A fold of its own events. `decide`, `settle` and `evolve` are pure: no clock, no chance, no world.
 * A throw in `decide` or `settle` is a fault of ours: the command is set aside, the lane goes on.
 */
export interface ActorDefinition<S, C extends Tagged, E extends Tagged> {
  readonly kind: string
  /** Personal events are sealed under the key of their home. */
  readonly personal: boolean
  readonly initial: S
  /**
   * The shape of the state, where it is JSON and may be kept as a snapshot; raised when `evolve` or the state change. Absent: the
   * state is folded from the first event at each load.
   */
  readonly shape?: number
  /**
   * The events it knows, each with the steps that make what former versions wrote into the present form: with two steps, version 3 is
   * written now. An event of another type, or of a later version, is from the future: such an actor is not folded, and waits for code
   * that knows it. Absent: every type is in its first version, and one that `evolve` does not know leaves the state as it is. Once
   * given, it stays.
   */
  readonly events?: Readonly<Record<E['type'], readonly Upcast[]>>
  decide(state: S, command: C, context: DecideContext): Decision<E>
  /** The types of commands that actors of other homes may ask of it, each of which looks at `context.asker`; none when absent. */
  readonly open?: readonly string[]
  settle?(state: S, settlement: Settlement, context: DecideContext): Decision<E>
  /** Actors of its home that `settle` looks at: they are loaded with it, not found out to be missing. */
  readonly beside?: readonly Pick<Address, 'kind' | 'id'>[]
  /** Events of a type it does not know leave the state as it is. */
  evolve(state: S, event: E): S
  readonly views?: readonly View<S, E>[]
  /** What this actor publishes to all homes of its tenant; where there are many of a kind, each under a name of its own. */
  readonly reference?: { readonly name: string | ((address: Address) => string); of(state: S): Json }
}

export type Actor = ActorDefinition<unknown, Tagged, Tagged>

/** Forgets the types of one actor so that the lane can hold all of them; `decide` is only ever given its own kind's commands. */
export const actor = <S, C extends Tagged, E extends Tagged>(definition: ActorDefinition<S, C, E>): Actor =>
  definition as unknown as Actor

export const refuse = (code: string, detail: string): Refusal => ({ type: 'refuse', code, detail })
