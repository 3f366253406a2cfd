import type { Address } from '@hearth/protocol'
import type { Actor } from './actor.ts'
import { decideBatch } from './deciding.ts'
import type { Deciding, Ground } from './ground.ts'
import { homeKeyName, self } from './home-keys.ts'
import type { Waiting } from './inbox.ts'
import type { Loaded, LoadRequest } from './ports/log.ts'

/** What loading actors takes that were told something. Whoever told them may have done without the key of their home. */
export function toldNeeds(
  addresses: readonly Address[],
  homeKeys: { has(name: string): boolean },
  actors: ReadonlyMap<string, Actor>,
): LoadRequest {
  const homes = new Map<string, { readonly tenant: string; readonly home: string }>()
  for (const { tenant, home, kind } of addresses) {
    const name = homeKeyName(tenant, home, self)
    if (actors.get(kind)?.personal === true && !homeKeys.has(name)) homes.set(name, { tenant, home })
  }
  return { addresses, homes: [...homes.values()], scopes: [] }
}

interface Whole {
  readonly batch: readonly Waiting[]
  readonly decided: Deciding
}

/**
 * Decides a batch. Whom its commands tell something is known only then: what is not in memory is loaded, and all is decided again,
 * which is the same but for what was missing. Null when the lane ends before.
 */
export async function decideWhole(
  taken: readonly Waiting[],
  ways: {
    readonly loaded: Loaded
    /** Names of actors that were loaded because others will look at them. */
    readonly beside: Iterable<string>
    /** `told`: the names of those that were loaded because they were told something, also when they have never been. */
    ground(loaded: Loaded, told: ReadonlySet<string>): Ground
    load(absent: readonly Address[]): Promise<Loaded | null>
  },
): Promise<Whole | null> {
  const told = new Set<string>(ways.beside)
  for (let loaded = ways.loaded; ;) {
    const batch = taken.filter((waiting) => waiting.refused !== true)
    const decided = decideBatch(
      batch.map(({ envelope }) => envelope),
      ways.ground(loaded, told),
    )
    if (decided.absent.size === 0) return { batch, decided }
    for (const name of decided.absent.keys()) told.add(name)
    const more = await ways.load([...decided.absent.values()])
    if (more === null) return null
    loaded = { ...loaded, actors: new Map([...loaded.actors, ...more.actors]) }
  }
}
