import assert from 'node:assert/strict'
import { readFileSync, readdirSync, statSync } from 'node:fs'
import { after, before, describe, it } from 'node:test'
import { type Database, openDatabase } from '../../src/store/database.ts'
import { migrate } from '../../src/store/migrate.ts'
import { type OtherPostgres, needsOther, startOther } from './other-postgres.ts'
import { type Folder, ask, listenTo, makeFolder, nextChange } from './setting.ts'

type Refusal = Error & { code?: string }

describe('a PostgreSQL of the owner', needsOther, () => {
  let other: OtherPostgres
  let folder: Folder
  before(async () => {
    other = await startOther()
    folder = makeFolder()
    await using admin = other.as('admin', 'postgres')
    for (const role of ['maker createrole', 'plain'])
      await admin.sql.unsafe(`create role ${role} login password 'secret'`)
    for (const name of ['one', 'two', 'three', 'four', 'five', 'six']) await admin.sql.unsafe(`create database ${name}`)
    for (const name of ['two', 'three']) await admin.sql.unsafe(`grant create on database ${name} to maker`)
  })
  after(async () => {
    await other[Symbol.asyncDispose]()
    folder[Symbol.dispose]()
  })

  const open = (url: string, dataFolder: string): Promise<Database> =>
    openDatabase({ databaseUrl: url, dataFolder: folder.within(dataFolder), log: listenTo() })

  async function worksAs(database: Database): Promise<readonly string[]> {
    const names: string[] = []
    for (const role of ['migrate', 'commit', 'read'] as const) {
      const [row] = await ask(database.connection(role), (sql) => sql<{ name: string }[]>`select current_user as name`)
      names.push(row?.name ?? '')
    }
    await ask(database.connection('migrate'), (sql) => sql`create table if not exists hearth.ours (i int)`)
    await assert.rejects(
      ask(database.connection('read'), (sql) => sql`select * from hearth.ours`),
      { code: '42501' },
    )
    return names
  }

  it('gets roles of ours, which need nobody else afterwards', async () => {
    const url = other.url('admin', 'one')
    {
      await using database = await open(url, 'a')
      assert.equal(database.kind, 'external')
      assert.equal(database.place(), null)
      const names = await worksAs(database)
      assert.match(names.join(), /^hearth_migrate_([0-9a-f]{8}),hearth_commit_\1,hearth_read_\1$/)
      assert.deepEqual(await migrate(database.connection('migrate'), folder.path), { applied: [] })
    }
    const [file = ''] = readdirSync(folder.within('a'))
    assert.equal(statSync(folder.within('a', file)).mode & 0o777, 0o600)
    await using again = await open(url.replace('secret', 'no-longer-this'), 'a')
    await worksAs(again)
  })

  it('needs no superuser, and leaves the maker no member of what it made', async () => {
    await using database = await open(other.url('maker', 'two'), 'b')
    await worksAs(database)
    await using admin = other.as('admin', 'two')
    const members = await admin.sql`
      select m.set_option from (select to_jsonb(pg_auth_members) ->> 'set_option' as set_option, member from pg_auth_members) m
        join pg_roles r on r.oid = m.member where r.rolname = 'maker' and coalesce(m.set_option, 'true') = 'true'`
    assert.equal(members.length, 0)
  })

  it('may hold several Hearths, a database each', async () => {
    await using two = await open(other.url('maker', 'two'), 'b')
    await using three = await open(other.url('maker', 'three'), 'c')
    assert.notDeepEqual(await worksAs(two), await worksAs(three))
  })

  it('is not taken from a Hearth that works in it', async () => {
    await using database = await open(other.url('admin', 'one'), 'a')
    await assert.rejects(open(other.url('admin', 'one'), 'd'), { code: 'store.database-in-use' })
    await worksAs(database)
  })

  it('is taken over by a new data folder when the old one is lost', async () => {
    await using database = await open(other.url('admin', 'one'), 'd')
    await worksAs(database)
  })

  it('without rights: says what an administrator must run, and works once that is done', async () => {
    let statements = ''
    await assert.rejects(open(other.url('plain', 'four'), 'e'), (error: Refusal) => {
      assert.equal(error.code, 'store.rights-missing')
      statements = error.message.slice(error.message.indexOf('\n\n'))
      return true
    })
    const kept = readFileSync(folder.within('e', readdirSync(folder.within('e'))[0] ?? ''), 'utf8')
    for (const password of Object.values(JSON.parse(kept) as object)) assert.equal(statements.includes(password), false)
    {
      await using admin = other.as('admin', 'four')
      await admin.sql.unsafe(statements)
    }
    await using database = await open(other.url('plain', 'four'), 'e')
    await worksAs(database)
  })

  it('is refused when a role could see past row-level security', async () => {
    await using admin = other.as('admin', 'five')
    const names = await (async () => {
      await using database = await open(other.url('admin', 'five'), 'f')
      return worksAs(database)
    })()
    const [migrateName, commitName, readName] = names
    const cases = [
      [`alter role ${readName} bypassrls`, `alter role ${readName} nobypassrls`],
      [`alter role ${commitName} superuser`, `alter role ${commitName} nosuperuser`],
      [`grant admin to ${readName}`, `revoke admin from ${readName}`],
      [`grant pg_write_server_files to ${commitName}`, `revoke pg_write_server_files from ${commitName}`],
      [`grant ${migrateName} to ${commitName}`, `revoke ${migrateName} from ${commitName}`],
      [`alter table hearth.ours owner to ${readName}`, `alter table hearth.ours owner to ${migrateName}`],
    ] as const
    for (const [spoil, mend] of cases) {
      await admin.sql.unsafe(spoil)
      await assert.rejects(open(other.url('admin', 'five'), 'f'), { code: 'store.role-unsafe' }, spoil)
      await admin.sql.unsafe(mend)
    }
    await using database = await open(other.url('admin', 'five'), 'f')
    await worksAs(database)
  })

  it('is not robbed of a schema that is somebody else’s', async () => {
    await using admin = other.as('admin', 'six')
    await admin.sql`create schema hearth`
    await assert.rejects(open(other.url('admin', 'six'), 'g'), { code: 'store.schema-foreign' })
    await admin.sql`drop schema hearth`
  })

  it('is reached over TLS as the address says', async () => {
    const secure = async (parameters: string): Promise<boolean> => {
      await using database = await open(other.url('admin', 'one', parameters), 'd')
      const [row] = await ask(
        database.connection('read'),
        (sql) => sql<{ ssl: boolean }[]>`select ssl from pg_stat_ssl where pid = pg_backend_pid()`,
      )
      return row?.ssl ?? assert.fail()
    }
    assert.equal(await secure('?sslmode=disable'), false)
    assert.equal(await secure(''), true)
    assert.equal(await secure('?sslmode=require'), true)
    assert.equal(await secure(`?sslmode=verify-ca&sslrootcert=${other.authority}`), true)
    assert.equal(await secure(`?sslmode=verify-full&sslrootcert=${other.authority}`), true)
    await assert.rejects(secure('?sslmode=verify-full'), { code: 'store.unreachable' })
    const elsewhere = other
      .url('admin', 'one', `?sslmode=verify-full&sslrootcert=${other.authority}`)
      .replace('127.0.0.1', '[::1]')
    await assert.rejects(open(elsewhere, 'd'), { code: 'store.unreachable' })
  })

  it('is reached by a socket, by IPv6, and by several names', async () => {
    const [port, socket] = [other.port, encodeURIComponent(other.socket)]
    const addresses = [
      `postgres://admin:secret@${socket}:${port}/one`,
      `postgresql:///one?host=${socket}&port=${port}&user=admin&password=secret`,
      `postgres://admin:secret@[::1]:${port}/one`,
      `postgres://admin:secret@localhost:${port}/one`,
      `postgres://admin:secret@127.0.0.1:1,127.0.0.1:${port}/one?sslmode=prefer`,
    ]
    for (const address of addresses) {
      await using database = await open(address, 'd')
      await worksAs(database)
    }
  })

  it('is told apart from one that cannot be used, without its password', async () => {
    const cases = [
      [other.url('admin', 'none'), 'store.database-missing'],
      [other.url('nobody', 'one'), 'store.login-refused'],
      ['postgres://admin:secret@127.0.0.1:1/one', 'store.unreachable'],
      ['postgres://admin:secret@127.0.0.1:port/one', 'store.address-malformed'],
      ['postgres://admin:secret@127.0.0.1/one?sslmode=perhaps', 'store.address-malformed'],
      ['postgres://admin:secret@127.0.0.1/one?sslrootcert=/no/such/file&sslmode=require', 'store.address-malformed'],
      ['postgres://admin:%zz@127.0.0.1/one', 'store.address-malformed'],
      ['mysql://admin:secret@127.0.0.1/one', 'store.address-malformed'],
    ] as const
    for (const [url, code] of cases) {
      await assert.rejects(open(url, 'h'), (error: Refusal) => {
        assert.equal(error.code, code, error.message)
        assert.equal(error.message.includes('secret'), false)
        return true
      })
    }
  })

  it('may go away and come back', async () => {
    await using database = await open(other.url('admin', 'one'), 'd')
    const down = nextChange(database, 'down')
    await other.stop()
    assert.equal(await down, null)
    const up = nextChange(database, 'up')
    await other.start()
    await up
    await worksAs(database)
  })
})
