import { owedByLog } from './effect-list.ts'
import type { DatabaseReader } from './reader.ts'

export interface EffectCounts {
  readonly owed: Readonly<Record<string, number>>
  /** By what they wait for: a feature that is off, a newer version, a file of the archive. */
  readonly waiting: Readonly<Record<string, number>>
  readonly dead: number
  readonly stuck: number
}

/** Counted tenant by tenant, since a reader sees one at a time. */
export async function countEffects(reader: DatabaseReader): Promise<EffectCounts> {
  const owed: Record<string, number> = {}
  const waiting: Record<string, number> = {}
  let dead = 0
  let stuck = 0
  for (const tenant of await reader.tenants()) {
    const rows = await reader.within(
      tenant,
      (sql) => sql<{ kind: string; state: string; count: string }[]>`
        select kind, state, count(*) from hearth.effects where state not in ('waiting', 'over') group by kind, state
        union all select failure, 'waiting', count(*) from hearth.effects where state = 'waiting' group by failure
        union all select '', 'letter', count(*) from hearth.dead_letters`,
    )
    for (const { kind, state, count } of rows) {
      if (state === 'owed') owed[kind] = (owed[kind] ?? 0) + Number(count)
      else if (state === 'waiting') waiting[kind] = (waiting[kind] ?? 0) + Number(count)
      else if (state === 'stuck') stuck += Number(count)
      else dead += Number(count)
    }
    const logged = await reader.within(tenant, async (sql) => (await owedByLog(sql)).owed)
    for (const { kind } of logged) owed[kind] = (owed[kind] ?? 0) + 1
  }
  return { owed, waiting, dead, stuck }
}

export interface EffectCounter {
  /** Counts that are at most so old, counted now if need be, once for all who ask while that goes on. */
  within(milliseconds: number): Promise<EffectCounts>
  /** The same, but does not wait longer than `patienceMs`, nor throw: then what was counted last, or null when nothing ever was. */
  latest(milliseconds: number, patienceMs: number): Promise<EffectCounts | null>
}

export function createEffectCounter(reader: DatabaseReader): EffectCounter {
  let last: { readonly begun: number; readonly counts: EffectCounts } | null = null
  let counting: Promise<EffectCounts> | null = null
  const count = async (): Promise<EffectCounts> => {
    const begun = performance.now()
    try {
      const counts = await countEffects(reader)
      last = { begun, counts }
      return counts
    } finally {
      counting = null
    }
  }
  const within = async (milliseconds: number): Promise<EffectCounts> =>
    last === null || performance.now() - last.begun > milliseconds ? await (counting ??= count()) : last.counts
  return {
    within,
    latest: async (milliseconds, patienceMs) => {
      const patience = Promise.withResolvers<void>()
      const timer = setTimeout(patience.resolve, patienceMs)
      // A scrape is answered with what was known; the status says beside it what is waited for.
      const counted = within(milliseconds).catch(() => undefined)
      await Promise.race([counted, patience.promise])
      clearTimeout(timer)
      return last?.counts ?? null
    },
  }
}
