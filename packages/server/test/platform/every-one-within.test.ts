import assert from 'node:assert/strict'
import { test } from 'node:test'
import { everyOneWithin } from '../../src/platform/every-one-within.ts'

test('each is come to once a round, a few at a time, and who joins has a turn in the next', async () => {
  const all = new Set(Array.from({ length: 1000 }, (_, index) => index))
  const visits = new Map<number, number>()
  let [inThisTurn, most] = [0, 0]
  const rounds = Promise.withResolvers<void>()
  using _going = everyOneWithin(
    64,
    () => all,
    (one) => {
      if (inThisTurn === 0) setImmediate(() => (inThisTurn = 0))
      inThisTurn += 1
      most = Math.max(most, inThisTurn)
      visits.set(one, (visits.get(one) ?? 0) + 1)
      if (one === 500) all.add(1000)
      if (visits.get(1000) === 1) rounds.resolve()
    },
  )
  await rounds.promise
  assert.ok(most < 200, `${most} in one turn`)
  const counts = new Set(Array.from({ length: 1000 }, (_, index) => visits.get(index)))
  assert.deepEqual([...counts].toSorted(), [2])
})
