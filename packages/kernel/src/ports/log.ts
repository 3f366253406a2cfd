import type { Address } from '@hearth/protocol'
import type { View, ViewChange } from '../actor.ts'
import { slotCount } from '../slot.ts'
import type { Unfoldable } from '../unfoldable.ts'

/** What a lane knows of a slot that it owns. */
export interface SlotState {
  readonly slot: number
  readonly epoch: number
  readonly sequence: number
  readonly actors: number
  readonly head: Buffer
}

/** A slot as it was claimed, with the time of its last row, whoever wrote it; 0 when it has none. */
export interface ClaimedSlot extends SlotState {
  readonly at: number
}

/** One committed command of one actor, its events packed. */
export interface LogRow {
  readonly slot: number
  /** The position of its first event. */
  readonly sequence: number
  readonly events: number
  readonly actor: number
  readonly tenant: string
  /** Of the actor after this row: its count of events. */
  readonly version: number
  readonly at: number
  /** Whose key seals `data`; null when it is not sealed. */
  readonly person: string | null
  readonly types: string
  readonly data: Buffer
}

/** An actor's state after its row at `sequence`. Of a shape that only its own definition understands. */
export interface Snapshot {
  readonly actor: number
  readonly tenant: string
  /** The position of the last row in it. */
  readonly sequence: number
  readonly version: number
  readonly shape: number
  readonly person: string | null
  readonly data: Buffer
}

export interface NewActor {
  readonly actor: number
  readonly slot: number
  readonly address: Address
}

export interface EffectId {
  readonly slot: number
  readonly sequence: number
  readonly ordinal: number
}

/** `waiting`: nothing here can run it, or its actor cannot be folded, until what its `failure` names is there. */
export type EffectState = 'owed' | 'waiting' | 'dead' | 'stuck'

export interface EffectRow extends EffectId {
  readonly actor: number
  readonly address: Address
  readonly kind: string
  /** When it may start. While an attempt runs under a lease, the end of the lease. */
  readonly due: number
  /** Above 0: this attempt is recorded, and may have been made. Otherwise none is under way, and so many, negated, have ended. */
  readonly attempt: number
  readonly person: string | null
  readonly request: Buffer
  /** Those with the same one run one at a time, as they were asked for. */
  readonly order?: string
  /** What its result carries on: written inside the request, and remembered here once that was opened. */
  correlation?: string
}

export interface Line {
  readonly slot: number
  readonly order: string
}

/** An effect that was set aside for a person to see. */
export interface EffectAside extends EffectRow {
  readonly state: 'dead' | 'stuck'
}

/** What is set aside, of what a repair names. */
export interface Aside {
  readonly effects: readonly EffectAside[]
  readonly letters: readonly DeadLetter[]
}

export interface EffectChange extends EffectId {
  readonly tenant: string
  readonly state: EffectState
  readonly due: number
  readonly attempt: number
  /** Null leaves what is there. */
  readonly failure: string | null
}

export interface KeptAnswer {
  readonly tenant: string
  readonly scope: string
  readonly hash: string
  readonly day: number
  readonly status: number
  readonly person: string | null
  readonly home: string
  readonly body: Buffer
}

export interface HomeKey {
  readonly tenant: string
  readonly home: string
  readonly person: string
  readonly wrapped: Buffer
  /** The first position that it seals, where it took the place of a key that was destroyed: what lies before is forgotten. */
  readonly since?: number
}

/** A person to be forgotten: their key is replaced, and what was derived from what it sealed goes. */
export interface Forgotten {
  readonly key: HomeKey & { readonly since: number }
  /** Those of personal actors. */
  readonly views: readonly View[]
}

export interface DeadLetter {
  readonly tenant: string
  readonly slot: number
  readonly at: number
  readonly command: string
  readonly address: string
  readonly home: string
  readonly person: string | null
  /** The name of the error. */
  readonly failure: string
  /** The command and the reason, sealed. */
  readonly body: Buffer
}

export interface ReferenceRow {
  readonly tenant: string
  readonly name: string
  readonly data: string
}

export interface ViewWrite {
  readonly tenant: string
  readonly home: string
  readonly change: ViewChange
}

/** Everything one lane commits at once. */
export interface Batch {
  /** The states to reach, with the epoch held and the sequence each slot must still be at. */
  readonly slots: readonly { readonly before: SlotState; readonly after: SlotState }[]
  readonly rows: readonly LogRow[]
  readonly actors: readonly NewActor[]
  /** At most one an actor; it takes the place of the one before. */
  readonly snapshots: readonly Snapshot[]
  readonly asked: readonly EffectRow[]
  readonly settled: readonly (EffectId & { readonly tenant: string })[]
  /** Owed no more if no attempt of theirs is recorded; a timer has none. */
  readonly cancelled: readonly (EffectId & { readonly tenant: string })[]
  readonly changed: readonly EffectChange[]
  readonly keys: readonly KeptAnswer[]
  readonly homeKeys: readonly HomeKey[]
  /** A batch with one holds nothing else that is personal. */
  readonly forgotten: readonly Forgotten[]
  readonly references: readonly ReferenceRow[]
  readonly dead: readonly DeadLetter[]
  /** Letters that are there no more. */
  readonly mended: readonly Pick<DeadLetter, 'tenant' | 'command'>[]
  readonly views: ReadonlyMap<View, ReadonlyMap<string, ViewWrite>>
}

/** Why a store cannot do what it is asked just now, as far as it says. */
export type StoreTrouble =
  | 'unreachable'
  | 'starting'
  /** It takes too long, or says nothing. */
  | 'slow'
  | 'read-only'
  | 'full'
  | 'out-of-memory'
  | 'too-many-connections'
  | 'access-refused'
  /** Its disk fails. */
  | 'damaged'
  /** None of the others. */
  | 'failing'

/**
 * `committed` and `refused` and `fenced` are certain. `unavailable`: surely not committed. `unknown`: the connection died
 * with the commit on its way; claim the slots again (which waits for the old transaction) and compare heads.
 */
export type AppendOutcome =
  | { readonly type: 'committed' }
  | { readonly type: 'refused'; readonly reason: string }
  | { readonly type: 'fenced' }
  | { readonly type: 'unavailable'; readonly reason: string; readonly trouble?: StoreTrouble }
  | { readonly type: 'unknown'; readonly reason: string; readonly trouble?: StoreTrouble }

export interface LoadRequest {
  readonly addresses: readonly Address[]
  readonly homes: readonly { readonly tenant: string; readonly home: string }[]
  readonly scopes: readonly string[]
  /** All rows of the actors, and no snapshots. */
  readonly whole?: boolean
  readonly aside?: {
    readonly effects: readonly EffectId[]
    /** By their command. */
    readonly letters: readonly string[]
  }
}

export interface LoadedActor {
  readonly actor: number
  readonly address: Address
  readonly snapshot: Snapshot | null
  /** In order; those after the snapshot. */
  readonly rows: readonly LogRow[]
  /** Some of them came from where reading is slow: a snapshot is due with its next row. */
  readonly archived?: boolean
  /** Why its rows are not all there: it cannot be folded until that is mended. */
  readonly unreadable?: Unfoldable
}

export interface Loaded {
  /** By formatted address; absent when the actor has never been. */
  readonly actors: ReadonlyMap<string, LoadedActor>
  readonly homeKeys: readonly HomeKey[]
  readonly keys: ReadonlyMap<string, KeptAnswer>
  readonly aside?: Aside
}

/** One lane's way to the log. Calls of one writer are answered in order. Rejects only when the database cannot be asked. */
export interface LogWriter extends AsyncDisposable {
  /**
   * Raises the epoch of slots, waiting for any transaction of a former owner, and says where they stand. `take` wins them from
   * whoever has them; `keep` leaves out those that another owner has taken since.
   */
  claim(slots: readonly number[], how: 'take' | 'keep'): Promise<readonly ClaimedSlot[]>
  load(request: LoadRequest): Promise<Loaded>
  append(batch: Batch): Promise<AppendOutcome>
  /** Owed timers, or owed effects of all other kinds, of the slots, in order of due time, after `after`, at most `limit`. */
  owed(
    slots: readonly number[],
    which: 'timers' | 'others',
    after: (EffectId & { readonly due: number }) | null,
    limit: number,
  ): Promise<readonly EffectRow[]>
  /** Of each line the first that is owed, in order of asking; nothing of one that owes nothing. */
  firsts(lines: readonly Line[]): Promise<readonly EffectRow[]>
  /**
   * Makes effects of slots that this writer owns owed again which wait for one of `met`, as they stood, and gives back at most
   * `limit` of them; fewer: no more wait.
   */
  wake(slots: readonly number[], met: readonly string[], limit: number): Promise<readonly EffectRow[]>
  /** Lets go of a connection that hangs: what is under way rejects, or is `unknown`. */
  interrupt(): void
}

export interface Log {
  /** `owner` names this process in the slots that the writer claims. */
  writer(owner: string): LogWriter
  /** What a rejection of a writer's tells of the store; undefined when it says nothing new. */
  trouble?(error: unknown): StoreTrouble | undefined
  references(): Promise<readonly ReferenceRow[]>
}

/** The order in which owed effects are read: that of their due time, and of asking where it is the same. */
export const inOrder = (a: EffectId & { readonly due: number }, b: EffectId & { readonly due: number }): number =>
  a.due - b.due || a.slot - b.slot || a.sequence - b.sequence || a.ordinal - b.ordinal

export const formatEffectId = (effect: EffectId): string => `${effect.slot}.${effect.sequence}.${effect.ordinal}`

/** What a store has room for: a `smallint`. */
const mostOrdinal = 32_767

export function parseEffectId(text: string): EffectId {
  const id = effectIdIn(text)
  if (id === null) throw new Error(`not an effect: ${text}`)
  return id
}

/** Whether an effect can have this id. */
export const isEffectId = (text: string): boolean => effectIdIn(text) !== null

function effectIdIn(text: string): EffectId | null {
  const match = /^(\d{1,3})\.(\d{1,15})\.(\d{1,5})$/.exec(text)
  if (match === null) return null
  const [slot = 0, sequence = 0, ordinal = 0] = match.slice(1).map(Number)
  return slot < slotCount && ordinal <= mostOrdinal ? { slot, sequence, ordinal } : null
}
