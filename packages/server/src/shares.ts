import { slotCount, type Kernel, type LaneStatus } from '@hearth/kernel'

/** The slots that are handed from process to process together: one share where one process serves all. */
export const slotsOf = (share: number, shares: number): readonly number[] =>
  Array.from({ length: slotCount }, (_, slot) => slot).filter((slot) => slot % shares === share)

/** The shares that this process serves, each by a kernel of its own. */
export interface Shares {
  readonly count: number
  kernelOf(share: number): Kernel | undefined
  held(): readonly number[]
  any(): Kernel | undefined
  lanes(): readonly LaneStatus[]
  /** Whether all that this process serves has too much of a tenant waiting; whoever asks then refuses, which is counted. */
  turnsAway(tenant: string): boolean
  /** The last sequence of a slot that is known here to be committed; undefined for one that is served elsewhere. */
  reached(slot: number): number | undefined
  /** Makes owed again what waits for any of these. */
  wake(met: readonly string[]): Promise<number>
  /** Wins the share from whoever has it. */
  take(share: number): Promise<void>
  /** Commits what was taken in; afterwards nothing of this process touches the share. */
  give(share: number, hurryMs?: number): Promise<void>
  giveAll(): Promise<void>
}

export function createShares(count: number, begin: (share: number) => Kernel): Shares {
  const kernels = new Map<number, Kernel>()
  /** On their way to another process: nothing new begins there. */
  const leaving = new Set<number>()
  const any = (): Kernel | undefined => {
    const staying = [...kernels].find(([share]) => !leaving.has(share))
    return staying?.[1] ?? kernels.values().next().value
  }
  const give = async (share: number, hurryMs?: number): Promise<void> => {
    const kernel = kernels.get(share)
    leaving.add(share)
    await kernel?.stop(hurryMs).finally(() => leaving.delete(share))
    if (kernels.get(share) === kernel) kernels.delete(share)
  }
  return {
    count,
    kernelOf: (share) => kernels.get(share),
    held: () => [...kernels.keys()],
    any,
    lanes: () => [...kernels.values()].flatMap((kernel) => kernel.lanes()),
    turnsAway: (tenant) => {
      let room = 0
      for (const kernel of kernels.values()) room += kernel.room(tenant)
      if (room > 0 || kernels.size === 0) return false
      any()?.turnedAway()
      return true
    },
    reached: (slot) => kernels.get(slot % count)?.reached(slot),
    wake: async (met) => {
      const woken = await Promise.all([...kernels.values()].map((kernel) => kernel.wake(met)))
      return woken.reduce((sum, each) => sum + each, 0)
    },
    take: async (share) => {
      if (kernels.has(share)) return
      const kernel = begin(share)
      try {
        await kernel.start()
      } catch (error) {
        await kernel.stop()
        throw error
      }
      kernels.set(share, kernel)
    },
    give,
    giveAll: async () => {
      await Promise.all([...kernels.keys()].map((share) => give(share)))
    },
  }
}
