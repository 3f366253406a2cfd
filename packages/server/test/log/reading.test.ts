import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { after, before, test } from 'node:test'
import { masterKey } from '@hearth/kernel'
import { createEffectCounter } from '../../src/store/effect-counts.ts'
import { ownDatabase } from '../../src/store/ownership.ts'
import { createReader } from '../../src/store/reader.ts'
import { createReadingPool } from '../../src/store/reading-pool.ts'
import { watchDatabase } from '../../src/store/watch.ts'
import { at, ledger, ledgerView } from './ledger-actor.ts'
import { openNetwork } from './network.ts'
import { command, openStore, until, type TestStore } from './store.ts'
import { onlyWhenLong } from '@hearth/testing/long'

const secret = randomBytes(32)
let store: TestStore
before(async () => {
  store = await openStore([ledger])
  const kernel = store.kernel({ actors: [ledger], master: masterKey(secret) })
  await kernel.start()
  for (let line = 0; line < 12; line += 1)
    await kernel.submit(command(at('page', `a${line % 3}`), { type: 'write', text: `line ${line}` } as never))
  await kernel.stop()
})
after(() => store[Symbol.asyncDispose]())

const readerOf = (host?: string) =>
  createReader(() => ({ ...store.database.connection('read'), ...(host === undefined ? {} : { host }) }), {
    master: masterKey(secret),
    actors: new Map(),
  })

test('a history is read page by page, each event once', async () => {
  await using reader = readerOf()
  const seen: number[] = []
  for (let from: { slot: number; sequence: number } | undefined; ;) {
    const query = { tenant: 'main', home: 'page', limit: 5, ...(from === undefined ? {} : { after: from }) }
    const page = (await reader.history(query)).slice(0, 5)
    seen.push(...page.map(({ sequence }) => sequence))
    const last = page.at(-1)
    if (page.length < 5 || last === undefined) break
    from = { slot: last.slot, sequence: last.sequence }
  }
  assert.deepEqual(
    seen,
    Array.from({ length: 12 }, (_, index) => index + 1),
  )
})

test('a database that is away is unavailable, for every question', async () => {
  await using reader = readerOf('/nonexistent')
  const away = { code: 'store.unavailable', retryAfterSeconds: 1 }
  await assert.rejects(reader.tenants(), away)
  await assert.rejects(reader.history({ tenant: 'main', home: 'page', limit: 5 }), away)
  await assert.rejects(reader.rows(ledgerView as never, { tenant: 'main', limit: 5 }), away)
  await assert.rejects(createEffectCounter(reader).within(0), away)
})

test('a connection that is lost takes its own question with it and no other', async () => {
  await using reader = readerOf()
  const asked = [0, 1, 2].map(() =>
    reader.within('main', (sql) => sql<{ pid: number }[]>`select pg_backend_pid() as pid, pg_sleep(0.5)`),
  )
  // Listened to from the start: one of them is rejected before the look at the others is over.
  const settling = Promise.allSettled(asked)
  const admin = store.as('read')
  await until(async () => {
    const rows =
      await admin`select pid from pg_stat_activity where query like '%pg_sleep(0.5)%' and pid <> pg_backend_pid()`
    if (rows.length < 3) return false
    await admin`select pg_terminate_backend(${rows[0]?.['pid']})`
    return true
  }, 'all are under way')
  const settled = await settling
  assert.deepEqual(settled.map(({ status }) => status).toSorted(), ['fulfilled', 'fulfilled', 'rejected'])
  const lost = settled.find((one) => one.status === 'rejected')
  assert.equal(lost?.reason.code, 'store.unavailable')
})

test('effects are counted once for all who ask at the same time', async () => {
  await using reader = readerOf()
  let counts = 0
  const counter = createEffectCounter({ ...reader, tenants: () => ((counts += 1), reader.tenants()) })
  await Promise.all([counter.within(0), counter.within(0), counter.within(0)])
  assert.equal(counts, 1)
  await counter.latest(3_600_000, 1000)
  await counter.within(3_600_000)
  assert.equal(counts, 1)
})

test('a scrape waits for counts that are new enough, but not for a database that does not answer', async () => {
  await using reader = readerOf()
  const gate = Promise.withResolvers<void>()
  let held = false
  const counter = createEffectCounter({
    ...reader,
    tenants: async () => {
      if (held) await gate.promise
      return await reader.tenants()
    },
  })
  const first = await counter.latest(0, 60_000)
  assert.deepEqual(Object.keys(first ?? {}), ['owed', 'waiting', 'dead', 'stuck'])
  held = true
  assert.equal(await counter.latest(0, 10), first)
  const waiting = counter.latest(0, 60_000)
  gate.resolve()
  assert.notEqual(await waiting, first)
  await using away = readerOf('/nonexistent')
  assert.equal(await createEffectCounter(away).latest(0, 60_000), null)
})

test('what is owed or set aside is listed page by page, each once, and commands set aside come last', async () => {
  const writing = store.as('commit')
  await writing`insert into hearth.actors (actor, tenant, slot, home, kind, id)
    select n, 'main', n % 3, 'listed', 'ledger', n::text from generate_series(9001, 9009) n`
  await writing`insert into hearth.effects (sequence, actor, due, slot, ordinal, attempt, tenant, state, kind, failure, request)
    select 1, n, n, 250 + n % 3, n - 9000, 2, 'main', case when n % 2 = 0 then 'dead' else 'stuck' end, 'call', 'because', ''
    from generate_series(9001, 9009) n`
  await writing`insert into hearth.dead_letters (command, tenant, slot, at, address, home, failure, body)
    select 'c' || n, 'main', 0, n, 'main/listed/ledger/x', 'listed', 'Error', '' from generate_series(1, 3) n`
  await using reader = readerOf()
  const all = async (state: 'dead' | 'stuck', limit: number) => {
    const ids: string[] = []
    for (let after: string | undefined; ;) {
      const found = await reader.effects({ tenant: 'main', state, limit, ...(after === undefined ? {} : { after }) })
      ids.push(...found.slice(0, limit).map(({ id }) => id))
      if (found.length <= limit) return ids
      after = ids.at(-1)
    }
  }
  const dead = ['250.1.6', '251.1.4', '252.1.2', '252.1.8', 'command.c1', 'command.c2', 'command.c3']
  const stuck = ['250.1.3', '250.1.9', '251.1.1', '251.1.7', '252.1.5']
  for (const limit of [1, 2, 3, 4, 100]) {
    assert.deepEqual(await all('dead', limit), dead)
    assert.deepEqual(await all('stuck', limit), stuck)
  }
  const [first] = await reader.effects({ tenant: 'main', state: 'stuck', limit: 1 })
  assert.deepEqual(first, {
    id: '250.1.3',
    address: 'main/listed/ledger/9003',
    kind: 'call',
    due: 9003,
    attempt: 2,
    failure: 'because',
  })
  assert.deepEqual(await reader.effects({ tenant: 'other', state: 'stuck', limit: 1 }), [])
})

test('readers whose connections hang say so after a while, however many wait, and go on by new ones', async () => {
  const real = store.database.connection('read')
  await using network = await openNetwork({ host: String(real.host), port: Number(real.port) })
  await using pool = createReadingPool(() => ({ ...real, host: network.host }), 2, 300)
  const one = () => pool.use((sql) => sql<{ one: number }[]>`select 1 as one`)
  await Promise.all([one(), one()])
  network.hang()
  const asked = await Promise.allSettled(Array.from({ length: 20 }, one))
  assert.deepEqual(
    asked.map((each) => each.status === 'rejected' && each.reason.code),
    asked.map(() => 'store.unavailable'),
  )
  const [row] = await one()
  assert.equal(row?.one, 1)
})

test(
  'a server takes its lock back from a connection of its own that was cut on the way, or hangs, or two that do',
  onlyWhenLong,
  async () => {
    const real = store.database.connection('commit')
    await using network = await openNetwork({ host: String(real.host), port: Number(real.port) })
    let lost = 0
    const ownership = await ownDatabase({
      connection: { ...real, host: network.host },
      patienceMs: 3_000,
      onLost: () => (lost += 1),
    })
    const admin = store.as('read')
    const holder = async (): Promise<number | undefined> => {
      const [row] = await admin<{ pid: number }[]>`
      select pid from pg_locks where locktype = 'advisory' and granted and classid = 0 and objid = ${0x48656172}`
      return row?.pid
    }
    const twice = (): void => {
      network.hang()
      // The next connection takes the lock, and hangs before it is told so.
      network.hangNext()
    }
    for (const fail of [network.cut, network.hang, twice]) {
      const former = await holder()
      assert.ok(former !== undefined)
      fail()
      await until(async () => lost > 0 || ![former, undefined].includes(await holder()), 'it is back')
      assert.equal(lost, 0)
      await until(() => ownership.alive(), 'it knows')
    }
    await ownership[Symbol.asyncDispose]()
  },
)

test('a watch whose connection hangs tells so, and that the database is back', onlyWhenLong, async () => {
  const real = store.database.connection('read')
  await using network = await openNetwork({ host: String(real.host), port: Number(real.port) })
  const told: boolean[] = []
  await using _watch = await watchDatabase(
    { ...real, host: network.host },
    { first: async (sql) => void (await sql`select 1`), tell: (up) => told.push(up) },
  )
  network.hang()
  await until(() => told.length === 2, 'it told twice')
  assert.deepEqual(told, [false, true])
})
