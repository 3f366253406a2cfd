// shows: H1
import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { after, before, test } from 'node:test'
import type { Kernel } from '@hearth/kernel'
import { createTurns } from '../../src/store/key-days.ts'
import { at, ledger } from './ledger-actor.ts'
import { command, openStore, type TestStore } from './store.ts'

let store: TestStore
let kernel: Kernel
before(async () => {
  store = await openStore([ledger])
  kernel = store.kernel({ actors: [ledger] })
  await kernel.start()
})
after(async () => {
  await kernel.stop()
  await store[Symbol.asyncDispose]()
})

const write = (home: string, text: string, key: { readonly scope: string; readonly hash: string }) =>
  command(at(home), { type: 'write', text } as { readonly type: string }, { key })

test('the same key gives the same answer and writes once, also from another kernel', async () => {
  const key = { scope: randomUUID(), hash: randomUUID() }
  const first = await kernel.submit(write('keys', 'a', key))
  const second = await kernel.submit(write('keys', 'a', key))
  assert.deepEqual([first.body, first.replayed], ['1', false])
  assert.deepEqual([second.body, second.status, second.replayed], ['1', 200, true])
  await kernel.stop()
  kernel = store.kernel({ actors: [ledger] })
  await kernel.start()
  const third = await kernel.submit(write('keys', 'a', key))
  assert.deepEqual([third.body, third.replayed], ['1', true])
  const fresh = await kernel.submit(write('keys', 'b', { scope: randomUUID(), hash: key.hash }))
  assert.equal(fresh.body, '2')
})

test('the same key with another input is refused, in any home', async () => {
  const key = { scope: randomUUID(), hash: randomUUID() }
  await kernel.submit(write('reused', 'a', key))
  for (const home of ['reused', 'elsewhere', 'somewhere']) {
    const reply = await kernel.submit(write(home, 'b', { ...key, hash: randomUUID() }))
    assert.equal(reply.body, 'idempotency.key-reused')
  }
  const untouched = await kernel.submit(write('elsewhere', 'c', { scope: randomUUID(), hash: randomUUID() }))
  assert.equal(untouched.body, '1')
})

const today = () => Math.floor(Date.now() / 86_400_000)

const days = async (): Promise<readonly number[]> => {
  const rows = await store.as('migrate')<{ day: number }[]>`
    select substring(c.relname from 6)::integer as day from pg_inherits i join pg_class c on c.oid = i.inhrelid
     where i.inhparent = 'hearth.keys'::regclass order by 1`
  return rows.map(({ day }) => day)
}

test('days are dropped whole when their keys have served, and on no clock alone', async () => {
  const sql = store.as('commit')
  const now = today()
  for (const past of [9, 8, 30]) await sql`select hearth.keep_days(${now - past})`
  await sql`select hearth.drop_days(${now - 100})`
  assert.ok((await days()).includes(now - 30), 'a clock that is behind drops nothing')
  await sql`select hearth.drop_days(${now + 400})`
  assert.equal((await days())[0], now - 8, 'a clock that ran ahead drops no more than the database sees over')
  assert.equal((await days()).at(-1), now + 2)
})

test('a reader in the middle of a transaction holds up neither new days nor commits', async () => {
  const reader = store.as('read')
  const sql = store.as('commit')
  await sql`select hearth.keep_days(${today() - 20})`
  await reader.begin(async (inner) => {
    await inner`select count(*) from hearth.keys`
    await sql`select hearth.keep_days(${today() + 60})`
    await assert.rejects(sql`select hearth.drop_days(${today()})`, { code: '55P03' })
    const reply = await kernel.submit(write('beside', 'a', { scope: randomUUID(), hash: randomUUID() }))
    assert.equal(reply.status, 200)
  })
  await sql`select hearth.drop_days(${today()})`
  assert.equal((await days())[0], today() - 8)
})

test('a date counts for dropping when it has stood for an hour', async () => {
  const done: string[] = []
  const note = (what: string) => (day: number) => Promise.resolve(void done.push(`${what} ${day}`))
  const { turn } = createTurns({ make: note('make'), drop: note('drop') })
  const minute = 60_000
  await turn(10, 0)
  await turn(10, 59 * minute)
  await turn(99, 60 * minute)
  await turn(10, 61 * minute)
  await turn(10, 120 * minute)
  await turn(10, 121 * minute)
  await turn(10, 122 * minute)
  assert.deepEqual(done, ['make 10', 'make 99', 'make 10', 'drop 10'])
})
