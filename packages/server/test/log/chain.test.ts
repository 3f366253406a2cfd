// shows: A9
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { chained, genesis, type LogRow } from '@hearth/kernel'
import { formatAddress, type Address } from '@hearth/protocol'
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

interface Link {
  readonly row: LogRow
  readonly address: Address
}

async function readSlots(): Promise<Map<number, { readonly head: Buffer; readonly rows: Link[] }>> {
  const sql = store.as('read')
  const slots = await sql<{ slot: number; head: Buffer }[]>`select slot, head from hearth.slots where sequence > 0`
  const chains = new Map(slots.map(({ slot, head }) => [slot, { head, rows: [] as Link[] }]))
  for (const row of await sql`select l.*, a.home, a.kind, a.id from hearth.log l join hearth.actors a using (actor) order by l.slot, l.sequence`) {
    const address = { tenant: row['tenant'], home: row['home'], kind: row['kind'], id: row['id'] }
    chains.get(row['slot'])?.rows.push({ row: toLogRow(row), address })
  }
  return chains
}

const headOf = (links: readonly Link[]): Buffer =>
  links.reduce((head, { row, address }) => chained(head, row, formatAddress(address)), genesis)

test('the chain of every slot leads from its first row to its head [A9]', async () => {
  const chains = await readSlots()
  assert.ok(chains.size >= 5)
  for (const [slot, { head, rows }] of chains) assert.equal(headOf(rows).equals(head), true, `slot ${slot}`)
})

test('a row that was changed, dropped, added or moved is seen', async () => {
  for (const { head, rows } of (await readSlots()).values()) {
    if (rows.length < 3) continue
    const [first, second, ...rest] = rows as [Link, Link, ...Link[]]
    const data = Buffer.from(first.row.data)
    data[5] = (data[5] as number) ^ 1
    for (const forged of [
      [{ ...first, row: { ...first.row, data } }, second, ...rest],
      [first, ...rest],
      [first, first, second, ...rest],
      [second, first, ...rest],
      [{ ...first, row: { ...first.row, at: first.row.at + 1 } }, second, ...rest],
      [{ ...first, address: { ...first.address, id: 'another' } }, second, ...rest],
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
