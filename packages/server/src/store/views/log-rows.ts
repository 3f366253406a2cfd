import { Unfoldable, type LogRow } from '@hearth/kernel'
import type { Sql } from 'postgres'
import type { Archive, ArchiveFile } from '../archive/archive.ts'
import type { PlacedRow } from '../archive/file.ts'
import { fileAfter, toFile } from '../archive/rows-in-order.ts'
import { numbers, texts } from '../literals.ts'
import { toLogRow } from '../log-load.ts'

/** Where rows are read from. The connection answers in order. */
export interface RowSource {
  readonly sql: Sql
  readonly archive: Archive
}

/** Rows of one slot that begin after a position, up to another. */
export interface RowsWanted {
  readonly slot: number
  readonly after: number
  readonly until: number
  /** Only rows of actors whose numbers lie between. */
  readonly actors?: { readonly from: number; readonly below: number }
  /** Only rows of actors of these kinds. */
  readonly kinds?: readonly string[]
  /** Only rows with an event of one of these types, in whatever version. */
  readonly types?: readonly string[]
}

export interface Page {
  readonly rows: readonly LogRow[]
  /** Actors with rows in a file that cannot be read. */
  readonly lost: readonly number[]
  /** Whatever was wanted up to here has been told. */
  readonly reached: number
}

/** A page is folded in one go: it may not hold up what else the process does. */
const rowsAtOnce = 1000

/**
 * What is wanted of a slot, in order, page by page: from files of the archive, then from the log. The next page is on its way
 * while one is worked on.
 */
export async function* pagesOfSlot(source: RowSource, wanted: RowsWanted): AsyncGenerator<Page> {
  let page = await pageOfSlot(source, wanted)
  for (;;) {
    const next = page.reached < wanted.until ? pageOfSlot(source, { ...wanted, after: page.reached }) : null
    // Whoever stops reading leaves it behind.
    next?.catch(() => undefined)
    yield page
    if (next === null) return
    page = await next
  }
}

/** The first page of it. What lies in the log is believed only where no file reaches: rows may go to one at any moment. */
export async function pageOfSlot({ sql, archive }: RowSource, wanted: RowsWanted): Promise<Page> {
  const { slot, after, until } = wanted
  const file = fileAfter(slot, after)
  const [live, [found]] = await Promise.all([liveRows(sql, wanted), sql.unsafe(file.text, [...file.values])])
  if (found === undefined) {
    const rows = live.map(toLogRow)
    return { rows, lost: [], reached: rows.length < rowsAtOnce ? until : (rows.at(-1)?.sequence ?? until) }
  }
  const { rows, lost } = await filed(sql, archive, toFile(found))
  const reached = Math.min(Number(found['last']), until)
  return { rows: rows.filter(isWanted(wanted)).map(({ row }) => row), lost, reached }
}

async function filed(
  sql: Sql,
  archive: Archive,
  file: ArchiveFile,
): Promise<{ readonly rows: readonly PlacedRow[]; readonly lost: readonly number[] }> {
  try {
    return { rows: await archive.rowsOf(file), lost: [] }
  } catch (error) {
    if (!(error instanceof Unfoldable)) throw error
    const rows = await sql`
      select h.actor from hearth.archived h join hearth.actors a on a.actor = h.actor
       where a.slot = ${file.slot} and h.first = ${file.first}`
    return { rows: [], lost: rows.map(({ actor }) => Number(actor)) }
  }
}

const isWanted = ({ after, until, actors, kinds, types }: RowsWanted): ((placed: PlacedRow) => boolean) => {
  const named = types === undefined ? undefined : new RegExp(pattern(types))
  return ({ row, address }) =>
    row.sequence > after &&
    row.sequence <= until &&
    (actors === undefined || (row.actor >= actors.from && row.actor < actors.below)) &&
    (kinds === undefined || kinds.includes(address.kind)) &&
    (named === undefined || named.test(row.types))
}

function liveRows(sql: Sql, { slot, after, until, actors, kinds, types }: RowsWanted) {
  const values: string[] = [String(slot), String(after), String(until)]
  const given = (value: string): string => `$${values.push(value)}`
  const conditions = [
    ...(actors === undefined
      ? []
      : [`l.actor >= ${given(String(actors.from))}::bigint and l.actor < ${given(String(actors.below))}::bigint`]),
    ...(kinds === undefined
      ? []
      : [
          `exists (select from hearth.actors a where a.actor = l.actor and a.kind = any (${given(texts(kinds))}::text[]))`,
        ]),
    ...(types === undefined ? [] : [`l.types ~ ${given(pattern(types))}::text`]),
  ]
  return sql.unsafe(
    `select ${columns} from hearth.log l
      where l.slot = $1::smallint and l.sequence > $2::bigint and l.sequence <= $3::bigint
      ${conditions.map((condition) => `and ${condition}`).join(' ')} order by l.sequence limit ${rowsAtOnce}`,
    values,
    { prepare: true },
  )
}

/**
 * All rows of some actors of a slot up to a position, of each in order: those in files, then those in the log. Rows that go to a file
 * meanwhile may be left out: `filesEnd` tells whether any did.
 */
export async function* rowsOfActors(
  { sql, archive }: RowSource,
  slot: number,
  actors: readonly number[],
  until: number,
): AsyncGenerator<Omit<Page, 'reached'>> {
  const files = await sql`
    select slot, first, last, hash from hearth.archives where slot = ${slot} and first <= ${until} and first in (
      select h.first from hearth.archived h where h.actor = any (${numbers(actors)}::bigint[])) order by first`
  const wanted = new Set(actors)
  for (const file of files.map(toFile)) {
    const { rows, lost } = await filed(sql, archive, file)
    const theirs = rows.filter(({ row }) => wanted.has(row.actor) && row.sequence <= until)
    yield { rows: theirs.map(({ row }) => row), lost }
  }
  let last = { actor: 0, sequence: 0 }
  for (;;) {
    const rows = await sql.unsafe(
      `select ${columns} from hearth.log l where l.actor = any ($1::bigint[]) and l.sequence <= $2::bigint
          and (l.actor, l.sequence) > ($3::bigint, $4::bigint) order by l.actor, l.sequence limit ${rowsAtOnce}`,
      [numbers(actors), String(until), String(last.actor), String(last.sequence)],
    )
    const page = rows.map(toLogRow)
    if (page.length > 0) yield { rows: page, lost: [] }
    if (page.length < rowsAtOnce) return
    last = page.at(-1) as LogRow
  }
}

/** The last position of a slot that lies in a file. */
export async function filesEnd({ sql }: RowSource, slot: number): Promise<number> {
  const [row] = await sql`select coalesce(max(last), 0) as last from hearth.archives where slot = ${slot}`
  return Number(row?.['last'])
}

const columns = 'l.slot, l.sequence, l.events, l.actor, l.tenant, l.version, l.at, l.person, l.types, l.data'

/** Of `types` of a row that has an event of one of these. */
export const pattern = (types: readonly string[]): string =>
  `(^|,)(${types.map((type) => type.replaceAll('.', '\\.')).join('|')})(@|,|$)`
