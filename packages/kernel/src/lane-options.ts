import type { Actor } from './actor.ts'
import type { EffectKind } from './effects/kind.ts'
import type { Runner } from './effects/runner.ts'
import type { InboxLimits } from './inbox.ts'
import type { Meter } from './meter.ts'
import type { Clock } from './ports/clock.ts'
import type { LaneWait } from './outage.ts'
import type { Batch, LogWriter, StoreTrouble } from './ports/log.ts'
import type { References } from './references.ts'
import type { MasterKey } from './seal.ts'

export interface LaneSettings {
  readonly maxBatch: number
  readonly inbox: InboxLimits
  readonly hotBytes: number
  readonly homeKeys: number
  /** Events after which an actor has a snapshot written. */
  readonly snapshotAfter: number
  /** Owed effects held in memory, and read at once. At zero none is ever taken up: they stay owed, timers too. */
  readonly heldEffects: number
  /** How long a caller waits for a database that is away. */
  readonly patienceMs: number
}

export interface LaneOptions {
  /** Names the lane in this process. */
  readonly number: number
  readonly owner: string
  readonly slots: readonly number[]
  readonly writer: LogWriter
  readonly troubleOf: (error: unknown) => StoreTrouble | undefined
  readonly actors: ReadonlyMap<string, Actor>
  readonly master: MasterKey
  /** What effects can have waited for and this process has. */
  readonly met: readonly string[]
  readonly runner: Runner
  readonly kinds: ReadonlyMap<string, EffectKind>
  readonly references: References
  readonly clock: Clock
  readonly meter: Meter
  readonly settings: LaneSettings
  /** Called when another server has taken the slots: this one must end. */
  readonly onFenced: () => void
  readonly onPublished?: () => Promise<void>
  /** Told of each commit before its callers get their answers. Must not throw. */
  readonly onCommit: (batch: Batch) => void
}

export interface LaneStatus {
  readonly count: number
  readonly bytes: number
  readonly oldestMs: number
  readonly available: boolean
  /** Why it is not; null when it is. */
  readonly wait: LaneWait | null
  /** Commands that found no room, since the start. */
  readonly refused: number
  /** Actors whose snapshot did not open when it was needed, until a new one takes its place. */
  readonly damagedSnapshots: number
  /** Actors that cannot be folded, as far as they were needed since the start: how many, by what they need. */
  readonly aside: ReadonlyMap<string, number>
  readonly sequences: ReadonlyMap<number, number>
}
