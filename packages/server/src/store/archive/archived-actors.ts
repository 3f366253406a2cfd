import { slotOf, Unfoldable, type Loaded, type LoadedActor, type LoadRequest, type LogRow } from '@hearth/kernel'
import { formatAddress } from '@hearth/protocol'
import { addressOf } from '../address-of.ts'
import { numbers, texts } from '../literals.ts'
import type { Run, Statement } from '../statement.ts'
import type { Archive } from './archive.ts'
import { toFile } from './rows-in-order.ts'

type Addresses = LoadRequest['addresses']

/** The files that hold rows of actors after those that are known of them. */
const filesOf = (addresses: Addresses, known: readonly number[]): Statement => ({
  text: `select a.actor, a.tenant, a.home, a.kind, a.id, r.slot, r.first, r.last, r.hash
    from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::bigint[]) g(tenant, home, kind, id, known)
    join hearth.actors a on a.home = g.home and a.kind = g.kind and a.id = g.id and a.tenant = g.tenant
    join hearth.archived h on h.actor = a.actor
    join hearth.archives r on r.slot = a.slot and r.first = h.first and r.last > g.known
    order by a.actor, r.first`,
  values: [
    texts(addresses.map(({ tenant }) => tenant)),
    texts(addresses.map(({ home }) => home)),
    texts(addresses.map(({ kind }) => kind)),
    texts(addresses.map(({ id }) => id)),
    numbers(known),
  ],
  seldom: true,
})

/**
 * What was loaded, with the rows that lie in files. Asked after the log has answered: whatever was not there any more had its slot
 * noted before. An actor with a file that cannot be read is there as such, and harms no other.
 */
export async function withArchived(run: Run, archive: Archive, addresses: Addresses, loaded: Loaded): Promise<Loaded> {
  const concerned = addresses.filter(({ tenant, home }) => archive.mayHold(slotOf(tenant, home)))
  if (concerned.length === 0) return loaded
  const known = concerned.map((address) => loaded.actors.get(formatAddress(address))?.snapshot?.sequence ?? 0)
  const found = await run(filesOf(concerned, known))
  const actors = new Map(loaded.actors)
  for (const row of found) {
    const address = addressOf(row)
    const name = formatAddress(address)
    const actor = Number(row['actor'])
    const held = actors.get(name) ?? { actor, address, snapshot: null, rows: [] }
    if (held.unreadable === undefined) actors.set(name, await joined(archive, held, row, loaded))
  }
  return { ...loaded, actors }
}

async function joined(
  archive: Archive,
  held: LoadedActor,
  found: Record<string, unknown>,
  loaded: Loaded,
): Promise<LoadedActor> {
  const after = held.snapshot?.sequence ?? 0
  const live = loaded.actors.get(formatAddress(held.address))?.rows ?? []
  const before = live[0]?.sequence ?? Number.MAX_SAFE_INTEGER
  try {
    const archived = (await archive.rowsOf(toFile(found)))
      .map(({ row }) => row)
      .filter((row: LogRow) => row.actor === held.actor && row.sequence > after && row.sequence < before)
    const earlier = held.rows.slice(0, held.rows.length - live.length)
    return { ...held, archived: true, rows: [...earlier, ...archived, ...live] }
  } catch (error) {
    if (!(error instanceof Unfoldable)) throw error
    return { ...held, rows: [], unreadable: error }
  }
}
