import type { Actor } from './actor.ts'
import { needs } from './unfoldable.ts'

/** All that effects can have waited for and that this process has: the kinds of its actors and effects, and every version of their events. */
export const metNeeds = (actors: Iterable<Actor>, effects: Iterable<string>): readonly string[] => [
  ...[...effects, 'timer'].map(needs.effect),
  ...[...actors].flatMap((actor) => [needs.kind(actor.kind), ...eventsOf(actor)]),
]

const eventsOf = ({ kind, events = {} }: Actor): readonly string[] =>
  Object.entries(events).flatMap(([type, steps]) =>
    [type, ...steps.map((_, index) => `${type}@${index + 2}`)].map((name) => needs.event(kind, name)),
  )
