// shows: B10
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { after, before, test } from 'node:test'
import { masterKey, type Actor, type Kernel, type View } from '@hearth/kernel'
import { features } from '@hearth/features'
import { verifyView } from '../../src/store/verify-view.ts'
import { noArchive } from '../../src/store/archive/archive.ts'
import { rebuildView, type Boundary } from '../../src/store/views/rebuild.ts'
import { createViewKeeper } from '../../src/store/views/view-keeper.ts'
import { at, ledger, ledgerView } from './ledger-actor.ts'
import { command, openStore, until, type TestStore } from './store.ts'

const person = features.flatMap(({ actors }) => actors).find(({ kind }) => kind === 'person') as Actor
const actors = [ledger, person]
const view = ledgerView as unknown as View
const master = masterKey(randomBytes(32))
const homes = 12
let store: TestStore
let kernel: Kernel
before(async () => {
  store = await openStore(actors)
  kernel = store.kernel({ actors, master })
  await kernel.start()
  await writeAll('before')
})
after(async () => {
  await kernel.stop()
  await store[Symbol.asyncDispose]()
})

const write = (home: string, text: string) => kernel.submit(command(at(home), { type: 'write', text } as never))
const writeAll = (text: string) =>
  Promise.all(Array.from({ length: homes * 20 }, (_, index) => write(`home ${index % homes}`, `${text} ${index}`)))
const forget = (home: string) =>
  kernel.submit(command({ tenant: 'main', home, kind: 'person', id: 'self' }, { type: 'forget' }, { alone: true }))
const rebuild = (
  boundaries: Partial<Record<Boundary, () => Promise<unknown>>> = {},
  actorsHeld = 1000,
  ifMissing = false,
) =>
  rebuildView({
    ifMissing,
    connection: store.database.connection('commit'),
    tenants: ['main'],
    master,
    view,
    actors,
    actorsHeld,
    at: async (boundary) => void (await boundaries[boundary]?.()),
  })
const verify = () => verifyView({ connection: store.database.connection('read'), master, tenant: 'main', view, actors })

test('what is damaged is as the log tells again', async () => {
  const sql = store.as('commit')
  await sql`update hearth.view_ledger_1 set lines = 0 where home < 'home 2'`
  await sql`delete from hearth.view_ledger_1 where home = 'home 3'`
  await sql`insert into hearth.view_ledger_1 (tenant, home, key, lines) values ('main', 'nowhere', 'one', 1)`
  assert.ok((await verify()).different > 3)
  const { rows, events, kept } = await rebuild()
  assert.deepEqual([rows, events, kept], [homes, homes * 20, 0])
  assert.deepEqual(await verify(), { rows: homes, different: 0 })
})

for (const [name, held] of [
  ['', 1000],
  [', also where hardly any of its actors are held', 2],
] as const)
  test(`what is committed at any moment of a rebuild is in it${name}`, async () => {
    const written: Promise<unknown>[] = []
    const boundaries = {
      begun: () => write('home 1', 'after it began'),
      filled: () => Promise.all([writeAll('after it was filled'), write(`born meanwhile ${held}`, 'one')]),
      locking: () => Promise.all([write('home 3', 'before the lock'), write(`born just before ${held}`, 'one')]),
      // These wait for the exchange, and must not be waited for.
      locked: async () => void written.push(write('home 2', 'under the lock'), write(`born late ${held}`, 'one')),
      'caught up': async () => void written.push(write('home 4', 'behind the lock')),
    }
    const { rows } = await verify()
    await rebuild(boundaries, held)
    await Promise.all(written)
    assert.deepEqual(await verify(), { rows: rows + 3, different: 0 })
  })

test('a rebuild under load equals the log', async () => {
  let going = true
  const loading = (async () => {
    for (let round = 0; going; round += 1)
      await Promise.all(Array.from({ length: homes }, (_, index) => write(`home ${index}`, `round ${round}`)))
  })()
  for (let times = 0; times < 3; times += 1) await rebuild()
  going = false
  await loading
  assert.equal((await verify()).different, 0)
})

test('whoever is forgotten meanwhile is not in it, and begins anew', async () => {
  const later: Promise<unknown>[] = []
  for (const home of ['gone early', 'gone late', 'gone at last']) await write(home, 'secret')
  await rebuild({
    filled: async () => {
      await forget('gone early')
      await forget('gone late')
      await write('gone late', 'anew')
    },
    locked: async () => void later.push(forget('gone at last')),
  })
  await Promise.all(later)
  const rows = await store.as('read')`
    select home, lines::integer, last from hearth.view_ledger_1 where home like 'gone%' order by home`
  assert.deepEqual([...rows], [{ home: 'gone late', lines: 1, last: 'anew' }])
  assert.equal((await verify()).different, 0)
})

test('one that ends at any boundary leaves the view as it was, and the next does all', async () => {
  const before_ = await verify()
  for (const boundary of ['begun', 'filled', 'locking', 'locked', 'caught up'] as const) {
    const stopped = new Error('stopped')
    await assert.rejects(rebuild({ [boundary]: () => Promise.reject(stopped) }), stopped)
    assert.deepEqual(await verify(), before_)
    const [left] = await store.as('commit')`select count(*) as rows from hearth.shadow_ledger_1`
    assert.equal(Number(left?.['rows']), 0, 'nothing that it wrote stays')
    assert.equal((await write('home 5', boundary)).status, 200)
  }
  await rebuild()
  assert.deepEqual(await verify(), before_)
})

test('one that is killed, or cut off, leaves nothing in clear for long', async () => {
  const quiet = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined }
  const sql = store.as('commit')
  const cut = async () =>
    void (await sql`
      select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'hearth-rebuild'`)
  const keeper = () =>
    createViewKeeper({
      connection: (role) => store.database.connection(role),
      tenants: () => ['main'],
      archive: noArchive(),
      master,
      views: [view],
      actors,
      log: quiet,
      sequences: () => new Map(),
      at: async (boundary) => void (boundary === 'filled' && (await cut())),
    })
  const left = async () => {
    const [found] = await sql`select count(*)::integer as rows from hearth.shadow_ledger_1`
    return found?.['rows']
  }
  const before_ = await verify()
  await assert.rejects(rebuild({ filled: cut }))
  assert.equal(await left(), before_.rows, 'whoever is killed leaves what was written')
  {
    await using starting = keeper()
    await starting.start()
    await until(async () => (await left()) === 0, 'the next start empties it')
    await assert.rejects(starting.rebuild('ledger') as Promise<unknown>)
    await until(async () => (await left()) === 0, 'it is emptied by whom it failed for')
  }
  await rebuild({
    filled: async () => {
      await using beside = keeper()
      await beside.start()
      await new Promise((resolve) => setTimeout(resolve, 200))
      assert.equal(await left(), before_.rows, 'one that goes on keeps what it wrote')
    },
  })
  assert.deepEqual(await verify(), before_)
})

test('a reader that stays is not waited for with writers behind', async () => {
  const reader = store.as('read')
  await reader`begin`
  await reader`select count(*) from hearth.view_ledger_1`
  let tries = 0
  await rebuild({
    'caught up': async () => {
      tries += 1
      if (tries === 2) await reader`commit`
      if (tries === 1) void write('home 6', 'while a reader stays')
    },
  })
  assert.ok(tries >= 2)
  assert.equal((await verify()).different, 0)
})

test('a backup that is being made is waited for', async () => {
  const backup = store.as('migrate')
  await backup`select pg_advisory_lock_shared(hashtextextended('hearth backup', 0))`
  let tries = 0
  await rebuild({
    locking: async () => {
      tries += 1
      if (tries === 2) await backup`select pg_advisory_unlock_all()`
    },
  })
  assert.equal(tries, 2)
})

test('of several processes that find it missing one builds it, and the others hear when it is there', async () => {
  await store.as('migrate')`update hearth.views set ready = false where name = ${view.name}`
  const built = await Promise.all([1, 2, 3].map(() => rebuild({}, 1000, true)))
  assert.equal(new Set(built.map(({ rows }) => rows)).size, 1)
  assert.deepEqual(built.map(({ events }) => events > 0).toSorted(), [false, false, true])
  assert.equal((await verify()).different, 0)
})

test('a home whose key is damaged keeps what it has', async () => {
  const sql = store.as('commit')
  const [{ wrapped } = { wrapped: Buffer.of() }] = await sql<{ wrapped: Buffer }[]>`
    select wrapped from hearth.home_keys where home = 'home 9'`
  const lines = async () =>
    (await sql`select lines::integer from hearth.view_ledger_1 where home = 'home 9'`)[0]?.['lines']
  const had = (await lines()) as number
  await sql`update hearth.home_keys set wrapped = '\\x00' where home = 'home 9'`
  const { kept } = await rebuild()
  assert.deepEqual([kept, await lines()], [1, had])
  await sql`update hearth.home_keys set wrapped = ${wrapped} where home = 'home 9'`
  assert.equal((await verify()).different, 0)
})

test('roles that may not exchange views cannot', async () => {
  await assert.rejects(store.as('read')`select hearth.exchange_view('ledger', 1)`, { code: '42501' })
  await assert.rejects(store.as('commit')`select hearth.begin_shadow('ledger; drop', 1)`, { code: 'HE002' })
})
