// shows: D13
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { at, ledger } from './ledger-actor.ts'
import { command, nothing, openStore, type TestStore } from './store.ts'

let store: TestStore
before(async () => {
  store = await openStore([ledger])
  const kernel = store.kernel({ actors: [ledger], effects: [nothing] })
  await kernel.start()
  await kernel.submit(
    command(at('ann'), { type: 'write', text: 'secret of Ann', ask: true } as { readonly type: string }),
  )
  await kernel.submit(
    command(at('ann'), { type: 'remind', due: Date.now() + 3_600_000 } as { readonly type: string }, {
      key: { scope: crypto.randomUUID(), hash: crypto.randomUUID() },
    }),
  )
  await kernel.stop()
})
after(() => store[Symbol.asyncDispose]())

const tables = ['actors', 'log', 'effects', 'keys', 'home_keys', 'view_ledger_1']

test('a query that forgot its tenant sees nothing, as a reader and as the writer [D13]', async () => {
  for (const role of ['read', 'commit', 'migrate'] as const) {
    const forgetful = store.as(role, {})
    for (const table of tables) {
      const [row] = await forgetful<{ n: string }[]>`select count(*) as n from hearth.${forgetful(table)}`
      assert.equal(row?.n, '0', `${role} sees ${table}`)
    }
  }
})

test('a reader sees its tenant and no other', async () => {
  const [mine, other] = [store.as('read'), store.as('read', { 'hearth.tenant': 'other' })]
  for (const table of tables) {
    assert.notEqual((await mine<{ n: string }[]>`select count(*) as n from hearth.${mine(table)}`)[0]?.n, '0', table)
    assert.equal((await other<{ n: string }[]>`select count(*) as n from hearth.${other(table)}`)[0]?.n, '0', table)
  }
})

test('the writer cannot write for a tenant that it did not declare', async () => {
  const writer = store.as('commit')
  await assert.rejects(
    writer`insert into hearth.tenant_documents (tenant, name, data) values ('other', 'webhooks', '[]')`,
    { code: '42501' },
  )
})

test('nobody changes the log, and a reader changes nothing', async () => {
  const [writer, reader] = [store.as('commit'), store.as('read')]
  await assert.rejects(writer`update hearth.log set at = 0`, { code: '42501' })
  await assert.rejects(writer`delete from hearth.log`, { code: '42501' })
  await assert.rejects(writer`truncate hearth.log`, { code: '42501' })
  for (const table of [...tables, 'slots'])
    await assert.rejects(reader`delete from hearth.${reader(table)}`, { code: '42501' })
})

test('what a person wrote lies sealed in the log, the effects and the kept answers', async () => {
  const reader = store.as('read')
  const rows = await reader<
    { data: Buffer }[]
  >`select data from hearth.log union all select request from hearth.effects union all select body from hearth.keys`
  assert.ok(rows.length >= 3)
  for (const { data } of rows) assert.equal(data.includes('secret'), false)
})
