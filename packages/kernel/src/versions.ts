import type { Actor } from './actor.ts'
import { fromTheFuture } from './unfoldable.ts'

/** The data of an event, without its type. */
export type EventData = Readonly<Record<string, unknown>>

/** Makes data of one version data of the next. Pure. One event stays one event, since positions count them. */
export type Upcast = (data: EventData) => EventData

/** How events of one name of a row are read: their type, and the steps from the version that was written to the present one. */
export interface ReadAs {
  readonly type: string
  readonly steps: readonly Upcast[]
}

const versioned = /^(.+)@(\d{1,9})$/

/** A type as rows name it: `reminder.set` is its first version, `reminder.set@2` the second. */
export function writtenName(type: string, definition: Actor | undefined): string {
  const steps = definition?.events?.[type]?.length ?? 0
  return steps === 0 ? type : `${type}@${steps + 1}`
}

/** The type of an event that a row names, whichever version of it. */
export const typeNamed = (name: string): string => versioned.exec(name)?.[1] ?? name

/** Whose events nobody here knows stay as they were written, their version in the name. */
const opaque = (name: string): ReadAs => ({ type: name, steps: [] })

function readingOf(name: string, definition: Actor): ReadAs {
  const [, type = name, digits = '1'] = versioned.exec(name) ?? []
  const { events } = definition
  const known = events === undefined ? [] : Object.hasOwn(events, type) ? events[type] : undefined
  const version = Number(digits)
  if (known === undefined || version > known.length + 1) throw fromTheFuture(definition.kind, name)
  return { type, steps: known.slice(version - 1) }
}

// The texts are few: one for each combination of types that commands of a kind lead to.
const read = new WeakMap<Actor, Map<string, readonly ReadAs[]>>()
const mostRemembered = 1000

/** How the types of a row are read by an actor's definition. Throws `actor.from-the-future`. */
export function readAs(types: string, definition: Actor | undefined): readonly ReadAs[] {
  if (definition === undefined) return types.split(',').map(opaque)
  const remembered = read.get(definition) ?? new Map<string, readonly ReadAs[]>()
  const known = remembered.get(types)
  if (known !== undefined) return known
  const found = types.split(',').map((name) => readingOf(name, definition))
  if (remembered.size >= mostRemembered) remembered.clear()
  read.set(definition, remembered.set(types, found))
  return found
}
