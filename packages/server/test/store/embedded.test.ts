import assert from 'node:assert/strict'
import { existsSync, mkdirSync, readFileSync, readdirSync, readlinkSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { type Database, type Role, openDatabase } from '../../src/store/database.ts'
import { type Folder, ask, foldersIn, isAlive, listenTo, makeFolder, open, pidOf } from './setting.ts'
import { onlyWhenLong } from '@hearth/testing/long'

const roles: readonly Role[] = ['migrate', 'commit', 'read']

describe('the embedded database', () => {
  let folder: Folder
  let database: Database
  before(async () => {
    folder = makeFolder()
    database = await open(folder)
  })
  after(async () => {
    await database[Symbol.asyncDispose]()
    folder[Symbol.dispose]()
  })

  it('keeps its promises about what is written and who may come in', async () => {
    const names = ['fsync', 'full_page_writes', 'synchronous_commit', 'listen_addresses', 'password_encryption']
    const settings = await ask(
      database.connection('read'),
      (sql) => sql`
      select name, setting from pg_settings where name in ${sql(names)} order by name`,
    )
    assert.deepEqual(Object.fromEntries(settings.map(({ name, setting }) => [name, setting])), {
      fsync: 'on',
      full_page_writes: 'on',
      synchronous_commit: 'on',
      listen_addresses: '',
      password_encryption: 'scram-sha-256',
    })
    const { data } = database.place() ?? assert.fail()
    const rules = readFileSync(join(data, 'pg_hba.conf'), 'utf8').split('\n')
    const methods = rules.filter((line) => /^\w/.test(line)).map((line) => line.trim().split(/\s+/).at(-1))
    assert.deepEqual([...new Set(methods)], ['scram-sha-256'])
  })

  it('is in UTF-8, and sorts by code point whatever the machine speaks', async () => {
    const [row] = await ask(
      database.connection('read'),
      (sql) => sql`
      select pg_encoding_to_char(encoding) as encoding, datlocprovider as provider, datlocale as locale
        from pg_database where datname = current_database()`,
    )
    assert.deepEqual({ ...row }, { encoding: 'UTF8', provider: 'b', locale: 'C.UTF-8' })
  })

  it('lets each role in with its own password only', async () => {
    for (const role of roles) {
      const right = database.connection(role)
      const [row] = await ask(right, (sql) => sql`select current_user as name`)
      assert.equal(row?.['name'], `hearth_${role}`)
      for (const password of ['wrong', '', database.connection(role === 'read' ? 'commit' : 'read').password]) {
        await assert.rejects(
          ask({ ...right, password }, (sql) => sql`select 1`),
          { code: '28P01' },
        )
      }
    }
    for (const user of ['hearth_admin', 'postgres', 'root']) {
      await assert.rejects(
        ask({ ...database.connection('read'), user, password: 'wrong' }, (sql) => sql`select 1`),
        { code: '28P01' },
      )
    }
  })

  it('listens on one socket in a private folder, and on no port', { skip: !existsSync('/proc/net/tcp') }, async () => {
    const { pid, socket, data } = database.place() ?? assert.fail()
    assert.equal(statSync(socket).mode & 0o777, 0o700)
    assert.equal(statSync(data).mode & 0o777, 0o700)
    assert.equal(statSync(join(socket, '.s.PGSQL.5432')).isSocket(), true)
    const inodes = readdirSync(`/proc/${pid}/fd`).map(
      (fd) => /^socket:\[(\d+)\]$/.exec(readlinkSync(`/proc/${pid}/fd/${fd}`))?.[1] ?? 'none',
    )
    for (const table of ['tcp', 'tcp6', 'udp', 'udp6']) {
      const path = `/proc/net/${table}`
      const lines = existsSync(path) ? readFileSync(path, 'utf8').split('\n').slice(1) : []
      assert.deepEqual(
        lines.filter((line) => inodes.includes(line.trim().split(/\s+/)[9] ?? '')),
        [],
      )
    }
  })

  it('gives the roles no more than they need', async () => {
    const rows = await ask(
      database.connection('read'),
      (sql) => sql`
      select rolname from pg_roles where rolname like 'hearth\_%' and rolname <> 'hearth_admin'
         and (rolsuper or rolbypassrls or rolcreaterole or rolcreatedb or rolreplication)`,
    )
    assert.equal(rows.length, 0)
    for (const role of ['commit', 'read'] as const) {
      await assert.rejects(
        ask(database.connection(role), (sql) => sql`create table hearth.mine (i int)`),
        { code: '42501' },
      )
      await assert.rejects(
        ask(database.connection(role), (sql) => sql`create table public.mine (i int)`),
        { code: '42501' },
      )
    }
    await ask(database.connection('migrate'), (sql) => sql`create table hearth.ours (i int)`)
    await assert.rejects(
      ask(database.connection('read'), (sql) => sql`select * from hearth.ours`),
      { code: '42501' },
    )
  })

  it('keeps its secrets to its owner', () => {
    const path = folder.within('home', 'postgres-passwords.json')
    assert.equal(statSync(path).mode & 0o777, 0o600)
    const passwords = Object.values(JSON.parse(readFileSync(path, 'utf8')) as Record<string, string>)
    assert.equal(new Set(passwords).size, 4)
    const { pid, data } = database.place() ?? assert.fail()
    const seen = [`/proc/${pid}/cmdline`, `/proc/${pid}/environ`].filter((each) => existsSync(each))
    const open = [...seen, folder.within('home', 'postgres.json'), folder.within('home', 'logs', 'postgres.log')]
    for (const file of [...open, join(data, '..', 'postgresql.conf')]) {
      const text = readFileSync(file, 'utf8')
      assert.equal(
        passwords.some((password) => text.includes(password)),
        false,
        file,
      )
    }
    assert.deepEqual(
      readdirSync(join(data, '..')).filter((name) => name.startsWith('new.')),
      [],
    )
  })
})

describe('a stop', () => {
  it('ends PostgreSQL and leaves what says where the data are; the next start finds them', async () => {
    using folder = makeFolder()
    const first = await openDatabase({ ...foldersIn(folder), log: listenTo() })
    await ask(first.connection('migrate'), (sql) => sql`create table hearth.kept as select 42 as answer`)
    const place = first.place() ?? assert.fail()
    await first[Symbol.asyncDispose]()
    assert.equal(isAlive(place.pid), false)
    assert.equal(existsSync(join(place.socket, '.s.PGSQL.5432')), false)
    const record = JSON.parse(readFileSync(folder.within('home', 'postgres.json'), 'utf8')) as Record<string, unknown>
    assert.equal(record['data'], place.data)
    assert.equal(record['major'], 18)

    const log = listenTo()
    await using second = await open(folder, { log })
    assert.deepEqual(second.connection('commit'), first.connection('commit'))
    const rows = await ask(second.connection('migrate'), (sql) => sql`select answer from hearth.kept`)
    assert.deepEqual(
      rows.map(({ answer }) => answer),
      [42],
    )
    assert.notEqual(pidOf(second), place.pid)
    assert.deepEqual(log.said, [])
  })
})

describe('the log of PostgreSQL', onlyWhenLong, () => {
  it('is bounded', async () => {
    using folder = makeFolder()
    const path = folder.within('home', 'logs', 'postgres.log')
    mkdirSync(folder.within('home', 'logs'), { recursive: true })
    writeFileSync(path, 'x'.repeat(9_000_000))
    await using _database = await open(folder)
    assert.ok(statSync(path).size < 100_000)
    assert.equal(statSync(`${path}.1`).size, 9_000_000)
  })

  it('does not hold what people wrote', async () => {
    using folder = makeFolder()
    await using database = await open(folder)
    const secret = 'a-word-of-somebody'
    await ask(database.connection('migrate'), async (sql) => {
      await sql`create table hearth.words (word text primary key)`
      await sql`insert into hearth.words values (${secret})`
      await assert.rejects(sql`insert into hearth.words values (${secret})`, { code: '23505' })
      await assert.rejects(sql.unsafe(`select 1 from hearth.words where word = '${secret}' and 1 / 0 = 1`), {
        code: '22012',
      })
    })
    assert.equal(readFileSync(folder.within('home', 'logs', 'postgres.log'), 'utf8').includes(secret), false)
  })
})
