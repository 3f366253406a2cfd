import type { Batch, DeadLetter, EffectRow, Log, LogRow, LogWriter, SlotState, View } from '@hearth/kernel'
import type { Address, Json } from '@hearth/protocol'

/**
 * What a `Log` is handed over with. One subject may serve all cases one after the other: each takes slots and homes of its own.
 * Its slots and its tenant's homes must not have been written to before.
 */
export interface LogSubject {
  readonly log: Log
  /** A tenant that the log writes for. */
  readonly tenant: string
  /** A slot from 0 to 255 that no case was given before. */
  slot(): number
  /** What lies in a view; the port has no way to read it back. `logView` must be there before the first case. */
  viewRows(view: View): Promise<readonly LogViewRow[]>
  deadLetters(): Promise<readonly Pick<DeadLetter, 'command' | 'failure'>[]>
}

export interface LogViewRow {
  readonly home: string
  readonly key: string
  readonly row: Readonly<Record<string, Json>>
}

export const logView: View = {
  name: 'conformance',
  version: 1,
  columns: { words: 'text', count: 'bigint', open: 'boolean' },
  project: () => [],
}

/** Changes nothing. */
export const emptyBatch: Batch = {
  slots: [],
  rows: [],
  actors: [],
  snapshots: [],
  asked: [],
  settled: [],
  cancelled: [],
  changed: [],
  keys: [],
  homeKeys: [],
  forgotten: [],
  references: [],
  dead: [],
  mended: [],
  views: new Map(),
}

/** A batch that moves a slot by so many events and holds what is given. */
export const batchOf = (held: SlotState, moves: number, parts: Partial<Batch> = {}): Batch => ({
  ...emptyBatch,
  slots: [{ before: held, after: after(held, moves) }],
  ...parts,
})

/** Where a slot stands after so many events more. */
export const after = (held: SlotState, moves: number): SlotState => ({
  ...held,
  sequence: held.sequence + moves,
  actors: held.actors + (moves > 0 ? 1 : 0),
  head: Buffer.alloc(32, held.sequence + moves),
})

let homes = 0

export const addressIn = ({ tenant }: LogSubject, id = 'one'): Address => {
  homes += 1
  return { tenant, home: `conformance-${process.pid}-${homes}`, kind: 'conformance', id }
}

export const numberOf = (slot: number, count = 1): number => slot * 2 ** 40 + count

export const rowOf = (held: SlotState, subject: LogSubject, more: Partial<LogRow> = {}): LogRow => ({
  slot: held.slot,
  sequence: held.sequence + 1,
  events: 1,
  actor: numberOf(held.slot),
  tenant: subject.tenant,
  version: 1,
  at: 1_700_000_000_000,
  person: null,
  types: 'told',
  data: Buffer.from('[]'),
  ...more,
})

export const effectOf = (held: SlotState, address: Address, more: Partial<EffectRow> = {}): EffectRow => ({
  slot: held.slot,
  sequence: held.sequence + 1,
  ordinal: 0,
  actor: numberOf(held.slot),
  address,
  kind: 'call',
  due: 1_700_000_000_000,
  attempt: 1,
  person: null,
  request: Buffer.from('{}'),
  ...more,
})

/** Runs with a slot of one's own, claimed by a writer that is let go of afterwards. */
export async function holding<T>(
  subject: LogSubject,
  use: (writer: LogWriter, held: SlotState, owner: string) => Promise<T>,
): Promise<T> {
  const slot = subject.slot()
  const owner = `owner-${slot}`
  await using writer = subject.log.writer(owner)
  return await use(writer, only(await writer.claim([slot], 'take')), owner)
}

export function only<T>(items: readonly T[]): T {
  const [first] = items
  if (items.length !== 1 || first === undefined) throw new Error(`one was expected, and there are ${items.length}`)
  return first
}
