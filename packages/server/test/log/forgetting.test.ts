// shows: D13
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { chained, genesis, type Actor, type Kernel } from '@hearth/kernel'
import { formatAddress } from '@hearth/protocol'
import { features } from '@hearth/features'
import { addressOf } from '../../src/store/address-of.ts'
import { toLogRow } from '../../src/store/log-load.ts'
import { at, ledger } from './ledger-actor.ts'
import { command, openStore, type TestStore } from './store.ts'

const person = features.flatMap(({ actors }) => actors).find(({ kind }) => kind === 'person') as Actor
const actors = [{ ...ledger, shape: 1 } as Actor, person]
let store: TestStore
let kernel: Kernel
before(async () => {
  store = await openStore(actors)
  kernel = store.kernel({ actors, settings: { snapshotAfter: 3 } })
  await kernel.start()
})
after(async () => {
  await kernel.stop()
  await store[Symbol.asyncDispose]()
})

const write = (home: string, text: string) =>
  kernel.submit(command(at(home), { type: 'write', text } as { readonly type: string }))
const forget = (home: string) =>
  kernel.submit(command({ tenant: 'main', home, kind: 'person', id: 'self' }, { type: 'forget' }, { alone: true }))

test('what comes in one batch with a forgetting is decided in its order: before it is gone, after it stays', async () => {
  const before = Array.from({ length: 40 }, (_, index) => write('batch', `before ${index}`))
  const others = Array.from({ length: 10 }, (_, index) => write('other', `other ${index}`))
  const forgetting = forget('batch')
  const afterwards = Array.from({ length: 5 }, (_, index) => write('batch', `after ${index}`))
  const replies = await Promise.all([...before, ...others, forgetting, ...afterwards])
  assert.deepEqual([...new Set(replies.map(({ status }) => status))], [200])
  await kernel.stop()
  kernel = store.kernel({ actors })
  await kernel.start()

  const sql = store.as('read')
  const rows = await sql`select home, lines::integer from hearth.view_ledger_1 order by home`
  assert.deepEqual(
    rows.map(({ home, lines }) => [home, lines]),
    [
      ['batch', 5],
      ['other', 10],
    ],
  )
  assert.equal((await write('batch', 'once more')).body, '6')
  const [key] = await sql`select since from hearth.home_keys where home = 'batch'`
  assert.ok(Number(key?.['since']) > 40)
})

test('an answer that was kept is told no more, and a fresh key has its own', async () => {
  const keyed = () => ({ scope: crypto.randomUUID(), hash: crypto.randomUUID() })
  const [before, afterwards] = [keyed(), keyed()]
  const writeKept = (key: typeof before) =>
    kernel.submit(command(at('kept'), { type: 'write', text: 'kept' } as { readonly type: string }, { key }))
  assert.equal((await writeKept(before)).body, '1')
  await forget('kept')
  assert.equal((await writeKept(afterwards)).body, '1')
  for (let start = 0; start < 2; start += 1) {
    const told = await writeKept(before)
    assert.deepEqual([told.body, told.replayed], ['idempotency.answer-forgotten', false])
    assert.deepEqual([(await writeKept(afterwards)).body, (await writeKept(afterwards)).replayed], ['1', true])
    await kernel.stop()
    kernel = store.kernel({ actors })
    await kernel.start()
  }
  assert.equal((await write('kept', 'next')).body, '2')
})

test('the chain of a slot verifies over what was forgotten', async () => {
  await write('chained', 'one')
  await forget('chained')
  await write('chained', 'two')
  const sql = store.as('read')
  const slots = await sql`select slot, head from hearth.slots where sequence > 0`
  assert.ok(slots.length >= 3)
  for (const { slot, head } of slots) {
    const rows = await sql`select l.*, a.home, a.kind, a.id from hearth.log l join hearth.actors a using (actor)
      where l.slot = ${slot as number} order by sequence`
    let led = genesis
    for (const row of rows) led = chained(led, toLogRow(row), formatAddress(addressOf(row)))
    assert.equal(led.equals(head as Buffer), true, `slot ${slot}`)
  }
})
