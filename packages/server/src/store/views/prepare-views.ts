import type { View } from '@hearth/kernel'
import type { Sql } from 'postgres'
import { tableOf, viewDefinition } from '../view-tables.ts'

/**
 * Makes the tables of views that are not there in this version and form. Beside a log that is not empty such a view is not ready: it
 * has to be built. What a rebuild left half done is cleared. Run by the migrating role at start.
 */
export async function prepareViews(sql: Sql, views: readonly View[]): Promise<void> {
  const left = await sql<{ name: string }[]>`
    select relname::text as name from pg_class
     where relnamespace = 'hearth'::regnamespace and relkind = 'r' and relname ~ '^shadow_.*_\\d+$'`
  for (const { name } of left) await sql`drop table hearth.${sql(name)}`
  const [written] = await sql`select 1 from hearth.slots where sequence > 0 limit 1`
  for (const view of views) await prepareView(sql, view, written === undefined)
}

async function prepareView(sql: Sql, view: View, isNew: boolean): Promise<void> {
  const [known] = await sql<{ version: number }[]>`select version from hearth.views where name = ${view.name}`
  const isHere = await hasItsForm(sql, view)
  // One that no start had written down yet is of the version that wrote it, and whole.
  if (isHere && (known === undefined || known.version === view.version)) {
    await sql`insert into hearth.views (name, version, ready) values (${view.name}, ${view.version}, true) on conflict do nothing`
    await sql`update hearth.views set ready = false where name = ${view.name} and exists (
      select from hearth.view_positions p where p.view = ${view.name} and p.skipped)`
    return
  }
  await sql.begin(async (inner) => {
    // Of this version in another form, or left by a start of that version while commits went to another.
    await inner.unsafe(`drop table if exists ${tableOf(view)}`)
    for (const statement of viewDefinition(view)) await inner.unsafe(statement)
    await inner`delete from hearth.view_positions where view = ${view.name}`
    await inner`insert into hearth.views (name, version, ready) values (${view.name}, ${view.version}, ${isNew})
      on conflict (name) do update set version = excluded.version, ready = excluded.ready`
  })
}

async function hasItsForm(sql: Sql, view: View): Promise<boolean> {
  const columns = await sql<{ name: string; type: string }[]>`
    select attname::text as name, format_type(atttypid, atttypmod) as type from pg_attribute
     where attrelid = to_regclass(${tableOf(view)}) and attnum > 0 and not attisdropped order by attnum`
  const wanted = { tenant: 'text', home: 'text', key: 'text', ...view.columns }
  const written = Object.entries(wanted).map(([name, type]) => `${name} ${type}`)
  return columns.map(({ name, type }) => `${name} ${type}`).join() === written.join()
}
