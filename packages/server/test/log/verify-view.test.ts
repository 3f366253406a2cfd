// shows: B10
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { after, before, test } from 'node:test'
import { masterKey, type View } from '@hearth/kernel'
import { verifyView } from '../../src/store/verify-view.ts'
import { at, ledger, ledgerView } from './ledger-actor.ts'
import { command, openStore, type TestStore } from './store.ts'

const master = masterKey(randomBytes(32))
const homes = 40
let store: TestStore
before(async () => {
  store = await openStore([ledger])
  const kernel = store.kernel({ actors: [ledger], master })
  await kernel.start()
  await Promise.all(
    Array.from({ length: homes * 30 }, (_, index) =>
      kernel.submit(
        command(at(`home ${index % homes}`), { type: 'write', text: `half a pair \ud83d, ${index}` } as never),
      ),
    ),
  )
  await kernel.stop()
})
after(() => store[Symbol.asyncDispose]())

const verify = () =>
  verifyView({
    connection: store.database.connection('read'),
    master,
    tenant: 'main',
    view: ledgerView as unknown as View,
    actors: [ledger],
  })

test('a view that is what the log leads to has no difference', async () => {
  assert.deepEqual(await verify(), { rows: homes, different: 0 })
})

test('a row that was changed, one that is missing and one too many are each counted', async () => {
  const sql = store.as('commit')
  await sql`update hearth.view_ledger_1 set lines = lines + 1 where home = 'home 1'`
  assert.deepEqual(await verify(), { rows: homes, different: 1 })
  await sql`update hearth.view_ledger_1 set last = null where home = 'home 2'`
  await sql`delete from hearth.view_ledger_1 where home = 'home 3'`
  await sql`insert into hearth.view_ledger_1 (tenant, home, key, lines, last) values ('main', 'nowhere', 'one', 1, '')`
  assert.deepEqual(await verify(), { rows: homes, different: 4 })
})

test('a home whose key is damaged is told as different, and the rest is compared', async () => {
  const before_ = await verify()
  await store.as('commit')`update hearth.home_keys set wrapped = '\\x00' where home = 'home 9'`
  assert.deepEqual(await verify(), { rows: before_.rows, different: before_.different + 1 })
})

test('another tenant has none of it', async () => {
  const options = { connection: store.database.connection('read'), master, view: ledgerView as unknown as View }
  assert.deepEqual(await verifyView({ ...options, tenant: 'other', actors: [ledger] }), { rows: 0, different: 0 })
})
