import { createHash } from 'node:crypto'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { HearthError } from '@hearth/protocol'
import postgres, { type Sql } from 'postgres'
import { announce } from '../announce.ts'
import { type ConnectionOptions, type Database, type Role, roles } from '../connection.ts'
import type { Logger } from '../logger.ts'
import { keepPasswords } from '../passwords.ts'
import { type RoleMaking, assertRolesCannotBypass, makeRoles, nameRoles, namesOf, statementsFor } from '../roles.ts'
import { watchDatabase } from '../watch.ts'
import { readAddress } from './address.ts'
import { explain, isLoginRefused } from './explain.ts'

export interface ExternalOptions {
  readonly dataFolder: string
  readonly databaseUrl: string
  readonly log: Logger
}

const oldest = 150_000

/**
 * Works in the owner's PostgreSQL as three roles of its own, made at the first start as whomever DATABASE_URL names, who
 * is not needed afterwards. Throws `store.rights-missing`, with what an administrator can do, when that user may not.
 */
export async function openExternal({ dataFolder, databaseUrl, log }: ExternalOptions): Promise<Database> {
  const address = readAddress(databaseUrl)
  // A cluster has one set of roles for all its databases.
  const suffix = `_${createHash('sha256').update(address.database).digest('hex').slice(0, 8)}`
  mkdirSync(dataFolder, { recursive: true, mode: 0o700 })
  const passwords = keepPasswords(join(dataFolder, `postgres-roles${suffix}.json`), roles)
  const making: RoleMaking = { names: nameRoles(suffix), passwords, database: address.database }
  const connection = (role: Role): ConnectionOptions => ({
    ...address,
    user: making.names[role],
    password: passwords[role],
  })
  const changes = announce(log)
  const tell = (up: boolean): void => changes.tell({ type: up ? 'up' : 'down', pid: null })

  async function enter(): Promise<AsyncDisposable> {
    for (const role of ['migrate', 'commit'] as const) await withConnection(connection(role), refuseOld)
    return watchDatabase(connection('read'), { first: (sql) => findReady(sql, making), tell })
  }

  const watch = await enterOrPrepare(enter, address, making)
  return {
    kind: 'external',
    connection,
    place: () => null,
    onChange: changes.listen,
    [Symbol.asyncDispose]: () => Promise.resolve(watch[Symbol.asyncDispose]()),
  }
}

async function enterOrPrepare(
  enter: () => Promise<AsyncDisposable>,
  address: ConnectionOptions,
  making: RoleMaking,
): Promise<AsyncDisposable> {
  try {
    return await enter()
  } catch (error) {
    if (!isLoginRefused(error) && !(error instanceof SchemaMissing)) throw explain(error, address)
  }
  try {
    await withConnection(address, (sql) => prepare(sql, making))
  } catch (error) {
    throw explain(error, address)
  }
  try {
    return await enter()
  } catch (error) {
    throw explain(error, { ...address, user: making.names.read })
  }
}

class SchemaMissing extends Error {}

async function findReady(sql: Sql, { names }: RoleMaking): Promise<void> {
  const [found] = await sql<{ usable: boolean | null }[]>`
    select has_schema_privilege(oid, 'usage') as usable from pg_namespace where nspname = 'hearth'`
  if (found?.usable !== true) throw new SchemaMissing()
  await assertRolesCannotBypass(sql, names)
}

async function prepare(sql: Sql, making: RoleMaking): Promise<void> {
  await refuseOld(sql)
  await refuseInUse(sql, making)
  const [rights] = await sql<{ enough: boolean }[]>`
    select rolsuper or (rolcreaterole and has_database_privilege(current_database(), 'create')) as enough
      from pg_roles where rolname = current_user`
  if (rights?.enough !== true) throw await rightsMissing(sql, making)
  try {
    await makeRoles(sql, making)
  } catch (error) {
    throw (error as { code?: string }).code === '42501' ? await rightsMissing(sql, making, error) : error
  }
}

async function refuseOld(sql: Sql): Promise<void> {
  const [found] = await sql<{ number: number; version: string }[]>`
    select current_setting('server_version_num')::integer as number, current_setting('server_version') as version`
  if (found === undefined || found.number >= oldest) return
  const detail = `DATABASE_URL leads to PostgreSQL ${found.version}. Hearth needs PostgreSQL 15 or newer.`
  throw new HearthError('store.version-too-old', detail)
}

// New passwords would shut out a server that works with the old ones.
async function refuseInUse(sql: Sql, { names, database }: RoleMaking): Promise<void> {
  const found = await sql`select 1 from pg_stat_activity where usename in ${sql(namesOf(names))} limit 1`
  if (found.length === 0) return
  const detail =
    `Another Hearth is working in the database "${database}", with the passwords in its own data folder. Stop it, or use ` +
    `another database; two servers need one and the same data folder, one after the other.`
  throw new HearthError('store.database-in-use', detail)
}

async function rightsMissing(sql: Sql, making: RoleMaking, cause?: unknown): Promise<HearthError> {
  const statements = await statementsFor(sql, making)
  const detail =
    `The user of DATABASE_URL may not make the roles that Hearth works as (it needs CREATEROLE, and CREATE on the database ` +
    `"${making.database}"). Grant it that, or let an administrator run these statements in that database, and start ` +
    `again:\n\n${statements.map((statement) => `${statement};`).join('\n')}\n`
  return new HearthError('store.rights-missing', detail, { cause })
}

async function withConnection(connection: ConnectionOptions, work: (sql: Sql) => Promise<void>): Promise<void> {
  const sql = postgres({ ...connection, max: 1, fetch_types: false, connect_timeout: 10, onnotice: () => undefined })
  try {
    await work(sql)
  } finally {
    await sql.end({ timeout: 5 })
  }
}
