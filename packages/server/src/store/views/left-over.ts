import type { View } from '@hearth/kernel'
import type { Sql } from 'postgres'
import { shadowOf } from '../view-tables.ts'

/** Whether a rebuild has left its shadow table, or is filling it now. */
export async function isLeft(sql: Sql, view: View): Promise<boolean> {
  const [found] = await sql`select to_regclass(${shadowOf(view)}) is not null as yes`
  return found?.['yes'] === true
}

/**
 * Empties what a rebuild has left that was killed or lost its connection: it says in clear what the log holds sealed, and nobody is
 * forgotten in it. False while somebody rebuilds the view, who finds out themselves who was forgotten.
 */
export async function emptyLeftOver(sql: Sql, view: View): Promise<boolean> {
  if (!(await isLeft(sql, view))) return true
  const begun = await sql`
    select hearth.begin_shadow(${view.name}, ${view.version})
      from (select pg_try_advisory_xact_lock(hashtextextended(${`hearth view ${view.name}`}, 0)) as free offset 0) taken
     where free`
  return begun.length > 0
}
