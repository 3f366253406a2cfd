// shows: D13
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { slotOf } from '@hearth/kernel'
import { createShares, slotsOf } from '../../src/shares.ts'
import { at, ledger } from './ledger-actor.ts'
import { command, holdLog, openStore, until, type TestStore } from './store.ts'

let store: TestStore
before(async () => {
  store = await openStore([ledger])
})
after(() => store[Symbol.asyncDispose]())

/** A home of each share, of two. */
const homes = [0, 1].map((share) => {
  const names = Array.from({ length: 100 }, (_, index) => `home-${index}`)
  return names.find((home) => slotOf('main', home) % 2 === share) as string
})
const write = (home: string) => command(at(home), { type: 'write', text: 'x' } as { readonly type: string })

test('a process turns a tenant away when all that it serves is crowded, counts it, and lets in again what comes after', async () => {
  const inbox = { count: 1000, bytes: 1_000_000, crowd: { count: 5, waitedMs: 20, lastedMs: 50, calmMs: 100 } }
  const shares = createShares(2, (share) =>
    store.kernel({
      actors: [ledger],
      owner: 'crowd',
      slots: slotsOf(share, 2),
      lanes: 1,
      settings: { inbox, patienceMs: 60_000 },
    }),
  )
  await shares.take(0)
  await shares.take(1)
  const submit = (share: number) => shares.kernelOf(share)?.submit(write(homes[share] as string)) ?? Promise.reject()
  const refused = (): number => shares.lanes().reduce((sum, lane) => sum + lane.refused, 0)
  const release = await holdLog(store)
  const waiting: ReturnType<typeof submit>[] = []
  /** The first is being committed, and the lock holds it; the others wait behind it. */
  const fill = async (share: number): Promise<void> => {
    waiting.push(submit(share))
    await until(() => shares.kernelOf(share)?.lanes()[0]?.count === 0, 'the first is taken')
    for (let more = 0; more < 10; more += 1) waiting.push(submit(share))
    await until(() => shares.kernelOf(share)?.room('main') !== Infinity, 'it floods its share')
  }
  await fill(0)
  // What goes to the other share would not wait.
  assert.deepEqual([shares.turnsAway('main'), refused()], [false, 0])
  await fill(1)
  assert.deepEqual([shares.turnsAway('main'), shares.turnsAway('another')], [true, false])
  assert.equal(refused(), 1)
  await assert.rejects(submit(1), { code: 'inbox.full', retryAfterSeconds: 1 })
  assert.equal(refused(), 2)
  await release()
  const numbers = Array.from({ length: 11 }, (_, index) => index + 1)
  const lines = (await Promise.all(waiting)).map((reply) => Number(reply.body))
  assert.deepEqual(lines, [...numbers, ...numbers])
  assert.equal(shares.turnsAway('main'), false)
  assert.equal((await submit(0)).body, '12')
  await shares.giveAll()
  assert.equal(shares.turnsAway('main'), false)
})
