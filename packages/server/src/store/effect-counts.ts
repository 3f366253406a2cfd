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
