import type { LogRow } from '@hearth/kernel'
import type { Sql } from 'postgres'
import { numbers, texts } from '../literals.ts'
import { toLogRow } from '../log-load.ts'

/** Rows of one slot that lie after a position, up to another. */
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

/** A page is folded in one go: it may not hold up what else the process does. */
export const rowsAtOnce = 1000

/** All rows of a slot that are wanted, in order, page by page. The next page is on its way while one is worked on. */
export async function* rowsOfSlot(sql: Sql, wanted: RowsWanted): AsyncGenerator<readonly LogRow[]> {
  let page = await pageOfSlot(sql, wanted)
  for (;;) {
    const last = page.at(-1)
    const next =
      last === undefined || page.length < rowsAtOnce ? null : pageOfSlot(sql, { ...wanted, after: last.sequence })
    // Whoever stops reading leaves it behind.
    next?.catch(() => undefined)
    if (page.length > 0) yield page
    if (next === null) return
    page = await next
  }
}

/** The first rows of a slot that are wanted; fewer than `rowsAtOnce`: there are no more. */
export async function pageOfSlot(sql: Sql, wanted: RowsWanted): Promise<readonly LogRow[]> {
  const { slot, after, until, actors, kinds, types } = wanted
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
  const rows = await sql.unsafe(
    `select ${columns} from hearth.log l
      where l.slot = $1::smallint and l.sequence > $2::bigint and l.sequence <= $3::bigint
      ${conditions.map((condition) => `and ${condition}`).join(' ')} order by l.sequence limit ${rowsAtOnce}`,
    values,
    { prepare: true },
  )
  return rows.map(toLogRow)
}

/** All rows of some actors up to a position of their slots, actor by actor, in order. */
export async function* rowsOfActors(
  sql: Sql,
  actors: readonly number[],
  until: number,
): AsyncGenerator<readonly LogRow[]> {
  let last = { actor: 0, sequence: 0 }
  for (;;) {
    const rows = await sql.unsafe(
      `select ${columns} from hearth.log l where l.actor = any ($1::bigint[]) and l.sequence <= $2::bigint
          and (l.actor, l.sequence) > ($3::bigint, $4::bigint) order by l.actor, l.sequence limit ${rowsAtOnce}`,
      [numbers(actors), String(until), String(last.actor), String(last.sequence)],
    )
    const page = rows.map(toLogRow)
    if (page.length > 0) yield page
    if (page.length < rowsAtOnce) return
    last = page.at(-1) as LogRow
  }
}

const columns = 'l.slot, l.sequence, l.events, l.actor, l.tenant, l.version, l.at, l.person, l.types, l.data'

const pattern = (types: readonly string[]): string =>
  `(^|,)(${types.map((type) => type.replaceAll('.', '\\.')).join('|')})(@|,|$)`
