import type { DatabaseReader } from './reader.ts'

export interface EffectCounts {
  readonly owed: Readonly<Record<string, number>>
  readonly dead: number
  readonly stuck: number
}

/** Counted tenant by tenant, since a reader sees one at a time. */
export async function countEffects(reader: DatabaseReader): Promise<EffectCounts> {
  const owed: Record<string, number> = {}
  let dead = 0
  let stuck = 0
  for (const tenant of await reader.tenants()) {
    const rows = await reader.within(
      tenant,
      (sql) => sql<{ kind: string; state: string; count: string }[]>`
        select kind, state, count(*) from hearth.effects group by kind, state
        union all select '', 'letter', count(*) from hearth.dead_letters`,
    )
    for (const { kind, state, count } of rows) {
      if (state === 'owed') owed[kind] = (owed[kind] ?? 0) + Number(count)
      else if (state === 'stuck') stuck += Number(count)
      else dead += Number(count)
    }
  }
  return { owed, dead, stuck }
}

export interface EffectCounter {
  /** Counts that are at most so old, counted now if need be. */
  within(milliseconds: number): Promise<EffectCounts>
  /** What was counted last. When that is older, counting begins, once for all who ask. */
  latest(milliseconds: number): EffectCounts
}

export function createEffectCounter(reader: DatabaseReader): EffectCounter {
  let last: EffectCounts = { owed: {}, dead: 0, stuck: 0 }
  let begun = -Infinity
  let counting: Promise<EffectCounts> | null = null
  const count = async (): Promise<EffectCounts> => {
    const at = performance.now()
    try {
      last = await countEffects(reader)
      begun = at
      return last
    } finally {
      counting = null
    }
  }
  const isOlder = (milliseconds: number): boolean => performance.now() - begun > milliseconds
  const within = async (milliseconds: number): Promise<EffectCounts> =>
    isOlder(milliseconds) ? await (counting ??= count()) : last
  return {
    within,
    latest: (milliseconds) => {
      // A scrape is answered with what was known; whoever asks for status hears that the database is away.
      within(milliseconds).catch(() => undefined)
      return last
    },
  }
}
