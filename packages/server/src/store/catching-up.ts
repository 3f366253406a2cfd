import { HearthError, type Position } from '@hearth/protocol'
import { systemClock, type Clock, type View } from '@hearth/kernel'
import type { Reader } from '@hearth/features'
import type { Progress } from './progress.ts'

export interface CatchingUp extends AsyncDisposable {
  /** Resolves when reads see these positions. Throws `read.behind` when they do not in time. */
  wait(of: 'log' | View, positions: readonly Position[]): Promise<void>
  /** What a read that follows these positions reads through: where a view trails, it waits for that. */
  after(positions: readonly Position[], reader: Reader): Reader
}

export interface CatchingUpOptions {
  readonly patienceMs?: number
  readonly pauseMs?: number
  readonly mostWaiting?: number
  readonly clock?: Clock
}

interface Waiter extends Position {
  readonly since: number
  readonly resolve: () => void
  readonly reject: (error: unknown) => void
}

const behind = (): HearthError =>
  new HearthError('read.behind', 'What is read has not come to that position yet. Try again in a moment.', {
    retryAfterSeconds: 1,
  })

/** One question at a time tells all who wait for the same thing, however many they are. */
export function createCatchingUp(progress: Progress, options: CatchingUpOptions = {}): CatchingUp {
  const { patienceMs = 3_000, pauseMs = 20, mostWaiting = 1_000, clock = systemClock } = options
  const waiting = new Map<'log' | View, Set<Waiter>>()
  const asking = new Set<Promise<void>>()
  const stirs = new WeakMap<Set<Waiter>, () => void>()
  let count = 0
  let stopped = false

  const leave = (waiters: Set<Waiter>, waiter: Waiter): void => {
    waiters.delete(waiter)
    count -= 1
  }
  /** Whether somebody waits for whom nothing was asked yet. */
  const look = async (of: 'log' | View, waiters: Set<Waiter>): Promise<boolean> => {
    const asked = new Set(waiters)
    const reached = await progress.reached(of, [...new Set([...asked].map(({ slot }) => slot))])
    const hasMore = [...waiters].some((waiter) => !asked.has(waiter))
    for (const waiter of asked) {
      if ((reached.get(waiter.slot) ?? 0) >= waiter.sequence) waiter.resolve()
      else if (stopped || clock.elapsed() - waiter.since >= patienceMs) waiter.reject(behind())
      else continue
      leave(waiters, waiter)
    }
    return hasMore
  }
  const ask = async (of: 'log' | View, waiters: Set<Waiter>): Promise<void> => {
    try {
      while (waiters.size > 0) {
        if (await look(of, waiters)) continue
        if (waiters.size > 0) await pause(waiters)
      }
    } catch (error) {
      for (const waiter of waiters) {
        leave(waiters, waiter)
        waiter.reject(error)
      }
    } finally {
      waiting.delete(of)
    }
  }
  const pause = (waiters: Set<Waiter>): Promise<void> =>
    new Promise((resolve) => {
      const cancel = clock.after(pauseMs, resolve)
      stirs.set(waiters, () => {
        cancel()
        resolve()
      })
    })
  const begin = (of: 'log' | View): Set<Waiter> => {
    const waiters = new Set<Waiter>()
    waiting.set(of, waiters)
    // In the next turn: whoever waits is in the set by then.
    const asked = Promise.resolve().then(() => ask(of, waiters))
    asking.add(asked)
    void asked.finally(() => asking.delete(asked))
    return waiters
  }
  const wait: CatchingUp['wait'] = async (of, positions) => {
    if (stopped || count + positions.length > mostWaiting) throw behind()
    const waits = positions.map(
      (position) =>
        new Promise<void>((resolve, reject) => {
          count += 1
          const waiters = waiting.get(of) ?? begin(of)
          waiters.add({ ...position, since: clock.elapsed(), resolve, reject })
          stirs.get(waiters)?.()
        }),
    )
    await Promise.all(waits)
  }
  return {
    wait,
    after: (positions, reader) => {
      const seen = async (view: View): Promise<void> => {
        if (progress.trails(view)) await wait(view, positions)
      }
      return {
        ...reader,
        rows: async (view, query) => {
          await seen(view)
          return await reader.rows(view, query)
        },
        sum: async (view, tenant, columns) => {
          await seen(view)
          return await reader.sum(view, tenant, columns)
        },
      }
    },
    [Symbol.asyncDispose]: async () => {
      stopped = true
      await Promise.all(asking)
    },
  }
}
