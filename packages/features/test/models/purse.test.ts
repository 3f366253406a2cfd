// shows: A4
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Purse } from '../../src/models/budget/purse.ts'

const later = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

/** An account that has so much, and how often it was asked. */
function accountOf(nano: number) {
  const account = { left: nano, asked: 0 }
  const purse = new Purse({
    lease: async (atLeast, needed, wanted) => {
      account.asked += 1
      await later()
      // As accounts do: what is at hand in full, and more for the next only of what there is plenty.
      const plenty = Math.max(needed, Math.min(wanted, Math.floor(account.left / 4)))
      const granted = account.left < atLeast ? 0 : Math.min(plenty, account.left)
      account.left -= granted
      return { granted }
    },
    giveBack: async (back) => {
      account.left += back
    },
  })
  return { account, purse }
}

test('a thousand that come at once are served by few leases', async () => {
  const { account, purse } = accountOf(1_000_000_000)
  const got = await Promise.all(Array.from({ length: 1000 }, () => purse.reserve(10, 100, 0)))
  assert.ok(got.every((one) => one?.nano === 100))
  assert.ok(account.asked <= 4, String(account.asked))
})

test('as many are served as the account has money for, whoever takes what was granted to whom', async () => {
  const { account, purse } = accountOf(5_000)
  const got = await Promise.all(Array.from({ length: 200 }, () => purse.reserve(100, 100, 0)))
  const served = got.filter((one) => one !== undefined)
  assert.equal(served.length, 50)
  assert.equal(account.left, 0)
  for (const one of served) purse.release(one, 40)
  const again = await Promise.all(Array.from({ length: 50 }, () => purse.reserve(100, 100, 1000)))
  assert.equal(again.filter((one) => one !== undefined).length, 30)
})
