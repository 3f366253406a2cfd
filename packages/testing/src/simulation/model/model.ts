import {
  type Batch,
  type EffectId,
  type EffectRow,
  formatEffectId,
  type LogRow,
  type MemoryStore,
} from '@hearth/kernel'
import type { MachineClock } from '../machine-clock.ts'
import { auditFaults } from './audit.ts'
import { readHistory } from './history.ts'
import type { LogReader, ReadEvent } from './reading.ts'

/** How a run of an effect ended, as the world outside saw it. */
export interface RunEnd {
  readonly attempt: number
  readonly ended: 'done' | 'failed'
  readonly result: string
  /** The kernel was told surely whether it was made. */
  readonly isSure: boolean
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
  /** Of which home. */
  readonly setAside: Map<string, string>
  /** Effects whose row was removed, and those that were marked as stuck. */
  readonly poisoned: Set<string>
  /** Effects that must not be made twice: those that were made and did not say how it ended, and those that were about to be. */
  readonly unsure: Set<string>
  /** By home: where a person was forgotten, by which node, and by which command. */
  readonly forgotten: Map<string, Forgetting[]>
  readonly begun: Set<string>
}

export interface Forgetting {
  /** What comes before it is gone. */
  readonly since: number
  readonly node: string
  readonly token: string
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
  starts(node: NodeSeen, effect: EffectId & { readonly attempt: number; readonly kind: string }, token: string): void
  /** It was looked for and had been made. */
  found(effect: EffectId, result: string): void
  /** The process ended, and with it whatever it ran. */
  died(node: string): void
  ends(node: NodeSeen, effect: EffectId, end: RunEnd): void
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
  readonly clockJumps: boolean
  readonly now: () => number
  readonly fault: (what: string) => void
}

const isPoison = (result: string): boolean => /throw$|\u0000/.test(result)

/** How far ahead of the clock a change may put an effect: its backoff, its lease, or the wait until it is looked for again. */
const furthest = new Map([
  ['long', 30_000],
  ['look', 600_000],
  ['ask', 30_000],
])

const furthestMs = (kind: string | undefined): number => furthest.get(kind ?? '') ?? 1000

export function createModel(options: ModelOptions): Model {
  const { store, now, fault } = options
  const seen: Seen = {
    runs: new Map(),
    commits: new Map(),
    asked: new Map(),
    acknowledged: new Map(),
    refusedForGood: new Set(),
    setAside: new Map(),
    poisoned: new Set(),
    unsure: new Set(),
    forgotten: new Map(),
    begun: new Set(),
  }
  const running = new Map<string, Set<string>>()
  const recorded = new Map<string, number>()
  const everOwed = new Map<string, EffectRow>()
  const settled = new Set<string>()
  let latestRetry = 0
  const lastAt = new Map<string, number>()

  // Cancelling wins where no attempt was recorded before, and only there.
  const judgeCancelled = (id: EffectId): void => {
    const name = formatEffectId(id)
    const isThere = store.effects().some((row) => formatEffectId(row) === name)
    const attempt = recorded.get(name) ?? 0
    if (isThere && attempt <= 0) fault(`${name} was cancelled before any attempt and is there all the same`)
    if (!isThere && attempt > 0 && !settled.has(name))
      fault(`${name} was cancelled although attempt ${attempt} is recorded`)
  }

  /** Now, while what was forgotten later can be read. */
  const readAll = (batch: Batch): readonly ReadEvent[] => {
    const homes = new Map(store.actors().map(({ actor, address }) => [actor, address.home]))
    return batch.rows.flatMap((row) => options.reader.events({ ...row, home: homes.get(row.actor) ?? '' } as LogRow))
  }

  const ownerOf = (slot: number): string => store.slots()[slot]?.owner ?? ''

  return {
    seen,
    committed: (node, batch, decided) => {
      for (const slot of slotsOf(batch))
        if (ownerOf(slot) !== node.owner) fault(`${node.name} wrote to slot ${slot}, which another owns`)
      for (const row of batch.rows) {
        seen.commits.set(`${row.slot}.${row.sequence}`, { time: now(), node: node.name, latest: node.latest() })
        // Whoever writes: it does not go back over a restart or a hand-over either.
        const lane = String(row.slot % options.lanes)
        if (row.at < (lastAt.get(lane) ?? 0)) fault(`the time of lane ${lane} went back at ${row.slot}.${row.sequence}`)
        lastAt.set(lane, row.at)
      }
      const events = readAll(batch)
      for (const { key } of batch.forgotten) {
        const known = seen.forgotten.get(key.home) ?? []
        seen.forgotten.set(key.home, known)
        const token = String(events.find(({ type }) => type === 'forgot')?.['token'])
        known.push({ since: key.since, node: node.name, token })
      }
      for (const id of batch.cancelled) judgeCancelled(id)
      for (const { due, state, attempt, ...id } of batch.changed) {
        recorded.set(formatEffectId(id), attempt)
        if (state !== 'owed') continue
        latestRetry = Math.max(latestRetry, due)
        const kind = everOwed.get(formatEffectId(id))?.kind
        if (kind === 'risk' && attempt > 0) seen.begun.add(formatEffectId(id))
        if (due > decided + furthestMs(kind))
          fault(`${formatEffectId(id)} is put off to ${due}, which is further than its backoff`)
      }
      for (const row of batch.asked) {
        // A clock that was ahead when something was asked for, and is set back, makes it wait so long after a crash.
        latestRetry = Math.max(latestRetry, row.due)
        everOwed.set(formatEffectId(row), row)
        recorded.set(formatEffectId(row), row.kind === 'timer' ? 0 : row.attempt)
        seen.asked.set(formatEffectId(row), { due: row.due, decided })
      }
      for (const id of batch.settled) settled.add(formatEffectId(id))
    },
    starts: (node, effect, token) => {
      const name = formatEffectId(effect)
      const asked = everOwed.get(name)
      if (asked === undefined) return fault(`${name} started before its commit`)
      const held = store.effects().find((row) => formatEffectId(row) === name)
      const beside = running.get(name) ?? new Set()
      running.set(name, beside)
      if (effect.kind === 'long' && !options.clockJumps && [...beside].some((other) => other !== node.name))
        fault(`${name} runs twice at a time, its lease notwithstanding`)
      beside.add(node.name)
      if (effect.kind === 'risk') {
        if (seen.unsure.has(name)) fault(`${name} was made again, and nobody knows whether it was made before`)
        seen.unsure.add(name)
      }
      if (ownerOf(effect.slot) !== node.owner) return
      if (held === undefined) {
        const forgetting = forgettingOf(seen, asked)
        // Whoever is told of the forgetting a moment later may start it until then.
        if (forgetting?.node === node.name && !seen.acknowledged.has(forgetting.token)) return
        return fault(`${name} started after ${forgetting === undefined ? 'its end' : 'its person was forgotten'}`)
      }
      const before = earlierInLine(store, held)
      if (before !== undefined) fault(`${name} started before its turn: ${before} is owed`)
      if (held.state !== 'owed') fault(`${name} started although it is ${held.state}`)
      if (held.attempt !== effect.attempt)
        fault(`attempt ${effect.attempt} of ${name} started, and attempt ${held.attempt} is recorded`)
      if (effect.kind !== 'long' && node.latest() < held.due) fault(`${name} started before its time`)
      const request = tokenAsked(options, name)
      if (request !== token) fault(`${name} was run with what ${token} asked for, not ${request}`)
    },
    found: (effect, result) => {
      const name = formatEffectId(effect)
      const ends = seen.runs.get(name) ?? []
      seen.runs.set(name, ends)
      ends.push({ attempt: recorded.get(name) ?? 0, ended: 'done', result, isSure: true })
      if (isPoison(result)) seen.poisoned.add(name)
    },
    died: (node) => {
      for (const nodes of running.values()) nodes.delete(node)
    },
    ends: (node, effect, end) => {
      const name = formatEffectId(effect)
      running.get(name)?.delete(node.name)
      if (end.isSure) seen.unsure.delete(name)
      const ends = seen.runs.get(name) ?? []
      seen.runs.set(name, ends)
      ends.push(end)
      if (isPoison(end.result)) seen.poisoned.add(name)
    },
    putOff: () => latestRetry,
    audit: () => {
      for (const what of auditFaults(options, seen)) fault(what)
    },
  }
}

const forgettingOf = ({ forgotten }: Seen, { person, address, sequence }: EffectRow): Forgetting | undefined =>
  person === null ? undefined : forgotten.get(address.home)?.find(({ since }) => sequence < since)

/** What is owed under the same order and was asked for before. */
function earlierInLine(store: MemoryStore, { order, slot, sequence, ordinal }: EffectRow): string | undefined {
  if (order === undefined) return undefined
  const before = store
    .effects()
    .find(
      (row) =>
        row.order === order &&
        row.slot === slot &&
        row.state === 'owed' &&
        (row.sequence < sequence || (row.sequence === sequence && row.ordinal < ordinal)),
    )
  return before === undefined ? undefined : formatEffectId(before)
}

/** Every slot that anything in the batch belongs to, whether it says so or not. */
const slotsOf = (batch: Batch): ReadonlySet<number> =>
  new Set([
    ...batch.slots.map(({ before }) => before.slot),
    ...[...batch.rows, ...batch.asked, ...batch.settled, ...batch.cancelled, ...batch.changed, ...batch.dead].map(
      ({ slot }) => slot,
    ),
  ])

const tokenAsked = ({ store, reader }: ModelOptions, effect: string): string | undefined =>
  readHistory(store, reader).asked.get(effect)?.token
