import { HearthError } from '@hearth/protocol'
import type { Sql, TransactionSql } from 'postgres'
import { type Role, roles } from './connection.ts'
import { scramVerifier } from './passwords.ts'

export type RoleNames = Readonly<Record<Role, string>>

/** Roles belong to a whole cluster: the suffix keeps several databases of one cluster apart. */
export const nameRoles = (suffix = ''): RoleNames => ({
  migrate: `hearth_migrate${suffix}`,
  commit: `hearth_commit${suffix}`,
  read: `hearth_read${suffix}`,
})

/** The names alone, whatever else the object holds. */
export const namesOf = (names: RoleNames): string[] => roles.map((role) => names[role])

export const rolesBeside = (migrate: string): RoleNames => nameRoles(migrate.replace(/^hearth_migrate/, ''))

export interface RoleMaking {
  readonly names: RoleNames
  readonly passwords: Readonly<Record<Role, string>>
  readonly database: string
}

/** May be done again at any time, and sets the passwords anew. Needs CREATEROLE, and CREATE on the database. */
export async function makeRoles(sql: Sql, making: RoleMaking): Promise<void> {
  await sql.begin(async (transaction) => {
    await transaction`select pg_advisory_xact_lock(hashtextextended('hearth roles', 0))`
    for (const statement of await statementsFor(transaction, making)) await transaction.unsafe(statement)
  })
}

/** What is still to be done, in order; an administrator may run it as it is printed. */
export async function statementsFor(sql: Sql | TransactionSql, making: RoleMaking): Promise<readonly string[]> {
  const { names, passwords, database } = making
  const [state] = await sql<{ present: string[]; schema: string | null; superuser: boolean; connect: boolean }[]>`
    select to_json(array(select rolname::text from pg_roles where rolname in ${sql(namesOf(names))})) as present,
           (select pg_get_userbyid(nspowner)::text from pg_namespace where nspname = 'hearth') as schema,
           (select rolsuper from pg_roles where rolname = current_user) as superuser,
           exists (select from pg_database d, aclexplode(coalesce(datacl, acldefault('d', datdba))) a
                    where datname = current_database() and a.grantee = 0 and a.privilege_type = 'CONNECT') as connect`
  const { present, schema, superuser, connect } = state as NonNullable<typeof state>
  if (schema !== null && schema !== names.migrate) throw foreignSchema(schema, names.migrate)
  const every = `${names.migrate}, ${names.commit}, ${names.read}`
  return [
    ...roles.map((role) => roleStatement(names[role], passwords[role], present.includes(names[role]))),
    ...(connect ? [] : [`grant connect on database ${quote(database)} to ${every}`]),
    ...asOwner(superuser, names.migrate, [
      ...(schema === null ? [`create schema hearth authorization ${names.migrate}`] : []),
      `grant usage on schema hearth to ${names.commit}, ${names.read}`,
    ]),
  ]
}

const roleStatement = (name: string, password: string, exists: boolean): string =>
  `${exists ? 'alter' : 'create'} role ${name} login password '${scramVerifier(password)}'`

// Only a member acts for a role, and whoever DATABASE_URL names need not stay one.
const asOwner = (superuser: boolean, owner: string, statements: readonly string[]): readonly string[] =>
  superuser ? statements : [`grant ${owner} to current_user`, ...statements, `revoke ${owner} from current_user`]

const foreignSchema = (owner: string, expected: string): HearthError =>
  new HearthError(
    'store.schema-foreign',
    `The schema "hearth" of this database belongs to "${owner}" and not to "${expected}". If it is Hearth's, an administrator ` +
      `can give it back (ALTER SCHEMA hearth OWNER TO ${expected}, and its tables likewise); else use another database.`,
  )

export const quote = (name: string): string => `"${name.replaceAll('"', '""')}"`

interface Unsafe {
  readonly role: string
  readonly reason: string
}

/** Throws `store.role-unsafe` when row-level security would not hold one of the roles back. Any role may ask. */
export async function assertRolesCannotBypass(sql: Sql, given?: RoleNames): Promise<void> {
  const names = given ?? rolesBeside(await currentMigrate(sql))
  const unsafe = [...(await findPowers(sql, names)), ...(await findOwnership(sql, names))]
  if (unsafe.length === 0) return
  const reasons = unsafe.map(({ role, reason }) => `"${role}" ${reason}`).join('; ')
  const detail =
    `Row-level security would not hold: ${reasons}. An administrator must take that away ` +
    `(ALTER ROLE … NOSUPERUSER NOBYPASSRLS, REVOKE … FROM …, ALTER TABLE … OWNER TO ${names.migrate}) before Hearth starts.`
  throw new HearthError('store.role-unsafe', detail)
}

async function currentMigrate(sql: Sql): Promise<string> {
  const [row] = await sql<{ name: string }[]>`select current_user::text as name`
  return (row?.name ?? '').replace(/^hearth_(migrate|commit|read)/, 'hearth_migrate')
}

// Membership counts whatever its options: with it, or with the right to change it, a role can become the other.
const findPowers = (sql: Sql, names: RoleNames): Promise<readonly Unsafe[]> => sql<Unsafe[]>`
  with recursive reach as (
    select oid as role, oid as other from pg_roles where rolname in ${sql(namesOf(names))}
    union select reach.role, m.roleid from reach join pg_auth_members m on m.member = reach.other
  ), power as (
    select reach.role, other.rolname::text as name, reach.role = reach.other as own, case
      when other.rolsuper then 'a superuser'
      when other.rolbypassrls then 'a role with BYPASSRLS'
      when other.rolname in ('pg_execute_server_program', 'pg_read_server_files', 'pg_write_server_files') then 'a role that reaches the files of the server'
      when other.rolname = ${names.migrate} and reach.role <> reach.other then 'the owner of the tables'
      end as reason
    from reach join pg_roles other on other.oid = reach.other
  )
  select pg_get_userbyid(role)::text as role,
         case when own then 'is ' || reason else 'is a member of "' || name || '", ' || reason end as reason
    from power where reason is not null order by 1, 2`

const findOwnership = (sql: Sql, { commit, read }: RoleNames): Promise<readonly Unsafe[]> => sql<Unsafe[]>`
  select pg_get_userbyid(c.relowner)::text as role, 'owns ' || string_agg(c.oid::regclass::text, ', ') as reason
    from pg_class c join pg_namespace n on n.oid = c.relnamespace
   where n.nspname = 'hearth' and pg_get_userbyid(c.relowner) in (${commit}, ${read})
   group by 1
  union all
  select pg_get_userbyid(nspowner)::text, 'owns the schema' from pg_namespace
   where nspname = 'hearth' and pg_get_userbyid(nspowner) in (${commit}, ${read})`
