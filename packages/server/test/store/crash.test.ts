// long: a run of everything that npm alone tests has five minutes
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync, readdirSync, renameSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import type { Database } from '../../src/store/database.ts'
import { onlyWhenLong } from '@hearth/testing/long'
import {
  type Folder,
  ask,
  connect,
  foldersIn,
  hold,
  isAlive,
  listenTo,
  makeFolder,
  nextChange,
  open,
  pidOf,
  until,
} from './setting.ts'

const write = (database: Database, value: number) =>
  ask(database.connection('migrate'), async (sql) => {
    await sql`create table if not exists hearth.kept (value int)`
    await sql`insert into hearth.kept values (${value})`
  })

const read = (database: Database): Promise<number[]> =>
  ask(database.connection('migrate'), async (sql) => {
    const rows = await sql<{ value: number }[]>`select value from hearth.kept order by value`
    return rows.map(({ value }) => value)
  })

/** What is being made beside the data. */
function scratchIn(folder: Folder): readonly string[] {
  const path = folder.within('home', 'postgres.json')
  if (!existsSync(path)) return []
  const place = dirname((JSON.parse(readFileSync(path, 'utf8')) as { data: string }).data)
  return existsSync(place) ? readdirSync(place).filter((name) => name.startsWith('new.')) : []
}

/** Whether the words of a process name such a folder beside the data. */
function isNamedByProcess(name: string, folder: Folder): boolean {
  if (!existsSync('/proc/self/cmdline')) return false
  const record = JSON.parse(readFileSync(folder.within('home', 'postgres.json'), 'utf8')) as { data: string }
  const start = join(dirname(record.data), name)
  return readdirSync('/proc').some((pid) => {
    try {
      return /^\d+$/.test(pid) && readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(start)
    } catch (error) {
      // It ended meanwhile.
      if (!['ENOENT', 'ESRCH'].includes(String((error as NodeJS.ErrnoException).code))) throw error
      return false
    }
  })
}

/** What a server that is killed leaves: its PostgreSQL, running without it. */
async function orphan(folder: Folder): Promise<number> {
  await using holder = hold(foldersIn(folder))
  const pid = await holder.pid
  process.kill(-(holder.process.pid ?? 0), 'SIGKILL')
  await once(holder.process, 'close')
  assert.equal(isAlive(pid), true)
  return pid
}

describe('a PostgreSQL that is killed', onlyWhenLong, () => {
  let folder: Folder
  let database: Database
  before(async () => {
    folder = makeFolder()
    database = await open(folder)
    await write(database, 1)
  })
  after(async () => {
    await database[Symbol.asyncDispose]()
    folder[Symbol.dispose]()
  })

  it('is started again, tells so, and has everything that was committed', async () => {
    const killed = pidOf(database)
    const down = nextChange(database, 'down')
    const up = nextChange(database, 'up')
    await write(database, 2)
    process.kill(killed, 'SIGKILL')
    assert.equal(await down, null)
    const pid = await up
    assert.notEqual(pid, killed)
    assert.equal(pidOf(database), pid)
    assert.deepEqual(await read(database), [1, 2])
  })

  it('is started again though one of its processes is still busy', async () => {
    await using busy = connect(database.connection('read'))
    await using observer = connect(database.connection('read'))
    const [row] = await busy.sql<{ pid: number }[]>`select pg_backend_pid() as pid`
    const cut = assert.rejects(busy.sql`select count(*) from generate_series(1, 1000000000000)`)
    const active = async () =>
      (await observer.sql`select 1 from pg_stat_activity where pid = ${row?.pid ?? 0} and state = 'active'`).length ===
      1
    await until(active)
    const up = nextChange(database, 'up')
    process.kill(pidOf(database), 'SIGKILL')
    await up
    await cut
    assert.equal(isAlive(row?.pid ?? 0), false)
    assert.deepEqual(await read(database), [1, 2])
  })

  it('survives the loss of one backend under the same pid, and tells both', async () => {
    const before = pidOf(database)
    await using other = connect(database.connection('commit'))
    const [row] = await other.sql<{ pid: number }[]>`select pg_backend_pid() as pid`
    const down = nextChange(database, 'down')
    const up = nextChange(database, 'up')
    process.kill(row?.pid ?? 0, 'SIGKILL')
    await down
    assert.equal(await up, before)
    assert.deepEqual(await read(database), [1, 2])
  })

  it('is started again after a fast shutdown that somebody else asked for', async () => {
    const up = nextChange(database, 'up')
    process.kill(pidOf(database), 'SIGINT')
    await up
    assert.deepEqual(await read(database), [1, 2])
  })
})

describe('a PostgreSQL that recovers', onlyWhenLong, () => {
  it('can be stopped, and has everything afterwards', async () => {
    using folder = makeFolder()
    {
      await using database = await open(folder)
      await using other = connect(database.connection('migrate'))
      await other.sql`create table hearth.many as select generate_series(1, 300000) as i`
      const [row] = await other.sql<{ pid: number }[]>`select pg_backend_pid() as pid`
      const down = nextChange(database, 'down')
      process.kill(row?.pid ?? 0, 'SIGKILL')
      await down
    }
    await using database = await open(folder)
    const [row] = await ask(database.connection('migrate'), (sql) => sql`select count(*)::int as rows from hearth.many`)
    assert.equal(row?.['rows'], 300_000)
  })
})

describe('a server that is killed', () => {
  it('leaves its PostgreSQL, which the next takes over', async () => {
    using folder = makeFolder()
    const pid = await orphan(folder)
    await using database = await open(folder)
    assert.equal(pidOf(database), pid)
    await write(database, 1)
    const up = nextChange(database, 'up')
    process.kill(pid, 'SIGKILL')
    assert.notEqual(await up, pid)
    assert.deepEqual(await read(database), [1])
  })

  it('leaves one that was started otherwise, which is stopped and started anew', onlyWhenLong, async () => {
    using folder = makeFolder()
    const pid = await orphan(folder)
    const record = JSON.parse(readFileSync(folder.within('home', 'postgres.json'), 'utf8')) as { data: string }
    writeFileSync(join(record.data, '..', 'local.conf'), `work_mem = '5MB'\nfsync = off\n`)
    await using database = await open(folder)
    assert.notEqual(pidOf(database), pid)
    assert.equal(isAlive(pid), false)
    const [row] = await ask(
      database.connection('read'),
      (sql) => sql`select current_setting('work_mem') as memory, current_setting('fsync') as sync`,
    )
    assert.deepEqual({ ...row }, { memory: '5MB', sync: 'on' })
  })

  it('may take PostgreSQL with it, and a process of somebody else may have its pid by then', onlyWhenLong, async () => {
    using folder = makeFolder()
    const pid = await orphan(folder)
    process.kill(pid, 'SIGKILL')
    await until(() => !isAlive(pid))
    const record = JSON.parse(readFileSync(folder.within('home', 'postgres.json'), 'utf8')) as { data: string }
    const path = join(record.data, 'postmaster.pid')
    const [, ...rest] = readFileSync(path, 'utf8').split('\n')
    // Of the same user: PostgreSQL itself passes over any other.
    const { uid, gid } = statSync(record.data)
    const stranger = spawn('sleep', ['600'], { uid, gid })
    for (const file of [path, join(rest[3] ?? '', '.s.PGSQL.5432.lock')]) {
      assert.equal(Number.parseInt(readFileSync(file, 'utf8'), 10), pid)
      writeFileSync(file, [String(stranger.pid), ...rest].join('\n'))
    }
    try {
      await using database = await open(folder)
      assert.notEqual(pidOf(database), stranger.pid)
      await write(database, 1)
      assert.deepEqual(await read(database), [1])
      assert.equal(stranger.exitCode, null)
    } finally {
      stranger.kill('SIGKILL')
      await once(stranger, 'close')
    }
  })

  it('leaves nothing half done when it dies while the database is made', onlyWhenLong, async () => {
    using folder = makeFolder()
    {
      await using holder = hold(foldersIn(folder))
      await until(() => scratchIn(folder).length > 0)
      holder.process.kill('SIGKILL')
      await once(holder.process, 'close')
    }
    {
      await using database = await open(folder)
      await write(database, 1)
    }
    // An initdb that outlived its server may have gone on writing during that start; the next clears what it left.
    await until(() => !isNamedByProcess('new.', folder))
    await using database = await open(folder)
    assert.deepEqual(scratchIn(folder), [])
    await write(database, 2)
  })

  it('may die before the roles are made: the next makes them', async () => {
    using folder = makeFolder()
    await orphan(folder)
    const path = folder.within('home', 'postgres.json')
    const record = JSON.parse(readFileSync(path, 'utf8')) as object
    writeFileSync(path, JSON.stringify({ ...record, passwords: '' }))
    await using database = await open(folder)
    await write(database, 1)
  })
})

describe('two that open the same folder', onlyWhenLong, () => {
  it('come to use one PostgreSQL', async () => {
    using folder = makeFolder()
    await (await open(folder))[Symbol.asyncDispose]()
    await using one = hold(foldersIn(folder))
    await using other = hold(foldersIn(folder))
    const pids = await Promise.all([one.pid, other.pid])
    assert.equal(pids[0], pids[1])
  })
})

describe('a database that cannot be started', () => {
  it('is refused with the reason that PostgreSQL gave', async () => {
    using folder = makeFolder()
    const database = await open(folder)
    const { data } = database.place() ?? assert.fail()
    await database[Symbol.asyncDispose]()
    writeFileSync(join(data, '..', 'local.conf'), `shared_buffers = 'much'\n`)
    await assert.rejects(open(folder), (error: Error & { code?: string }) => {
      assert.equal(error.code, 'store.start-failed')
      assert.match(error.message, /shared_buffers/)
      return true
    })
  })

  it('is tried again and again when it ran before, and comes back once it can', onlyWhenLong, async () => {
    using folder = makeFolder()
    const log = listenTo()
    await using database = await open(folder, { log })
    const { data, pid } = database.place() ?? assert.fail()
    const path = join(data, 'pg_hba.conf')
    renameSync(path, `${path}.away`)
    const up = nextChange(database, 'up')
    process.kill(pid, 'SIGKILL')
    await until(() => log.said.filter(({ message }) => /could not be started/.test(message)).length >= 2)
    renameSync(`${path}.away`, path)
    await up
    await write(database, 1)
    const reasons = log.said.map(({ about }) => ('err' in about ? String(about.err) : ''))
    assert.match(reasons.join('\n'), /pg_hba\.conf/)
  })

  it('can be closed while it is being tried', onlyWhenLong, async () => {
    using folder = makeFolder()
    const log = listenTo()
    const database = await open(folder, { log })
    const { data, pid } = database.place() ?? assert.fail()
    renameSync(join(data, 'pg_hba.conf'), join(data, 'away'))
    process.kill(pid, 'SIGKILL')
    await until(() => log.said.some(({ message }) => /could not be started/.test(message)))
    await database[Symbol.asyncDispose]()
    assert.equal(existsSync(join(data, 'postmaster.pid')), false)
  })
})
