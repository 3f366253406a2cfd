import type { ClusterRecipe } from '../baseline/cluster.ts'
import type { Target } from '../kernel/measure.ts'

export interface Absent {
  readonly absent: string
}

export type RunningPeer = Target & AsyncDisposable

/** Something else that a user could do the same work with. */
export interface Peer {
  readonly name: string
  /** What its work leaves out, or does besides, where it is not Hearth's. */
  readonly differs: string
  /** How it is set up: the best of what was tried. */
  readonly settings: Readonly<Record<string, unknown>>
  /** In a folder of its own. Rejects where it should run and does not. */
  readonly start: (folder: string, recipe: ClusterRecipe) => Promise<RunningPeer | Absent>
}

export const frontPath = '/record'
export const json = { 'content-type': 'application/json' } as const
