// shows: B10
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { Kernel } from '@hearth/kernel'
import { batchOf } from './batches.ts'
import { at, ledger } from './ledger-actor.ts'
import { createPostgresLog } from '../../src/store/log.ts'
import { command, openStore, until, type TestStore } from './store.ts'

// Ownership is moved by force while its owner commits: what the former one was told is there once, and it never writes again.

let store: TestStore
before(async () => {
  store = await openStore([ledger])
})
after(() => store[Symbol.asyncDispose]())

const write = (home: string, text: string) => command(at(home), { type: 'write', text } as { readonly type: string })

async function rowsOf(where: string): Promise<number> {
  const [row] = await store.as('read').unsafe(`
    select count(*) as n from hearth.log join hearth.actors using (actor) where types = 'ledger.written' and ${where}`)
  return Number(row?.['n'])
}

async function assertWholeSlots(): Promise<void> {
  const [row] = await store.as('read')`
    select count(*) filter (where sequence <> expected) as broken from (
      select sequence, coalesce(lag(sequence + events) over (partition by slot order by sequence), 1) as expected from hearth.log) l`
  assert.equal(row?.['broken'], '0')
}

interface Owner {
  readonly kernel: Kernel
  fenced: number
}

async function own(): Promise<Owner> {
  const owner: Owner = {
    kernel: store.kernel({ actors: [ledger], onFenced: () => (owner.fenced += 1) }),
    fenced: 0,
  }
  await owner.kernel.start()
  return owner
}

test('owners who take the slots from one another under load', async () => {
  const rounds = 12
  const owners = [await own()]
  let acknowledged = 0
  let going = true
  const clients = Array.from({ length: 16 }, async (_, client) => {
    for (let number = 0; going; number += 1) {
      const { kernel } = owners.at(-1) as Owner
      const reply = await kernel
        .submit(write(`load-${(client + number) % 40}`, `${client}.${number}`))
        .catch(() => null)
      if (reply?.status === 200) acknowledged += 1
      else await new Promise((resolve) => setTimeout(resolve, 5))
    }
  })
  for (let round = 0; round < rounds; round += 1) {
    const seen = acknowledged
    await until(() => acknowledged > seen + 40, 'the owner commits')
    const former = owners.at(-1) as Owner
    owners.push(await own())
    const stale = Array.from({ length: 20 }, (_, index) => former.kernel.submit(write(`stale-${index}`, 'too late')))
    assert.deepEqual(
      (await Promise.allSettled(stale)).map(({ status }) => status),
      stale.map(() => 'rejected'),
    )
  }
  going = false
  await Promise.all(clients)
  assert.equal(await rowsOf(`home like 'load-%'`), acknowledged)
  assert.equal(await rowsOf(`home like 'stale-%'`), 0)
  const last = owners.pop() as Owner
  await until(() => owners.every(({ fenced }) => fenced > 0), 'every former owner knows')
  assert.equal(last.fenced, 0)
  await assertWholeSlots()
  for (const { kernel } of owners) await kernel.stop()
  await last.kernel.stop()
})

test('what is sent with an old epoch changes nothing, whatever it holds and however often', async () => {
  const log = createPostgresLog(
    () => store.database.connection('commit'),
    () => ['main'],
  )
  await using one = log.writer('one')
  await using other = log.writer('other')
  const slot = 201
  let [held] = await one.claim([slot], 'take')
  const stale = []
  for (let round = 0; round < 20; round += 1) {
    assert.ok(held !== undefined)
    stale.push(held)
    // The one appends while the other claims: before the claim it is in, after it it is not.
    const [owner, rival] = round % 2 === 0 ? [one, other] : [other, one]
    const [outcome, claimed] = await Promise.all([
      owner.append(batchOf(held, 0, { references: [{ tenant: 'main', name: 'last', data: String(round) }] })),
      rival.claim([slot], 'take'),
    ])
    assert.match(outcome.type, /^(committed|fenced)$/)
    held = claimed[0]
    for (const former of stale) {
      const batch = batchOf(former, 0, { references: [{ tenant: 'main', name: 'stale', data: '"written"' }] })
      assert.equal((await owner.append(batch)).type, 'fenced')
      assert.equal((await rival.append(batch)).type, 'fenced')
    }
  }
  assert.equal(
    (await log.references()).some(({ name }) => name === 'stale'),
    false,
  )
})
