import type { Logger } from '../platform/logs.ts'
import type { WorkerHandle } from './worker-handle.ts'
import type { Owners } from './words.ts'

/** Effects under way that may be run again are given this long at a hand-over. */
const hurryMs = 500
const pauseMs = 100

/** Who of the workers serves which share. Every share has one owner, or is on its way to one. */
export interface Dealing {
  /** It may be given shares, and everybody learns how to reach it. */
  join(worker: WorkerHandle): void
  /** It is given none from now on; those it has stay. */
  retire(worker: WorkerHandle): void
  /** Resolves when every other worker knows that this one wants to hear of commits. */
  watches(worker: WorkerHandle): Promise<void>
  sharesOf(worker: WorkerHandle): readonly number[]
  isOwner(worker: WorkerHandle, share: number): boolean
  move(share: number, to: WorkerHandle): Promise<void>
  /** Every share that has no owner alive is given one. Resolves when none is on its way. */
  settle(): Promise<void>
  stop(): void
}

interface Move {
  to: WorkerHandle | null
  readonly over: Promise<void>
}

export function createDealing(count: number, log: Logger): Dealing {
  const owners: (WorkerHandle | null)[] = Array.from({ length: count }, () => null)
  const members = new Set<WorkerHandle>()
  const retired = new Set<WorkerHandle>()
  /** By share, who is about to have it, and when that is over. */
  const moving = new Map<number, Move>()
  let stopped = false

  const watching = new Set<WorkerHandle>()

  const tell = async (): Promise<void> => {
    const alive = [...members].filter((worker) => worker.isAlive())
    const told: Owners = {
      owners: owners.map((owner) => (owner?.isAlive() === true ? owner.id : null)),
      ports: Object.fromEntries(alive.map(({ id, port }) => [id, port])),
      watching: alive.filter((worker) => watching.has(worker)).map(({ id }) => id),
    }
    await Promise.allSettled(alive.map((worker) => worker.ask('owners', told)))
  }
  const sharesOf = (worker: WorkerHandle): readonly number[] =>
    owners.flatMap((owner, share) => (owner === worker ? [share] : []))
  const loadOf = (worker: WorkerHandle): number =>
    sharesOf(worker).length + [...moving.values()].filter(({ to }) => to === worker).length
  const freest = (): WorkerHandle | null =>
    [...members]
      .filter((worker) => worker.isAlive() && !retired.has(worker))
      .toSorted((a, b) => loadOf(a) - loadOf(b))[0] ?? null

  /** What the one before had published just before its end may not have reached everybody. */
  const publish = async (): Promise<void> => {
    const read = [...members].map((worker) => worker.ask('readReferences', null).catch(() => null))
    const late = new Promise((resolve) => setTimeout(resolve, 1_000).unref())
    await Promise.race([Promise.all(read), late])
  }

  const underWay = async (share: number, act: (move: Move) => Promise<void>): Promise<void> => {
    const { promise: over, resolve } = Promise.withResolvers<void>()
    const move: Move = { to: null, over }
    moving.set(share, move)
    try {
      await act(move)
    } finally {
      moving.delete(share)
      resolve()
    }
  }

  const give = async (share: number, to: WorkerHandle, move: Move): Promise<void> => {
    move.to = to
    const from = owners[share] ?? null
    const began = performance.now()
    if (from?.isAlive() === true) await from.ask('give', { share, hurryMs }).catch(() => undefined)
    const isForced = from?.isAlive() !== true
    owners[share] = null
    await to.ask('take', share)
    if (isForced) await publish()
    owners[share] = to
    void tell()
    const tookMs = Math.round(performance.now() - began)
    log.info({ share, from: from?.id ?? null, to: to.id, forced: isForced, tookMs }, 'a share has changed hands')
  }
  const settleOne = async (share: number): Promise<void> => {
    // Whoever evens out what was settled must not find it on its way, nor with one that was lost meanwhile.
    while (moving.has(share)) await moving.get(share)?.over
    await underWay(share, async (move) => {
      while (!stopped && owners[share]?.isAlive() !== true) {
        const to = freest()
        if (to === null) break
        try {
          await give(share, to, move)
        } catch (error) {
          if (!to.isAlive()) continue
          log.error({ err: error, share, worker: to.id }, 'a share could not be taken; it is tried again')
          await new Promise((resolve) => setTimeout(resolve, pauseMs))
        }
      }
    })
  }
  return {
    join: (worker) => {
      members.add(worker)
      void tell()
      void worker.exited.then(() => {
        members.delete(worker)
        watching.delete(worker)
        void tell()
      })
    },
    retire: (worker) => retired.add(worker),
    watches: async (worker) => {
      watching.add(worker)
      await tell()
    },
    sharesOf,
    isOwner: (worker, share) => owners[share] === worker,
    move: async (share, to) => {
      if (moving.has(share)) return await moving.get(share)?.over
      if (owners[share] === to) return
      try {
        await underWay(share, (move) => give(share, to, move))
      } finally {
        if (owners[share]?.isAlive() !== true) await settleOne(share)
      }
    },
    settle: async () => {
      await Promise.all(owners.map((_, share) => settleOne(share)))
    },
    stop: () => {
      stopped = true
    },
  }
}
