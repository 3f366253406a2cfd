import { createHash } from 'node:crypto'
import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { HearthError } from '@hearth/protocol'
import postgres, { type Sql } from 'postgres'
import type { ConnectionOptions } from './connection.ts'
import { rolesBeside } from './roles.ts'

interface Migration {
  readonly number: number
  readonly name: string
  readonly text: string
  readonly sha256: string
}

interface Applied {
  readonly number: number
  readonly name: string
  readonly sha256: string
}

/**
 * Brings the database to what the folder's files say, forward only: each file in one transaction with its row, all under
 * one lock. The connection's user owns what is made. In a text, {{migrate}}, {{commit}} and {{read}} stand for the roles.
 */
export async function migrate(
  connection: ConnectionOptions,
  folder: URL | string,
  /** No further than to this one. */
  last?: string,
): Promise<{ applied: string[] }> {
  const known = readMigrations(typeof folder === 'string' ? folder : fileURLToPath(folder))
  const migrations = last === undefined ? known : known.slice(0, known.findIndex(({ name }) => name === last) + 1)
  const settings = { application_name: 'hearth migrate' }
  const sql = postgres({ ...connection, max: 1, fetch_types: false, onnotice: () => undefined, connection: settings })
  try {
    await sql`select pg_advisory_lock(hashtextextended('hearth migrations', 0))`
    const pending = findPending(migrations, await readApplied(sql))
    for (const migration of pending) await apply(sql, migration, connection.user)
    return { applied: pending.map(({ name }) => name) }
  } finally {
    await sql.end({ timeout: 5 })
  }
}

/** Names of all that the folder holds, in their order. */
export const migrationsIn = (folder: URL): readonly string[] =>
  readMigrations(fileURLToPath(folder)).map(({ name }) => name)

/** What was applied, and what a start would apply. Nothing is changed. */
export async function migrationState(
  connection: ConnectionOptions | null,
  folder: URL | string,
): Promise<{ applied: string[]; pending: string[] }> {
  const migrations = readMigrations(typeof folder === 'string' ? folder : fileURLToPath(folder))
  const names = (of: readonly { readonly name: string }[]): string[] => of.map(({ name }) => name)
  if (connection === null) return { applied: [], pending: names(migrations) }
  const sql = postgres({ ...connection, max: 1, fetch_types: false, onnotice: () => undefined })
  try {
    const applied = (await hasMigrations(sql)) ? await appliedIn(sql) : []
    return { applied: names(applied), pending: names(findPending(migrations, applied)) }
  } finally {
    await sql.end({ timeout: 5 })
  }
}

async function hasMigrations(sql: Sql): Promise<boolean> {
  const [found] = await sql<{ there: boolean }[]>`select to_regclass('hearth.migrations') is not null as there`
  return found?.there === true
}

const appliedIn = (sql: Sql): Promise<readonly Applied[]> =>
  sql<Applied[]>`select number, name, sha256 from hearth.migrations order by number`

function readMigrations(folder: string): readonly Migration[] {
  const names = readdirSync(folder)
    .filter((name) => name.endsWith('.sql'))
    .toSorted()
  const migrations = names.map((name) => {
    const number = Number(/^(\d{4})-[a-z0-9-]+\.sql$/.exec(name)?.[1])
    const text = readFileSync(join(folder, name), 'utf8').replaceAll('\r\n', '\n')
    return { number, name, text, sha256: createHash('sha256').update(text).digest('hex') }
  })
  const odd = migrations.find(({ number }, index) => Number.isNaN(number) || number === migrations[index - 1]?.number)
  if (odd === undefined) return migrations
  const detail = `${join(folder, odd.name)} must be named NNNN-name.sql with a number of its own.`
  throw new HearthError('store.migration-malformed', detail)
}

async function readApplied(sql: Sql): Promise<readonly Applied[]> {
  if (!(await hasMigrations(sql))) {
    await sql`create table hearth.migrations (
      number integer primary key, name text not null, sha256 text not null, at timestamptz not null default now())`
  }
  return appliedIn(sql)
}

function findPending(migrations: readonly Migration[], applied: readonly Applied[]): readonly Migration[] {
  const newest = migrations.at(-1)?.number ?? 0
  const ahead = applied.filter(({ number }) => number > newest).map(({ name }) => name)
  if (ahead.length > 0) {
    const detail =
      `This database was already brought further than this Hearth knows (${ahead.join(', ')}). ` +
      `Start the version of Hearth that did so, or a newer one.`
    throw new HearthError('store.newer-than-server', detail)
  }
  const known = new Map(migrations.map((migration) => [migration.number, migration]))
  for (const { number, name, sha256 } of applied) {
    if (known.get(number)?.sha256 !== sha256)
      throw changed(name, 'has another text than when it was applied, or is missing')
  }
  const last = applied.at(-1)?.number ?? 0
  const done = new Set(applied.map(({ number }) => number))
  const pending = migrations.filter(({ number }) => !done.has(number))
  const late = pending.find(({ number }) => number < last)
  if (late !== undefined) throw changed(late.name, `came after number ${last} had been applied`)
  return pending
}

const changed = (name: string, what: string): HearthError =>
  new HearthError(
    'store.migration-changed',
    `The migration ${name} ${what}. What was applied is never changed: restore the file, and put the change into a new one.`,
  )

async function apply(sql: Sql, { number, name, text, sha256 }: Migration, user: string): Promise<void> {
  const names = rolesBeside(user)
  const statement = text.replaceAll(/\{\{(migrate|commit|read)\}\}/g, (_, role: keyof typeof names) => names[role])
  try {
    await sql.begin(async (transaction) => {
      await transaction.unsafe(statement).simple()
      await transaction`insert into hearth.migrations (number, name, sha256) values (${number}, ${name}, ${sha256})`
    })
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw new HearthError('store.migration-failed', `The migration ${name} failed and changed nothing: ${reason}.`, {
      cause: error,
    })
  }
}
