import assert from 'node:assert/strict'
import { writeFileSync, rmSync } from 'node:fs'
import { after, before, describe, it } from 'node:test'
import type { Database } from '../../src/store/database.ts'
import { migrate, migrationState } from '../../src/store/migrate.ts'
import { type Folder, ask, makeFolder, open } from './setting.ts'

describe('migrations', () => {
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

  const file = (name: string, text: string): void => writeFileSync(folder.within(name), text)
  const bring = () => migrate(database.connection('migrate'), folder.path)
  const rows = () =>
    ask(database.connection('migrate'), (sql) => sql`select number, name from hearth.migrations order by number`)
  const count = async (relation: string): Promise<number> =>
    (await ask(database.connection('migrate'), (sql) => sql`select 1 from pg_class where relname = ${relation}`)).length

  it('are applied once, in order, each with its row', async () => {
    file('0002-more.sql', `insert into hearth.first values (2); create table hearth.second (i int);`)
    file('0001-first.sql', `create table hearth.first (i int);\r\ngrant select on hearth.first to {{read}};`)
    file('notes.md', 'not a migration')
    assert.deepEqual(await bring(), { applied: ['0001-first.sql', '0002-more.sql'] })
    assert.deepEqual(await bring(), { applied: [] })
    assert.deepEqual(
      (await rows()).map((row) => ({ ...row })),
      [
        { number: 1, name: '0001-first.sql' },
        { number: 2, name: '0002-more.sql' },
      ],
    )
    const seen = await ask(database.connection('read'), (sql) => sql`select i from hearth.first`)
    assert.deepEqual(
      seen.map(({ i }) => i),
      [2],
    )
  })

  it('read the same whichever way their lines end', async () => {
    file('0001-first.sql', `create table hearth.first (i int);\ngrant select on hearth.first to {{read}};`)
    assert.deepEqual(await bring(), { applied: [] })
  })

  it('are told without being applied', async () => {
    const state = () => migrationState(database.connection('migrate'), folder.path)
    const applied = ['0001-first.sql', '0002-more.sql']
    assert.deepEqual(await state(), { applied, pending: [] })
    file('0003-third.sql', `create table hearth.third (i int);`)
    assert.deepEqual(await state(), { applied, pending: ['0003-third.sql'] })
    assert.equal(await count('third'), 0)
    assert.deepEqual(await migrationState(null, folder.path), { applied: [], pending: [...applied, '0003-third.sql'] })
  })

  it('leave nothing of one that fails', async () => {
    file('0003-third.sql', `create table hearth.third (i int);`)
    file('0004-broken.sql', `create table hearth.fourth (i int); select 1 / 0;`)
    await assert.rejects(bring(), { code: 'store.migration-failed', message: /0004-broken\.sql.*division by zero/ })
    assert.deepEqual([await count('third'), await count('fourth')], [1, 0])
    file('0004-broken.sql', `create table hearth.fourth (i int);`)
    assert.deepEqual(await bring(), { applied: ['0004-broken.sql'] })
  })

  it('are applied once though several servers bring them at the same time', async () => {
    file('0005-slow.sql', `create table hearth.fifth (i int); select pg_sleep(0.2);`)
    const all = await Promise.all([bring(), bring(), bring()])
    assert.deepEqual(
      all.flatMap(({ applied }) => applied),
      ['0005-slow.sql'],
    )
  })

  it('are refused when one was changed, removed, or came late', async () => {
    file('0003-third.sql', `create table hearth.third (j int);`)
    await assert.rejects(bring(), { code: 'store.migration-changed', message: /0003-third\.sql/ })
    rmSync(folder.within('0003-third.sql'))
    await assert.rejects(bring(), { code: 'store.migration-changed', message: /0003-third\.sql/ })
    file('0003-third.sql', `create table hearth.third (i int);`)
    assert.deepEqual(await bring(), { applied: [] })
    file('0000-late.sql', `create table hearth.late (i int);`)
    await assert.rejects(bring(), { code: 'store.migration-changed', message: /0000-late\.sql/ })
    rmSync(folder.within('0000-late.sql'))
  })

  it('are refused when the database is further than the server', async () => {
    rmSync(folder.within('0005-slow.sql'))
    await assert.rejects(bring(), { code: 'store.newer-than-server', message: /0005-slow\.sql/ })
    file('0005-slow.sql', `create table hearth.fifth (i int); select pg_sleep(0.2);`)
  })

  it('need names with numbers of their own', async () => {
    for (const name of ['0005-double.sql', 'six.sql']) {
      file(name, 'select 1')
      await assert.rejects(bring(), { code: 'store.migration-malformed' })
      rmSync(folder.within(name))
    }
  })
})
