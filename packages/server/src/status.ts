import { slotCount, type LaneStatus } from '@hearth/kernel'
import { formatPosition } from '@hearth/protocol'

export interface KernelStatus {
  readonly lanes: number
  readonly slots: number
  readonly inbox: {
    readonly count: number
    readonly bytes: number
    readonly oldestMs: number
    readonly refused: number
  }
  readonly damagedSnapshots: number
  readonly aside: Readonly<Record<string, number>>
  readonly positions: readonly string[]
}

export function statusOf(lanes: readonly LaneStatus[]): KernelStatus {
  const sequences = lanes.flatMap((lane) => [...lane.sequences])
  return {
    lanes: lanes.length,
    slots: slotCount,
    inbox: {
      count: lanes.reduce((sum, lane) => sum + lane.count, 0),
      bytes: lanes.reduce((sum, lane) => sum + lane.bytes, 0),
      oldestMs: lanes.reduce((oldest, lane) => Math.max(oldest, lane.oldestMs), 0),
      refused: lanes.reduce((sum, lane) => sum + lane.refused, 0),
    },
    damagedSnapshots: lanes.reduce((sum, lane) => sum + lane.damagedSnapshots, 0),
    aside: Object.fromEntries(summed(lanes.map((lane) => lane.aside))),
    positions: sequences
      .filter(([, sequence]) => sequence > 0)
      .sort(([a], [b]) => a - b)
      .map(([slot, sequence]) => formatPosition({ slot, sequence })),
  }
}

function summed(counts: readonly ReadonlyMap<string, number>[]): ReadonlyMap<string, number> {
  const sums = new Map<string, number>()
  for (const [name, count] of counts.flatMap((each) => [...each])) sums.set(name, (sums.get(name) ?? 0) + count)
  return sums
}
