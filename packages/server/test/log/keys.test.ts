// shows: H1
import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { after, before, test } from 'node:test'
import type { Kernel } from '@hearth/kernel'
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

test('days are dropped whole when their keys have served', async () => {
  const sql = store.as('commit')
  const today = Math.floor(Date.now() / 86_400_000)
  await sql`select hearth.keep_days(${today + 9})`
  const days = await store.as('migrate')<{ name: string }[]>`
    select c.relname as name from pg_inherits i join pg_class c on c.oid = i.inhrelid where i.inhparent = 'hearth.keys'::regclass order by 1`
  assert.equal(days[0]?.name, `keys_${today + 1}`)
  assert.equal(days.at(-1)?.name, `keys_${today + 11}`)
})
