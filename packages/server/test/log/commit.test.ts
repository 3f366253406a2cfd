// shows: B10
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { createPostgresLog } from '../../src/store/log.ts'
import { at, ledger } from './ledger-actor.ts'
import { command, nothing, openStore, until, type TestStore } from './store.ts'

let store: TestStore
before(async () => {
  store = await openStore([ledger])
})
after(() => store[Symbol.asyncDispose]())

const linesOf = async (home: string): Promise<number> => {
  const [row] = await store.as('read')<{ lines: string }[]>`select lines from hearth.view_ledger_1 where home = ${home}`
  return Number(row?.lines ?? 0)
}

const write = (home: string, text: string, ask = false) =>
  command(at(home), { type: 'write', text, ask } as { readonly type: string })

test('what a kernel acknowledged is what the next one finds [B10]', async () => {
  const first = store.kernel({ actors: [ledger], effects: [nothing] })
  await first.start()
  const replies = await Promise.all(
    Array.from({ length: 300 }, (_, index) => first.submit(write(`again-${index % 7}`, `line ${index}`))),
  )
  assert.ok(replies.every((reply) => reply.status === 200 && reply.position !== null))
  await first.stop()
  const second = store.kernel({ actors: [ledger], effects: [nothing] })
  await second.start()
  const reply = await second.submit(write('again-0', 'one more'))
  assert.equal(reply.body, '44')
  await second.stop()
})

test('positions of a slot have no gap and no double', async () => {
  const kernel = store.kernel({ actors: [ledger] })
  await kernel.start()
  await Promise.all(Array.from({ length: 500 }, (_, index) => kernel.submit(write(`gap-${index % 20}`, 'x'))))
  await kernel.stop()
  const sql = store.as('read')
  const [row] = await sql<{ broken: string; rows: string }[]>`
    select count(*) as rows, count(*) filter (where sequence <> expected) as broken from (
      select sequence, coalesce(lag(sequence + events) over (partition by slot order by sequence), 1) as expected from hearth.log) l`
  const [behind] = await sql<{ n: string }[]>`
    select count(*) as n from hearth.slots s where s.sequence <> coalesce((select max(sequence + events - 1) from hearth.log l where l.slot = s.slot), 0)`
  assert.ok(Number(row?.rows) >= 500)
  assert.equal(row?.broken, '0')
  assert.equal(behind?.n, '0')
})

test('a server whose slots were taken can never write again', async () => {
  let fenced = 0
  const old = store.kernel({ actors: [ledger], onFenced: () => (fenced += 1) })
  await old.start()
  await old.submit(write('fence', 'mine'))
  const next = store.kernel({ actors: [ledger] })
  await next.start()
  await assert.rejects(old.submit(write('fence', 'too late')), { code: 'store.unavailable' })
  assert.ok(fenced >= 1)
  const reply = await next.submit(write('fence', 'theirs'))
  assert.equal(reply.body, '2')
  await old.stop()
  await next.stop()
})

test('an append with an old epoch changes nothing', async () => {
  const log = createPostgresLog(
    () => store.database.connection('commit'),
    () => ['main'],
  )
  const [stale, owner] = [log.writer('stale'), log.writer('owner')]
  const [held] = await stale.claim([9], 'take')
  const [now] = await owner.claim([9], 'take')
  assert.deepEqual(await stale.claim([9], 'keep'), [])
  assert.ok(held !== undefined && now !== undefined)
  const after_ = { ...held, sequence: held.sequence + 1 }
  const row = {
    slot: 9,
    sequence: held.sequence + 1,
    events: 1,
    actor: 9 * 2 ** 40 + 77,
    tenant: 'main',
    version: 1,
    at: 1,
    person: null,
    types: 'x',
    data: Buffer.from('[]'),
  }
  const batch = {
    slots: [{ before: held, after: after_ }],
    tenants: ['main'],
    rows: [row],
    actors: [],
    asked: [],
    settled: [],
    changed: [],
    keys: [],
    homeKeys: [],
    references: [],
    dead: [],
    views: new Map(),
  }
  assert.deepEqual(await stale.append(batch), { type: 'fenced' })
  assert.deepEqual(await owner.claim([9], 'keep').then((states) => states[0]?.sequence), held.sequence)
  await stale[Symbol.asyncDispose]()
  await owner[Symbol.asyncDispose]()
})

test('connections cut at random under load: every acknowledged line is there once, in order', async () => {
  const kernel = store.kernel({ actors: [ledger], effects: [nothing], settings: { maxBatch: 16 } })
  await kernel.start()
  const admin = store.as('commit')
  let cutting = true
  const cutter = (async () => {
    let cuts = 0
    while (cutting) {
      await admin`select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'hearth-lane' and usename = current_user`
      cuts += 1
      await new Promise((resolve) => setTimeout(resolve, 20 + Math.random() * 100))
    }
    return cuts
  })()
  const homes = Array.from({ length: 8 }, (_, index) => `cut-${index}`)
  const writing = homes.map(async (home) => {
    for (let line = 1; line <= 60; line += 1) {
      const reply = await kernel.submit(write(home, `line ${line}`, true))
      assert.equal(reply.body, String(line), `${home} answered out of turn`)
    }
  })
  await Promise.all(writing).finally(() => (cutting = false))
  const cuts = await cutter
  assert.ok(cuts > 10, `only ${cuts} cuts`)
  await until(() => kernel.running().get('none') === 0, 'effects ran')
  await kernel.stop()
  for (const home of homes) assert.equal(await linesOf(home), 60)
})

test('data that the database refuses takes down its own command and no other', async () => {
  const kernel = store.kernel({ actors: [ledger], lanes: 1 })
  await kernel.start()
  const sent = Array.from({ length: 40 }, (_, index) =>
    kernel.submit(write(`poison-${index}`, index === 17 ? 'a\u0000b' : 'fine')),
  )
  const settled = await Promise.allSettled(sent)
  const refused = settled.flatMap((one, index) => (one.status === 'rejected' ? [[index, one.reason.code]] : []))
  assert.deepEqual(refused, [[17, 'command.refused-by-store']])
  assert.equal((await kernel.submit(write('poison-17', 'fine'))).body, '1')
  await kernel.stop()
})

test('what was owed when a kernel ended is done by the next, and a timer that came due meanwhile fires once', async () => {
  let runs = 0
  const never = { ...nothing, run: () => new Promise<never>((_, reject) => setTimeout(reject, 50, new Error('cut'))) }
  const counted = { ...nothing, run: async () => ((runs += 1), { type: 'done', value: null } as const) }
  const first = store.kernel({ actors: [ledger], effects: [never] })
  await first.start()
  await first.submit(write('owed', 'x', true))
  await first.submit(command(at('owed'), { type: 'remind', due: Date.now() + 50 } as never))
  await first.stop()
  await new Promise((resolve) => setTimeout(resolve, 60))
  const second = store.kernel({ actors: [ledger], effects: [counted] })
  await second.start()
  await until(() => runs === 1, 'the effect ran')
  const sql = store.as('read')
  const settled = async (): Promise<string | undefined> => {
    const [row] = await sql<{ n: string }[]>`
      select count(*) as n from hearth.log join hearth.actors using (actor) where home = 'owed' and types = 'ledger.settled'`
    return row?.n
  }
  await until(async () => (await settled()) === '2', 'both were settled')
  await second.stop()
  assert.equal(runs, 1)
})

test('an epoch that the server itself raised, by a claim carried out late, does not end it', async () => {
  let fenced = 0
  const kernel = store.kernel({ actors: [ledger], onFenced: () => (fenced += 1) })
  await kernel.start()
  await kernel.submit(write('late-claim', 'before'))
  await store.as('commit')`update hearth.slots set epoch = epoch + 1`
  const reply = await kernel.submit(write('late-claim', 'after'))
  assert.deepEqual([reply.body, fenced], ['2', 0])
  await kernel.stop()
})
