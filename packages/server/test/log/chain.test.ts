// shows: A9
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { chained, genesis, type LogRow } from '@hearth/kernel'
import { toLogRow } from '../../src/store/log-load.ts'
import { at, ledger } from './ledger-actor.ts'
import { command, openStore, type TestStore } from './store.ts'

let store: TestStore
before(async () => {
  store = await openStore([ledger])
  const kernel = store.kernel({ actors: [ledger] })
  await kernel.start()
  const lines = Array.from({ length: 60 }, (_, index) => ({ type: 'write', text: `line ${index}` }))
  await Promise.all(lines.map((line, index) => kernel.submit(command(at(`chain-${index % 9}`), line))))
  await kernel.stop()
})
after(() => store[Symbol.asyncDispose]())

async function readSlots(): Promise<Map<number, { readonly head: Buffer; readonly rows: LogRow[] }>> {
  const sql = store.as('read')
  const slots = await sql<{ slot: number; head: Buffer }[]>`select slot, head from hearth.slots where sequence > 0`
  const chains = new Map(slots.map(({ slot, head }) => [slot, { head, rows: [] as LogRow[] }]))
  for (const row of await sql`select * from hearth.log order by slot, sequence`)
    chains.get(row['slot'])?.rows.push(toLogRow(row))
  return chains
}

const headOf = (rows: readonly LogRow[]): Buffer => rows.reduce(chained, genesis)

test('the chain of every slot leads from its first row to its head [A9]', async () => {
  const chains = await readSlots()
  assert.ok(chains.size >= 5)
  for (const [slot, { head, rows }] of chains) assert.equal(headOf(rows).equals(head), true, `slot ${slot}`)
})

test('a row that was changed, dropped, added or moved is seen', async () => {
  for (const { head, rows } of (await readSlots()).values()) {
    if (rows.length < 3) continue
    const [first, second, ...rest] = rows as [LogRow, LogRow, ...LogRow[]]
    const data = Buffer.from(first.data)
    data[5] = (data[5] as number) ^ 1
    for (const forged of [
      [{ ...first, data }, second, ...rest],
      [first, ...rest],
      [first, first, second, ...rest],
      [second, first, ...rest],
      [{ ...first, at: first.at + 1 }, second, ...rest],
    ]) {
      assert.equal(headOf(forged).equals(head), false)
    }
  }
})

test('destroying the key of a home leaves its chain whole and its words unreadable', async () => {
  const sql = store.as('commit')
  await sql`delete from hearth.home_keys where home = 'chain-3'`
  const chains = await readSlots()
  for (const { head, rows } of chains.values()) assert.equal(headOf(rows).equals(head), true)
  const kernel = store.kernel({ actors: [ledger] })
  await kernel.start()
  const answer = await kernel.submit(
    command(at('chain-3'), { type: 'write', text: 'after' } as { readonly type: string }),
  )
  assert.equal(answer.status, 500)
  const other = await kernel.submit(
    command(at('chain-4'), { type: 'write', text: 'after' } as { readonly type: string }),
  )
  assert.equal(other.status, 200)
  await kernel.stop()
})
