import { formatAddress } from '@hearth/protocol'
import type { HomeKey, KeptAnswer, Loaded, LoadedActor, LoadRequest, LogRow, Snapshot } from '@hearth/kernel'
import { loadAside } from './log-aside.ts'
import { addressOf } from './address-of.ts'
import { texts, words } from './literals.ts'
import type { Run, Statement } from './statement.ts'

/** All that a batch misses, asked for together. */
export async function loadWith(run: Run, request: LoadRequest): Promise<Loaded> {
  const { addresses, homes, scopes, whole = false } = request
  const [snapshots, actorRows, homeKeys, keyRows, aside] = await Promise.all([
    addresses.length === 0 || whole ? [] : run(snapshotsOf(addresses)),
    addresses.length === 0 ? [] : run(actorsOf(addresses, whole)),
    homes.length === 0 ? [] : run(keysOf(homes)),
    scopes.length === 0 ? [] : run(keptUnder(scopes)),
    request.aside === undefined ? undefined : loadAside(run, request.aside),
  ])
  return {
    actors: grouped(snapshots, actorRows),
    homeKeys: [...homeKeys, ...keyRows.filter((row) => row['wrapped'] !== null)].map(toHomeKey),
    keys: new Map(keyRows.map((row) => [String(row['scope']), row as unknown as KeptAnswer])),
    ...(aside === undefined ? {} : { aside }),
  }
}

const given = (addresses: LoadRequest['addresses']): readonly string[] => [
  texts(addresses.map((address) => address.tenant)),
  texts(addresses.map((address) => address.home)),
  texts(addresses.map((address) => address.kind)),
  texts(addresses.map((address) => address.id)),
]

// Each is looked up by its key, and in this order: `offset 0` leaves no other way to a planner that knows young tables only.
const found = `cross join lateral (select * from hearth.actors a
      where a.home = g.home and a.kind = g.kind and a.id = g.id and a.tenant = g.tenant offset 0) a`

export const snapshotsOf = (addresses: LoadRequest['addresses']): Statement => ({
  text: `select a.actor, a.tenant, a.home, a.kind, a.id, s.sequence, s.version, s.shape, s.person, s.data
    from unnest($1::text[], $2::text[], $3::text[], $4::text[]) g(tenant, home, kind, id)
    ${found}
    cross join lateral (select * from hearth.snapshots s where s.actor = a.actor offset 0) s`,
  values: given(addresses),
})

/** The rows of actors, in order: those after their snapshots, or all. */
export const actorsOf = (addresses: LoadRequest['addresses'], whole = false): Statement => ({
  text: `select a.actor, a.tenant, a.home, a.kind, a.id, l.slot, l.sequence, l.events, l.version, l.at, l.person, l.types, l.data
    from unnest($1::text[], $2::text[], $3::text[], $4::text[]) g(tenant, home, kind, id)
    ${found}
    cross join lateral (select * from hearth.log l where l.actor = a.actor
      ${whole ? '' : 'and l.sequence > coalesce((select s.sequence from hearth.snapshots s where s.actor = a.actor), 0)'} offset 0) l
    order by l.actor, l.sequence`,
  values: given(addresses),
})

export const keysOf = (homes: LoadRequest['homes']): Statement => ({
  text: `select k.tenant, k.home, k.person, k.wrapped, k.since from unnest($1::text[], $2::text[]) g(tenant, home)
    cross join lateral (select * from hearth.home_keys k where k.home = g.home and k.tenant = g.tenant offset 0) k`,
  values: [texts(homes.map((place) => place.tenant)), texts(homes.map((place) => place.home))],
})

/** Kept answers come with the keys that they are sealed under: the home is the first call's, not that of the one at hand. */
export const keptUnder = (scopes: readonly string[]): Statement => ({
  text: `select k.scope, k.hash, k.day, k.status, k.tenant, k.home, k.person, k.body, h.wrapped, h.since
    from hearth.keys k left join lateral (select * from hearth.home_keys h
      where h.home = k.home and h.person = k.person and h.tenant = k.tenant offset 0) h on true
    where k.scope = any ($1::uuid[])`,
  values: [words(scopes)],
})

type Found = LoadedActor & { readonly rows: LogRow[] }

function grouped(
  snapshots: readonly Record<string, unknown>[],
  rows: readonly Record<string, unknown>[],
): Loaded['actors'] {
  const actors = new Map<string, Found>()
  for (const row of snapshots) {
    const [address, actor] = [addressOf(row), Number(row['actor'])]
    actors.set(formatAddress(address), { actor, address, snapshot: toSnapshot(row), rows: [] })
  }
  for (const row of rows) {
    const address = addressOf(row)
    const key = formatAddress(address)
    const entry = actors.get(key) ?? { actor: Number(row['actor']), address, snapshot: null, rows: [] }
    actors.set(key, entry)
    entry.rows.push(toLogRow(row))
  }
  return actors
}

export const toSnapshot = (row: Record<string, unknown>): Snapshot => ({
  actor: Number(row['actor']),
  tenant: String(row['tenant']),
  sequence: Number(row['sequence']),
  version: Number(row['version']),
  shape: Number(row['shape']),
  person: row['person'] as string | null,
  data: row['data'] as Buffer,
})

export function toHomeKey(row: Record<string, unknown>): HomeKey {
  const since = Number(row['since'])
  const key = {
    tenant: String(row['tenant']),
    home: String(row['home']),
    person: String(row['person']),
    wrapped: row['wrapped'] as Buffer,
  }
  return since === 0 ? key : { ...key, since }
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
