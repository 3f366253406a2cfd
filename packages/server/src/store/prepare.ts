import { dayOf, type View } from '@hearth/kernel'
import { HearthError } from '@hearth/protocol'
import postgres from 'postgres'
import type { ConnectionOptions } from './connection.ts'
import { migrate } from './migrate.ts'
import { assertRolesCannotBypass } from './roles.ts'
import { tableOf, viewDefinition } from './view-tables.ts'

/** Brings the schema to what this server knows, and refuses data that was sealed under another master key. */
export async function prepareSchema(options: {
  readonly connection: ConnectionOptions
  readonly views: readonly View[]
  readonly fingerprint: string
}): Promise<void> {
  const { connection, views, fingerprint } = options
  await migrate(connection, new URL('migrations/', import.meta.url))
  const sql = postgres({
    ...connection,
    max: 1,
    onnotice: () => undefined,
    connection: { application_name: 'hearth-migrate' },
  })
  try {
    await assertRolesCannotBypass(sql)
    await sql`select hearth.keep_days(${dayOf(Date.now())})`
    for (const view of views) await makeView(sql, view)
    await sql`insert into hearth.instance (master, created) values (${fingerprint}, ${Date.now()}) on conflict do nothing`
    const [instance] = await sql<{ master: string }[]>`select master from hearth.instance`
    if (instance?.master !== fingerprint) {
      throw new HearthError(
        'master-key.other',
        'This database was sealed under another master key. Give that key: HEARTH_MASTER_KEY, or the file master.key of its data folder.',
      )
    }
  } finally {
    await sql.end({ timeout: 1 })
  }
}

async function makeView(sql: postgres.Sql, view: View): Promise<void> {
  const [known] = await sql<{ table: string | null }[]>`select to_regclass(${tableOf(view)})::text as table`
  if (known?.table != null) return
  await refuseEmpty(sql, view)
  await sql.begin(async (inner) => {
    for (const statement of viewDefinition(view)) await inner.unsafe(statement)
  })
}

// Made anew it would be empty beside a log that is not, and nobody would notice.
async function refuseEmpty(sql: postgres.Sql, view: View): Promise<void> {
  const [written] = await sql`select 1 from hearth.slots where sequence > 0 limit 1`
  if (written === undefined) return
  const tables = await sql<{ name: string }[]>`
    select relname::text as name from pg_class where relnamespace = 'hearth'::regnamespace and relkind = 'r'`
  const other = tables.find(({ name }) => name.replace(/\d+$/, '') === `view_${view.name}_`)
  if (other === undefined) return
  throw new HearthError(
    'store.view-rebuild-needed',
    `The view "${view.name}" of this version of Hearth (${view.version}) has to be built from the log, which holds only ` +
      `hearth.${other.name}, and this version cannot do that yet. Start the version of Hearth that was here before.`,
  )
}
