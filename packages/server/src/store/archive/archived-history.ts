import type { HistoryQuery } from '@hearth/features'
import { slotOf } from '@hearth/kernel'
import type { Sql } from 'postgres'
import type { Archive } from './archive.ts'
import type { PlacedRow } from './file.ts'
import { toFile } from './rows-in-order.ts'

interface Archived {
  readonly rows: readonly PlacedRow[]
  /** Up to where files were read: what the log still held of it when it was asked is told by them. */
  readonly last: number
}

/** What files hold of a home or an actor after a place, at least `limit + 1` rows where there are so many. Asked after the log. */
export async function archivedOf(sql: Sql, archive: Archive, query: HistoryQuery): Promise<Archived> {
  const { tenant, home, actor, after, limit } = query
  const rows: PlacedRow[] = []
  let last = 0
  const place = home ?? actor?.home
  while (rows.length <= limit && place !== undefined) {
    const from = Math.max(last, after?.sequence ?? 0)
    const [found] = await sql`
      select r.slot, r.first, r.last, r.hash from hearth.actors a join hearth.archived h on h.actor = a.actor
        join hearth.archives r on r.slot = ${slotOf(tenant, place)} and r.first = h.first where r.last > ${from}
        ${home === undefined ? sql`` : sql`and a.home = ${home}`}
        ${actor === undefined ? sql`` : sql`and a.home = ${actor.home} and a.kind = ${actor.kind} and a.id = ${actor.id}`}
       order by r.first limit 1`
    if (found === undefined) break
    const file = toFile(found)
    for (const placed of await archive.rowsOf(file)) {
      const { row, address } = placed
      const isTheirs = actor === undefined || (address.kind === actor.kind && address.id === actor.id)
      const isAfter = row.sequence + row.events > from + 1
      if (address.tenant === tenant && address.home === place && isTheirs && isAfter) rows.push(placed)
    }
    last = file.last
  }
  return { rows, last }
}
