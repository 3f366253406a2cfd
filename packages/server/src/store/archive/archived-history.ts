import type { HistoryQuery } from '@hearth/features'
import { slotOf } from '@hearth/kernel'
import type { Sql } from 'postgres'
import type { Archive, ArchiveFile } from './archive.ts'
import type { PlacedRow } from './file.ts'
import { homeDigest } from './home-digest.ts'
import { toFile } from './rows-in-order.ts'

interface Archived {
  readonly rows: readonly PlacedRow[]
  /** Up to where files were read: what the log still held of it when it was asked is told by them. */
  readonly last: number
}

/**
 * What files hold of a home or an actor after a place, at least `limit + 1` rows where there are so many. Asked after the log. `number`:
 * of the actor, where the query is about one.
 */
export async function archivedOf(
  sql: Sql,
  archive: Archive,
  query: HistoryQuery,
  number: string | undefined,
): Promise<Archived> {
  const { tenant, actor, after, limit } = query
  const home = query.home ?? actor?.home
  const rows: PlacedRow[] = []
  let last = 0
  while (rows.length <= limit && home !== undefined) {
    const from = Math.max(last, after?.sequence ?? 0)
    const file = await fileAfter(sql, {
      slot: slotOf(tenant, home),
      from,
      tenant,
      home,
      actor: actor && (number ?? '0'),
    })
    if (file === undefined) break
    for (const placed of await archive.rowsOf(file)) {
      const { row, address } = placed
      const isTheirs = actor === undefined || (address.kind === actor.kind && address.id === actor.id)
      const isAfter = row.sequence + row.events > from + 1
      if (address.tenant === tenant && address.home === home && isTheirs && isAfter) rows.push(placed)
    }
    last = file.last
  }
  return { rows, last }
}

interface Wanted {
  readonly slot: number
  readonly from: number
  readonly tenant: string
  readonly home: string
  /** The number of one actor; all of the home where it is undefined. */
  readonly actor: string | undefined
}

/** The first file that holds rows of it and reaches beyond a place. Those that end before it are not looked at. */
async function fileAfter(sql: Sql, { slot, from, actor, ...place }: Wanted): Promise<ArchiveFile | undefined> {
  const [reaching] = await sql`
    select first from hearth.archives where slot = ${slot} and first <= ${from + 1} order by first desc limit 1`
  const begin = String(reaching?.['first'] ?? 0)
  const holding =
    actor === undefined
      ? sql`hearth.archived_homes h where h.home = ${homeDigest(place)}`
      : sql`hearth.archived h where h.actor = ${actor}`
  for (let next = begin; ;) {
    const [held] = await sql`select h.first from ${holding} and h.first >= ${next} order by h.first limit 1`
    if (held === undefined) return undefined
    const first = String(held['first'])
    const [found] =
      await sql`select slot, first, last, hash from hearth.archives where slot = ${slot} and first = ${first}`
    if (found !== undefined && Number(found['last']) > from) return toFile(found)
    next = String(Number(first) + 1)
  }
}
