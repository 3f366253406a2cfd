import { dayOf, type View } from '@hearth/kernel'
import { HearthError } from '@hearth/protocol'
import postgres from 'postgres'
import type { ConnectionOptions } from './connection.ts'
import { migrate } from './migrate.ts'
import { assertRolesCannotBypass } from './roles.ts'
import { prepareViews } from './views/prepare-views.ts'

export const migrations = new URL('migrations/', import.meta.url)

/** Whether a server has written here, under a key that only its owner has. */
export async function isSealed(connection: ConnectionOptions): Promise<boolean> {
  const sql = postgres({ ...connection, max: 1, connection: { application_name: 'hearth-migrate' } })
  try {
    const [found] = await sql`select to_regclass('hearth.instance') is not null as yes`
    if (found?.['yes'] !== true) return false
    return (await sql`select 1 from hearth.instance`).length > 0
  } finally {
    await sql.end({ timeout: 1 })
  }
}

/** Brings the schema to what this server knows, and refuses data that was sealed under another master key. */
export async function prepareSchema(options: {
  readonly connection: ConnectionOptions
  readonly views: readonly View[]
  readonly fingerprint: string
}): Promise<void> {
  const { connection, views, fingerprint } = options
  await migrate(connection, migrations)
  const sql = postgres({
    ...connection,
    max: 1,
    onnotice: () => undefined,
    connection: { application_name: 'hearth-migrate' },
  })
  try {
    await assertRolesCannotBypass(sql)
    await sql`select hearth.keep_days(${dayOf(Date.now())})`
    await prepareViews(sql, views)
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
