// shows: A8
import assert from 'node:assert/strict'
import { mock, test } from 'node:test'
import type { EffectTools } from '../../src/effect-tools.ts'
import { createClaims } from '../../src/models/claims.ts'

/** Buckets that fill evenly, in another process. */
function bucketsAt(clock: { now: number }): EffectTools['allow'] {
  const buckets = new Map<string, { left: number; at: number }>()
  return async (name, { requests, withinMs }, amount, how) => {
    const { left, at } = buckets.get(name) ?? { left: requests, at: clock.now }
    const level = Math.min(requests, left + ((clock.now - at) * requests) / withinMs)
    const granted = how === 'always' || level + 1e-9 >= amount ? amount : 0
    buckets.set(name, { left: Math.min(requests, level - granted), at: clock.now })
    return { granted, waitMs: granted === 0 ? 1 : 0 }
  }
}

test('one at a time has a name, for as long as it is there, and half a minute longer where it ends without a word', async () => {
  mock.timers.enable({ apis: ['setInterval'] })
  const clock = { now: 0 }
  const allow = bucketsAt(clock)
  const [one, other] = [createClaims({ allow }), createClaims({ allow })]
  const pass = (ms: number): void => {
    for (let left = ms; left > 0; left -= 5_000) {
      clock.now += 5_000
      mock.timers.tick(5_000)
    }
  }
  const claim = (await one.take('name')) ?? assert.fail()
  assert.equal(await other.take('name'), null)
  const apart = (await other.take('another')) ?? assert.fail()
  apart.leave()
  pass(600_000)
  assert.equal(await other.take('name'), null)
  claim.leave()
  assert.notEqual(await other.take('name'), null)
  // Its process is killed.
  mock.timers.reset()
  clock.now += 29_000
  assert.equal(await one.take('name'), null)
  clock.now += 2_000
  const last = await one.take('name')
  assert.notEqual(last, null)
  last?.leave()
})

test('where there is one process it has them all, and nothing is held', async () => {
  const amounts: number[] = []
  const claims = createClaims({
    allow: (_name, _allowance, amount) => {
      amounts.push(amount)
      return { granted: amount, waitMs: 0 }
    },
  })
  for (let turn = 0; turn < 2; turn += 1) (await claims.take('name'))?.leave()
  assert.deepEqual(amounts, [1, -1, 1, -1])
})

test('where nobody can be asked, nobody else asks', async () => {
  const claims = createClaims({ allow: () => Promise.reject(new Error('away')) })
  const claim = (await claims.take('name')) ?? assert.fail()
  claim.leave()
})
