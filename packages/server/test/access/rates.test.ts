import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Principal } from '@hearth/protocol'
import { createBuckets } from '../../src/access/buckets.ts'
import { createRates } from '../../src/access/rates.ts'
import { isHearthError } from '../doors/is-hearth-error.ts'

const key: Principal = { tenant: 'main', kind: 'key', id: 'key_1', home: 'owner', scopes: ['*'] }

test('several processes together let a key call as often as it may, and no oftener', async () => {
  let now = 0
  const buckets = createBuckets(() => now)
  const processes = Array.from({ length: 4 }, () =>
    createRates({
      rateOf: () => ({ requests: 100, per: 'second' }),
      take: async (...taken) => buckets.take(...taken),
      now: () => now,
    }),
  )
  let admitted = 0
  const called = async (step: number): Promise<void> => {
    try {
      await processes[step % 4]?.(key)
      admitted += 1
    } catch (error) {
      assert.ok(isHearthError('rate.exceeded')(error))
    }
  }
  for (let step = 0; step < 4000; step += 1) {
    now = step
    await called(step)
  }
  // Four seconds and what was in the bucket; what a process fetched and had no use for is lost.
  assert.ok(admitted <= 500, String(admitted))
  assert.ok(admitted >= 450, String(admitted))
})

test('calls that arrive together fetch once, and whoever is refused is told when to come again', async () => {
  let asked = 0
  const buckets = createBuckets(() => 0)
  const admit = createRates({
    rateOf: () => ({ requests: 60, per: 'minute' }),
    take: async (...taken) => {
      asked += 1
      return buckets.take(...taken)
    },
    now: () => 0,
  })
  const all = await Promise.allSettled(Array.from({ length: 100 }, async () => await admit(key)))
  assert.equal(all.filter(({ status }) => status === 'fulfilled').length, 60)
  const refused = all.filter((one) => one.status === 'rejected')
  assert.ok(refused.every(({ reason }) => isHearthError('rate.exceeded')(reason) && reason.retryAfterSeconds === 1))
  assert.ok(asked <= 101)
  const free = createRates({ rateOf: () => null, take: () => assert.fail('nothing is to be taken') })
  assert.equal(free(key), undefined)
})
