import { formatAddress } from '@hearth/protocol'
import type { HomeKey, KeptAnswer, Loaded, LoadRequest, LogRow } from '@hearth/kernel'
import { texts, words } from './literals.ts'
import type { Run, Statement } from './statement.ts'

/** All that a batch misses, asked for together. */
export async function loadWith(run: Run, { addresses, homes, scopes }: LoadRequest): Promise<Loaded> {
  const [actorRows, homeKeys, keyRows] = await Promise.all([
    addresses.length === 0 ? [] : run(actorsOf(addresses)),
    homes.length === 0 ? [] : run(keysOf(homes)),
    scopes.length === 0 ? [] : run(keptUnder(scopes)),
  ])
  return {
    actors: grouped(actorRows),
    homeKeys: [...homeKeys, ...keyRows.filter((row) => row['wrapped'] !== null)] as unknown as readonly HomeKey[],
    keys: new Map(keyRows.map((row) => [String(row['scope']), row as unknown as KeptAnswer])),
  }
}

export const actorsOf = (addresses: LoadRequest['addresses']): Statement => ({
  text: `select a.actor, a.tenant, a.home, a.kind, a.id, l.slot, l.sequence, l.events, l.version, l.at, l.person, l.types, l.data
    from unnest($1::text[], $2::text[], $3::text[], $4::text[]) g(tenant, home, kind, id)
    join hearth.actors a on a.home = g.home and a.kind = g.kind and a.id = g.id and a.tenant = g.tenant
    join hearth.log l on l.actor = a.actor order by l.actor, l.sequence`,
  values: [
    texts(addresses.map((address) => address.tenant)),
    texts(addresses.map((address) => address.home)),
    texts(addresses.map((address) => address.kind)),
    texts(addresses.map((address) => address.id)),
  ],
})

export const keysOf = (homes: LoadRequest['homes']): Statement => ({
  text: `select k.tenant, k.home, k.person, k.wrapped from unnest($1::text[], $2::text[]) g(tenant, home)
    join hearth.home_keys k on k.home = g.home and k.tenant = g.tenant`,
  values: [texts(homes.map((place) => place.tenant)), texts(homes.map((place) => place.home))],
})

/** Kept answers come with the keys that they are sealed under: the home is the first call's, not that of the one at hand. */
export const keptUnder = (scopes: readonly string[]): Statement => ({
  text: `select k.scope, k.hash, k.day, k.status, k.tenant, k.home, k.person, k.body, h.wrapped
    from hearth.keys k left join hearth.home_keys h on h.home = k.home and h.person = k.person and h.tenant = k.tenant
    where k.scope = any ($1::uuid[])`,
  values: [words(scopes)],
})

function grouped(rows: readonly Record<string, unknown>[]): Loaded['actors'] {
  const actors = new Map<string, { actor: number; address: LoadRequest['addresses'][number]; rows: LogRow[] }>()
  for (const row of rows) {
    const address = {
      tenant: String(row['tenant']),
      home: String(row['home']),
      kind: String(row['kind']),
      id: String(row['id']),
    }
    const key = formatAddress(address)
    const entry = actors.get(key) ?? { actor: Number(row['actor']), address, rows: [] }
    actors.set(key, entry)
    entry.rows.push(toLogRow(row))
  }
  return actors
}

export const toLogRow = (row: Record<string, unknown>): LogRow => ({
  slot: Number(row['slot']),
  sequence: Number(row['sequence']),
  events: Number(row['events']),
  actor: Number(row['actor']),
  tenant: String(row['tenant']),
  version: Number(row['version']),
  at: Number(row['at']),
  person: row['person'] as string | null,
  types: String(row['types']),
  data: row['data'] as Buffer,
})
