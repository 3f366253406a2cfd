import { numbers } from '../literals.ts'
import { toLogRow } from '../log-load.ts'
import { addressOf } from '../address-of.ts'
import type { Run, Statement } from '../statement.ts'
import type { Archive, ArchiveFile } from './archive.ts'
import type { PlacedRow } from './file.ts'

const rowsAtOnce = 1000

/** The first file of a slot that holds anything after a place. */
export const fileAfter = (slot: number, after: number): Statement => ({
  text: `select slot, first, last, hash from hearth.archives where slot = $1::smallint and last > $2::bigint order by first limit 1`,
  values: [String(slot), String(after)],
})

export const slotsWithFiles = (slots: readonly number[]): Statement => ({
  text: `select distinct slot from hearth.archives where slot = any ($1::smallint[])`,
  values: [numbers(slots)],
})

const liveAfter = (slot: number, after: number): Statement => ({
  text: `select l.*, a.home, a.kind, a.id from hearth.log l join hearth.actors a on a.actor = l.actor
    where l.slot = $1::smallint and l.sequence > $2::bigint order by l.slot, l.sequence limit ${rowsAtOnce}`,
  values: [String(slot), String(after)],
})

export const toFile = (row: Record<string, unknown>): ArchiveFile => ({
  slot: Number(row['slot']),
  first: Number(row['first']),
  last: Number(row['last']),
  hash: String(row['hash']),
})

/**
 * The rows of a slot that begin after a place, those in files first, page by page. Rows that go to a file meanwhile are neither
 * left out nor told twice: what lies in the log is believed only where no file reaches. `tenant`: those of one alone.
 */
export async function* rowsInOrder(
  run: Run,
  archive: Archive,
  slot: number,
  after: number,
  tenant?: string,
): AsyncGenerator<readonly PlacedRow[]> {
  for (let place = after; ;) {
    const live = await run(liveAfter(slot, place))
    const [found] = await run(fileAfter(slot, place))
    if (found !== undefined) {
      const file = toFile(found)
      const from = place
      const rows = (await archive.rowsOf(file)).filter(
        ({ row }) => row.sequence > from && (tenant === undefined || row.tenant === tenant),
      )
      if (rows.length > 0) yield rows
      place = file.last
      continue
    }
    const rows = live.map((row): PlacedRow => ({ row: toLogRow(row), address: addressOf(row) }))
    if (rows.length > 0) yield rows
    if (rows.length < rowsAtOnce) return
    place = rows.at(-1)?.row.sequence ?? place
  }
}
