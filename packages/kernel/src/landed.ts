import type { Batch, SlotState } from './ports/log.ts'

/**
 * Whether a batch of unknown outcome was committed. After a claim nothing of the old transaction can still land, so the heads tell. A
 * batch that moved no head is decided again instead: its keys are looked up anew, and what it settled it may settle twice.
 */
export function hasLanded({ slots }: Pick<Batch, 'slots'>, claimed: ReadonlyMap<number, SlotState>): boolean {
  const moved = slots.filter(({ before, after }) => before.sequence !== after.sequence)
  return moved.length > 0 && moved.every(({ after }) => claimed.get(after.slot)?.head.equals(after.head) === true)
}
