import type { Batch, SlotState } from '@hearth/kernel'

const bare: Batch = {
  slots: [],
  rows: [],
  actors: [],
  snapshots: [],
  asked: [],
  settled: [],
  changed: [],
  keys: [],
  homeKeys: [],
  references: [],
  dead: [],
  views: new Map(),
}

/** A batch that moves a slot by so many and holds what is given. */
export const batchOf = (held: SlotState, moves: number, parts: Partial<Batch>): Batch => ({
  ...bare,
  slots: [{ before: held, after: { ...held, sequence: held.sequence + moves } }],
  ...parts,
})
