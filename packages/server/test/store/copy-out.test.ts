import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setImmediate as turn } from 'node:timers/promises'
import { copyOut } from '../../src/backups/copy-out.ts'
import { ledger } from '../log/ledger-actor.ts'
import { openStore } from '../log/store.ts'

test('a copy comes to its end whole however it is read, and the connection goes on after it', async () => {
  await using store = await openStore([ledger])
  const sql = store.as('commit')
  for (const [rows, length] of [
    [0, 1],
    [1, 100_000],
    [3_000, 20],
    [20_000, 200],
    [300, 40_000],
  ] as const)
    for (let round = 0; round < 6; round += 1) {
      const copied = await copyOut(sql, `select repeat('x', ${length}) from generate_series(1, ${rows})`)
      let bytes = 0
      for await (const chunk of copied as AsyncIterable<Buffer>) {
        bytes += chunk.length
        if (round % 2 === 0) await turn()
      }
      assert.equal(bytes, rows * (length + 1))
      assert.equal((await sql`select 1 as one`)[0]?.['one'], 1)
    }
})
