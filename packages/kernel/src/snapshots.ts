import type { KeyObject } from 'node:crypto'
import type { Actor } from './actor.ts'
import type { Loaded, LoadedActor, Snapshot } from './ports/log.ts'
import { open, seal } from './seal.ts'
import { weightOf, type Weight } from './weight.ts'

/** What was folded since the last snapshot: what the next load will have to read. */
export interface Unsaved {
  readonly events: number
  readonly bytes: number
}

export const saved: Unsaved = { events: 0, bytes: 0 }

/** What was read from an archive is not read from there again. */
export const overdue: Unsaved = { events: Number.MAX_SAFE_INTEGER / 2, bytes: Number.MAX_SAFE_INTEGER / 2 }

/** Often enough that loading stays cheap, and seldom enough that writing snapshots costs less than the events themselves. */
export const isDue = (unsaved: Unsaved, weight: Weight, leastEvents: number): boolean =>
  unsaved.events >= leastEvents && unsaved.bytes >= 2 * weightOf(weight)

const aboutSnapshot = ({ tenant, actor, version }: Pick<Snapshot, 'tenant' | 'actor' | 'version'>): string =>
  `snapshot.${tenant}.${actor}.${version}`

export function takeSnapshot(
  place: Omit<Snapshot, 'data' | 'person'>,
  state: unknown,
  sealing: { readonly key: KeyObject; readonly person: string } | null,
): Snapshot {
  const text = JSON.stringify(state)
  if (sealing === null) return { ...place, person: null, data: Buffer.from(text) }
  return { ...place, person: sealing.person, data: seal(sealing.key, text, aboutSnapshot(place)) }
}

/** Throws when it does not open, or holds no state. */
export function readSnapshot(snapshot: Snapshot, key: KeyObject | undefined): unknown {
  const { person, data } = snapshot
  if (person === null) return JSON.parse(data.toString('utf8'))
  if (key === undefined) throw new Error('no key opens the snapshot')
  return JSON.parse(open(key, data, aboutSnapshot(snapshot)).toString('utf8'))
}

/** Loaded actors whose snapshot is of no use: of another shape than the actor has now, or damaged. Their whole history tells all the same. */
export function useless(
  loaded: Loaded,
  actors: ReadonlyMap<string, Actor>,
  keyOf: (found: LoadedActor) => KeyObject | undefined,
): readonly LoadedActor[] {
  return [...loaded.actors.values()].filter((found) => {
    const { snapshot, address } = found
    if (snapshot === null) return false
    if (actors.get(address.kind)?.shape !== snapshot.shape) return true
    try {
      readSnapshot(snapshot, keyOf(found))
      return false
    } catch {
      return true
    }
  })
}
