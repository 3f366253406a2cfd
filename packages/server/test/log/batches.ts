import type { Batch, SlotState } from '@hearth/kernel'
import { emptyBatch } from '@hearth/testing'

/** A batch that moves a slot by so many and holds what is given. */
export const batchOf = (held: SlotState, moves: number, parts: Partial<Batch>): Batch => ({
  ...emptyBatch,
  slots: [{ before: held, after: { ...held, sequence: held.sequence + moves } }],
  ...parts,
})
