import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { after, before, test } from 'node:test'
import { formatEffectId, inOrder, type Batch, type EffectRow, type LogWriter, type SlotState } from '@hearth/kernel'
import postgres from 'postgres'
import { commitStatement } from '../../src/store/log-append.ts'
import { actorsOf, keptUnder, keysOf, snapshotsOf } from '../../src/store/log-load.ts'
import { waking } from '../../src/store/log-wake.ts'
import { owed } from '../../src/store/log-owed.ts'
import { LoggedEffects } from '../../src/store/logged-effects.ts'
import { movedRows, owingRows } from '../../src/store/owed-in-log.ts'
import { byKeyOnly, createPostgresLog, judge } from '../../src/store/log.ts'
import { batchOf } from './batches.ts'
import { at, ledger } from './ledger-actor.ts'
import { openStore, type TestStore } from './store.ts'

let store: TestStore
let writer: LogWriter
before(async () => {
  store = await openStore([ledger])
  writer = createPostgresLog(
    () => store.database.connection('commit'),
    () => ['main'],
  ).writer('statements')
})
after(async () => {
  await writer[Symbol.asyncDispose]()
  await store[Symbol.asyncDispose]()
})

const claimed = async (slot: number): Promise<SlotState> => {
  const [state] = await writer.claim([slot], 'take')
  assert.ok(state !== undefined)
  return state
}

const key = (day: number) => ({
  tenant: 'main',
  scope: randomUUID(),
  hash: randomUUID(),
  day,
  status: 200,
  person: null,
  home: 'h',
  body: Buffer.from('x'),
})

test('texts of every kind come back as they were', async () => {
  const nasty = 'null NULL Null NuLL nulL {} {} , " \' \\ \\\\ "" {a,b} $1 NULL'.split(' ')
  const names = [...nasty, '', ' ', ' a ', '\t', 'a\nb', '\r\n', 'ünï 漢字 🙂', '\\"', '{"a":[1,"\\n"]}', 'a,b']
  const unique = [...new Set(names)]
  const references = unique.map((name) => ({ tenant: 'main', name, data: name }))
  const homeKeys = unique.map((home) => ({ tenant: 'main', home, person: home, wrapped: Buffer.from(home) }))
  const outcome = await writer.append(batchOf(await claimed(1), 0, { references, homeKeys }))
  assert.deepEqual(outcome, { type: 'committed' })
  const sql = store.as('commit')
  const rows = await sql<{ name: string; data: string }[]>`select name, data from hearth.tenant_documents`
  assert.deepEqual(new Map(rows.map(({ name, data }) => [name, data])), new Map(unique.map((name) => [name, name])))
  const { homeKeys: kept } = await writer.load({
    addresses: [],
    homes: unique.map((home) => ({ tenant: 'main', home })),
    scopes: [],
  })
  assert.deepEqual(kept.map(({ home }) => home).toSorted(), unique.toSorted())
  for (const { home, person, wrapped } of kept) assert.deepEqual([person, wrapped.toString()], [home, home])
})

test('only what is said of the data refuses it', () => {
  const said = (code: string, message = 'm') =>
    judge(Object.assign(new postgres.PostgresError(message as never), { code, message })).type
  for (const code of ['22P05', '23505', '54000']) assert.equal(said(code), 'refused')
  for (const code of ['57014', '53100', '40001', '55P03', '58030', '25006', 'XX000', '42P01', '26000'])
    assert.equal(said(code), 'unavailable', code)
  for (const code of ['57P01', '08006']) assert.equal(said(code), 'unknown')
  assert.equal(said('HE001'), 'fenced')
  assert.equal(said('23514', 'no partition of relation "keys" found for row'), 'unavailable')
  assert.equal(judge(new Error('gone')).type, 'unknown')
})

test('a batch that cannot be written down is refused and not in doubt', async () => {
  const row = { tenant: 'main', name: 'a', data: undefined as unknown as string }
  const outcome = await writer.append(batchOf(await claimed(2), 0, { references: [row] }))
  assert.equal(outcome.type, 'refused')
})

test('a day that nobody made is made at once, before 1970 too', async () => {
  const today = Math.floor(Date.now() / 86_400_000)
  for (const day of [today + 40, today - 30, -3]) {
    const held = await claimed(3)
    const batch = batchOf(held, 0, { keys: [key(day)] })
    assert.equal((await writer.append(batch)).type, 'unavailable')
    assert.deepEqual(await writer.append(batch), { type: 'committed' })
  }
})

function everyStatement() {
  const id = { slot: 4, sequence: 1, ordinal: 0, tenant: 'main' }
  const parts: readonly Partial<Batch>[] = [
    { settled: [id, { ...id, sequence: 2 }] },
    { cancelled: [id, { ...id, sequence: 2 }] },
    { changed: [{ ...id, state: 'stuck', due: 1, attempt: 1, failure: 'x' }] },
  ]
  const held: SlotState = { slot: 4, epoch: 1, sequence: 0, actors: 0, head: Buffer.alloc(32) }
  const claimed = new LoggedEffects()
  claimed.reset(4, 1, [], [])
  return [
    actorsOf([at('a'), at('b')]),
    keysOf([{ tenant: 'main', home: 'a' }]),
    keptUnder([randomUUID(), randomUUID()]),
    owed([4, 5, 6], 'timers', null, 10, 20),
    owed([4, 5, 6], 'others', null, 10, 20),
    owed([4, 5, 6], 'others', { due: 7, slot: 5, sequence: 1, ordinal: 0 }, 10, 20),
    waking([4, 5, 6], 'statements', ['kind a', 'kind b'], 10),
    owingRows([4, 5, 6]),
    movedRows([4, 5, 6]),
    ...parts.map((part) => commitStatement(batchOf(held, 0, part), claimed.place(batchOf(held, 0, part)))),
  ]
}

async function assertByKey(state: string): Promise<void> {
  const sql = store.as('commit', { 'hearth.tenants': '{main}', ...byKeyOnly })
  for (const { text, values } of everyStatement()) {
    const rows = await sql.unsafe(`explain ${text}`, [...values])
    const plan = rows.map((row) => String(row['QUERY PLAN'])).join('\n')
    assert.match(plan, /Index/, `${state}\n${text}\n${plan}`)
    // A scan by index without a condition reads the whole table too.
    assert.doesNotMatch(
      plan,
      /Seq Scan|Sort Key: e.*due.*\n.*Bitmap|Hash Join|Merge Join/,
      `${state}\n${text}\n${plan}`,
    )
    for (const part of plan.split('->').filter((each) => / using \w+_pkey /.test(each)))
      assert.match(part, /Index Cond/, `${state}\n${plan}`)
  }
}

test('what a lane asks is found by index, in tables new, grown, and analysed', async () => {
  await assertByKey('new')
  const sql = store.as('migrate', { 'hearth.tenants': '{main}' })
  const writing = store.as('commit')
  await writing`insert into hearth.actors (actor, tenant, slot, home, kind, id)
    select n, 'main', 4, 'home-' || n, 'ledger', 'one' from generate_series(1, 5000) n`
  await writing`insert into hearth.effects (sequence, actor, due, slot, ordinal, attempt, tenant, kind, request)
    select n, n, n, 4 + n % 3, 0, 1, 'main', case when n % 2 = 0 then 'timer' else 'none' end, '' from generate_series(1, 5000) n`
  await assertByKey('grown')
  await sql`analyze hearth.actors, hearth.effects, hearth.log, hearth.keys, hearth.home_keys`
  await assertByKey('analysed')
})

test('what is owed comes in order, timers apart from the rest, page by page', async () => {
  for (const which of ['timers', 'others'] as const) {
    const [dues, page]: [number[], number] = [[], 700]
    let after = null
    for (;;) {
      const rows = await writer.owed([4, 5, 6], which, after, page)
      dues.push(...rows.map((row) => row.due))
      assert.ok(rows.every((row) => (row.kind === 'timer') === (which === 'timers')))
      if (rows.length < page) break
      after = rows.at(-1) ?? null
    }
    const all = Array.from({ length: 2500 }, (_, index) => 2 * index + (which === 'timers' ? 2 : 1))
    assert.deepEqual(dues, all)
  }
})

/** All that slots owe, beside timers, in pages of one size. */
async function inPages(slots: readonly number[], page: number): Promise<readonly EffectRow[]> {
  const found: EffectRow[] = []
  for (let rows = await writer.owed(slots, 'others', null, page); ;) {
    found.push(...rows)
    if (rows.length < page) return found
    rows = await writer.owed(slots, 'others', rows.at(-1) ?? null, page)
  }
}

test('where many slots owe something of the same moment, pages of every size come in the same order, each effect once', async () => {
  const slots = Array.from({ length: 40 }, (_, index) => 100 + index)
  const writing = store.as('commit')
  await writing`insert into hearth.actors (actor, tenant, slot, home, kind, id)
    select 9000 + n, 'main', n, 'crowd-' || n, 'ledger', 'one' from generate_series(100, 139) n`
  // Most of them at 9, uneven, some slots none; others before and after, and two of one commit.
  await writing`insert into hearth.effects (sequence, actor, due, slot, ordinal, attempt, tenant, kind, request)
    select 10 + n / 2, 9000 + slot, case when n < 2 + slot % 7 then 900 when (n + slot) % 5 = 0 then 800 + slot else 1000 + n end, slot, n % 2, 1, 'main', 'none', ''
    from generate_series(100, 139) slot, generate_series(0, 9) n where slot <> 117`
  const everything = await writer.owed(slots, 'others', null, 1000)
  assert.equal(everything.length, 390)
  assert.ok(everything.filter(({ due }) => due === 900).length > 100)
  assert.deepEqual(everything, everything.toSorted(inOrder))
  for (const page of [1, 3, 16, 50, 100, 389]) {
    const found = await inPages(slots, page)
    assert.deepEqual(found.map(formatEffectId), everything.map(formatEffectId), `pages of ${page}`)
  }
})

test('a slot that owes far more than the others keeps none of theirs from their place', async () => {
  const slots = Array.from({ length: 30 }, (_, index) => 170 + index)
  const writing = store.as('commit')
  await writing`insert into hearth.actors (actor, tenant, slot, home, kind, id)
    select 9500 + n, 'main', n, 'uneven-' || n, 'ledger', 'one' from generate_series(170, 199) n`
  // 600 of one, between which three of each other come; and one more that is first, and last.
  await writing`insert into hearth.effects (sequence, actor, due, slot, ordinal, attempt, tenant, kind, request)
    select n, 9500 + 185, 1000 + n, 185, 0, 1, 'main', 'none', ''::bytea from generate_series(1, 600) n
    union all select n, 9500 + slot, 900 + 200 * n, slot, 0, 1, 'main', 'none', ''::bytea
    from generate_series(170, 199) slot, generate_series(0, 4) n where slot <> 185`
  const everything = (await writer.owed(slots, 'others', null, 100_000)).map(formatEffectId)
  assert.equal(everything.length, 600 + 29 * 5)
  for (const page of [7, 60, 200, 500, 744, 746]) {
    const found = await inPages(slots, page)
    assert.deepEqual(found.map(formatEffectId), everything, `pages of ${page}`)
    assert.deepEqual(found, found.toSorted(inOrder))
  }
})

test('what is loaded is looked up by its key, whatever the planner believes of the tables', async () => {
  // To whom it is far dearer to look something up than to read a table, as it seems where there are few rows yet.
  const misled = {
    random_page_cost: '1000000',
    seq_page_cost: '0',
    cpu_tuple_cost: '0',
    cpu_index_tuple_cost: '0',
    cpu_operator_cost: '0',
  }
  const sql = store.as('commit', { 'hearth.tenants': '{main}', ...byKeyOnly, ...misled })
  const addresses = [at('one'), at('two')]
  for (const { text } of [
    snapshotsOf(addresses),
    actorsOf(addresses),
    actorsOf(addresses, true),
    keysOf(addresses),
    keptUnder([randomUUID()]),
  ]) {
    const lines = await sql.unsafe<{ 'QUERY PLAN': string }[]>(`explain (generic_plan) ${text}`, [], { prepare: false })
    const plan = lines.map((line) => line['QUERY PLAN']).join('\n')
    for (const [, table, how] of plan.matchAll(/Scan using \w+ on (\w+) [^\n]*\n *([\w ]+):/g))
      assert.equal(how, 'Index Cond', `${table} is read from end to end\n${text}\n${plan}`)
    assert.doesNotMatch(plan, /Seq Scan/)
  }
})
