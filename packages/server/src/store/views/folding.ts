import { readRow, Unfoldable, type Actor, type LogRow, type Tagged, type View, type ViewChange } from '@hearth/kernel'
import type { Address } from '@hearth/protocol'
import type { KeyObject } from 'node:crypto'
import { addressOf } from '../address-of.ts'
import type { Opening } from './opened-keys.ts'

/** How far the rows of one actor are folded for a view. */
export interface Folded {
  readonly address: Address
  readonly definition: Actor
  /** The actor's own view: its `project` may be wrapped. */
  readonly view: View
  state: unknown
  /** The position of the last row in it. */
  sequence: number
  /** Something of it cannot be read: it is not known what came of it. */
  opaque: boolean
}

/** The actors that have a view, by kind. */
export const actorsWith = (actors: readonly Actor[], { name }: View): ReadonlyMap<string, Actor> =>
  new Map(actors.filter(({ views }) => views?.some((each) => each.name === name)).map((actor) => [actor.kind, actor]))

export function beginFolding(address: Address, definition: Actor, { name }: View): Folded {
  const view = definition.views?.find((each) => each.name === name)
  if (view === undefined) throw new Error(`${definition.kind} has no view ${name}`)
  return { address, definition, view, state: definition.initial, sequence: 0, opaque: false }
}

/** Foldings of those of the rows that have the view, by the number of their actor. */
export const beginFoldings = (
  rows: readonly Readonly<Record<string, unknown>>[],
  folds: ReadonlyMap<string, Actor>,
  view: View,
): Map<number, Folded> =>
  new Map(
    rows.flatMap((row) => {
      const address = addressOf(row)
      const definition = folds.get(address.kind)
      return definition === undefined ? [] : [[Number(row['actor']), beginFolding(address, definition, view)] as const]
    }),
  )

/** Folds a row, and says in order what it changes in the view. A row that is in it already changes nothing. */
export function foldRow(folded: Folded, row: LogRow, opening: Opening): readonly ViewChange[] {
  if (row.sequence <= folded.sequence) return []
  folded.sequence = row.sequence
  // Of a person whose key is destroyed nothing is left to fold, and nothing may be in the view.
  if (opening === 'forgotten') return []
  if (opening === 'damaged') folded.opaque = true
  const { address, definition, view } = folded
  const events = opening === 'damaged' || isStopped(folded) ? null : eventsOf(row, opening.key, definition)
  if (events === null) folded.opaque = true
  const meaning = { address, at: row.at }
  const changes: ViewChange[] = []
  for (const event of events ?? []) {
    if (view.trailing === undefined) folded.state = definition.evolve(folded.state, event)
    else if (!view.trailing.includes(event.type)) continue
    changes.push(...view.project(view.trailing === undefined ? folded.state : null, event, meaning))
  }
  return changes
}

/** What follows something unread cannot be folded; a trailing view does not fold. */
const isStopped = ({ opaque, view }: Folded): boolean => opaque && view.trailing === undefined

function eventsOf(row: LogRow, key: KeyObject | undefined, definition: Actor): readonly Tagged[] | null {
  try {
    return readRow(row, key, definition).events
  } catch (error) {
    if (error instanceof Unfoldable) return null
    throw error
  }
}
