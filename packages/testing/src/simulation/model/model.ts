import { type Batch, type EffectId, type EffectRow, formatEffectId, type MemoryStore } from '@hearth/kernel'
import type { MachineClock } from '../machine-clock.ts'
import { auditFaults } from './audit.ts'
import { readHistory } from './history.ts'
import type { LogReader } from './reading.ts'

/** How a run of an effect ended, as the world outside saw it. */
export interface RunEnd {
  readonly attempt: number
  readonly ended: 'done' | 'failed'
  readonly result: string
}

export interface Commit {
  readonly time: number
  readonly node: string
  /** The furthest that the clock had shown to the node. */
  readonly latest: number
}

/** Everything that was seen from outside while the run went on. */
export interface Seen {
  readonly runs: Map<string, RunEnd[]>
  /** By position of a row, `slot.sequence`. */
  readonly commits: Map<string, Commit>
  /** When an effect was put down as due, and what the clock showed then. */
  readonly asked: Map<string, { readonly due: number; readonly decided: number }>
  readonly acknowledged: Map<string, number>
  readonly refusedForGood: Set<string>
  readonly setAside: Set<string>
  /** Effects whose row was removed, and those that were marked as stuck. */
  readonly poisoned: Set<string>
}

export interface NodeSeen {
  readonly name: string
  readonly owner: string
  latest(): number
}

/** Watches a run and says what it must never see. Shares no code with the kernel but the shapes of the port. */
export interface Model {
  readonly seen: Seen
  committed(node: NodeSeen, batch: Batch, decided: number): void
  /** Whether what starts may start. */
  starts(node: NodeSeen, effect: EffectId & { readonly attempt: number }, token: string): void
  ends(effect: EffectId, end: RunEnd): void
  /** The latest time that an effect was put down as due for. */
  putOff(): number
  /** Looks through all that lies in the store. */
  audit(): void
}

export interface ModelOptions {
  readonly store: MemoryStore
  readonly reader: LogReader
  readonly clock: MachineClock
  readonly lanes: number
  readonly now: () => number
  readonly fault: (what: string) => void
}

const longestBackoffMs = 1000

export function createModel(options: ModelOptions): Model {
  const { store, now, fault } = options
  const seen: Seen = {
    runs: new Map(),
    commits: new Map(),
    asked: new Map(),
    acknowledged: new Map(),
    refusedForGood: new Set(),
    setAside: new Set(),
    poisoned: new Set(),
  }
  const everOwed = new Map<string, EffectRow>()
  const settled = new Set<string>()
  let latestRetry = 0
  const lastAt = new Map<string, number>()

  const ownerOf = (slot: number): string => store.slots()[slot]?.owner ?? ''

  return {
    seen,
    committed: (node, batch, decided) => {
      for (const slot of slotsOf(batch))
        if (ownerOf(slot) !== node.owner) fault(`${node.name} wrote to slot ${slot}, which another owns`)
      for (const row of batch.rows) {
        seen.commits.set(`${row.slot}.${row.sequence}`, { time: now(), node: node.name, latest: node.latest() })
        const lane = `${node.name}/${row.slot % options.lanes}`
        if (row.at < (lastAt.get(lane) ?? 0)) fault(`the time of lane ${lane} went back at ${row.slot}.${row.sequence}`)
        lastAt.set(lane, row.at)
      }
      for (const { due, state, ...id } of batch.changed) {
        if (state !== 'owed') continue
        latestRetry = Math.max(latestRetry, due)
        if (due > decided + longestBackoffMs)
          fault(`${formatEffectId(id)} is put off to ${due}, which is further than its backoff`)
      }
      for (const row of batch.asked) {
        // A clock that was ahead when something was asked for, and is set back, makes it wait so long after a crash.
        latestRetry = Math.max(latestRetry, row.due)
        everOwed.set(formatEffectId(row), row)
        seen.asked.set(formatEffectId(row), { due: row.due, decided })
      }
      for (const id of batch.settled) settled.add(formatEffectId(id))
    },
    starts: (node, effect, token) => {
      const name = formatEffectId(effect)
      const asked = everOwed.get(name)
      if (asked === undefined) return fault(`${name} started before its commit`)
      const held = store.effects().find((row) => formatEffectId(row) === name)
      if (ownerOf(effect.slot) !== node.owner) return
      if (held === undefined) {
        const ends = endsOf(options, name)
        // Whoever cancels wins only before an attempt is recorded: one that waited for its turn may still start.
        if (!ends.includes('cancelled')) fault(`${name} started again after its result was committed`)
        return
      }
      if (held.state !== 'owed') fault(`${name} started although it is ${held.state}`)
      if (held.attempt !== effect.attempt)
        fault(`attempt ${effect.attempt} of ${name} started, and attempt ${held.attempt} is recorded`)
      if (node.latest() < held.due) fault(`${name} started before its time`)
      const request = tokenAsked(options, name)
      if (request !== token) fault(`${name} was run with what ${token} asked for, not ${request}`)
    },
    ends: (effect, end) => {
      const name = formatEffectId(effect)
      const ends = seen.runs.get(name) ?? []
      seen.runs.set(name, ends)
      ends.push(end)
      if (/throw$|\u0000/.test(end.result)) seen.poisoned.add(name)
    },
    putOff: () => latestRetry,
    audit: () => {
      for (const what of auditFaults(options, seen)) fault(what)
    },
  }
}

/** Every slot that anything in the batch belongs to, whether it says so or not. */
const slotsOf = (batch: Batch): ReadonlySet<number> =>
  new Set([
    ...batch.slots.map(({ before }) => before.slot),
    ...[...batch.rows, ...batch.asked, ...batch.settled, ...batch.changed, ...batch.dead].map(({ slot }) => slot),
  ])

const endsOf = ({ store, reader }: ModelOptions, effect: string): readonly string[] => {
  const ends = readHistory(store, reader).ended.get(effect) ?? []
  return ends.map(({ how }) => how)
}

const tokenAsked = ({ store, reader }: ModelOptions, effect: string): string | undefined =>
  readHistory(store, reader).asked.get(effect)?.token
