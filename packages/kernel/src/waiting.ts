import type { Actor } from './actor.ts'
import type { ResultEnvelope } from './envelope.ts'
import type { LaneOptions } from './lane-options.ts'
import type { EffectRow, LogWriter } from './ports/log.ts'
import { needs } from './unfoldable.ts'

/** The effect takes no place in memory, and starts again where it stood when a process comes that has what it needs. */
export const waitingFor = (effect: EffectRow, what: string): ResultEnvelope => ({
  type: 'result',
  effect,
  attempt: effect.attempt,
  result: { type: 'wait', needs: what },
})

/** Makes owed again what waits for something that this process has. */
export async function wakeAll(
  writer: LogWriter,
  { slots, met, settings }: Pick<LaneOptions, 'slots' | 'met' | 'settings'>,
): Promise<void> {
  // Where nothing is taken up, there is nothing to wake, and no page would ever be the last.
  if (settings.heldEffects === 0) return
  while ((await writer.wake(slots, met, settings.heldEffects)).length >= settings.heldEffects);
}

/** All that effects can have waited for and that this process has: the kinds of its actors and effects, and every version of their events. */
export const metNeeds = (actors: Iterable<Actor>, effects: Iterable<string>): readonly string[] => [
  ...[...effects, 'timer'].map(needs.effect),
  ...[...actors].flatMap((actor) => [needs.kind(actor.kind), ...eventsOf(actor)]),
]

const eventsOf = ({ kind, events = {} }: Actor): readonly string[] =>
  Object.entries(events).flatMap(([type, steps]) =>
    [type, ...steps.map((_, index) => `${type}@${index + 2}`)].map((name) => needs.event(kind, name)),
  )
