import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createBuckets } from '../../src/access/buckets.ts'

const tenAMinute = { requests: 10, withinMs: 60_000 }

test('a bucket gives what it has, and is filled evenly', () => {
  let now = 0
  const buckets = createBuckets(() => now)
  assert.deepEqual(buckets.take('a', tenAMinute, 8), { granted: 8, waitMs: 0 })
  assert.deepEqual(buckets.take('a', tenAMinute, 8), { granted: 2, waitMs: 0 })
  assert.deepEqual(buckets.take('a', tenAMinute), { granted: 0, waitMs: 6000 })
  assert.deepEqual(buckets.take('b', tenAMinute), { granted: 1, waitMs: 0 })
  now = 5999
  assert.equal(buckets.take('a', tenAMinute).granted, 0)
  now = 6000
  assert.equal(buckets.take('a', tenAMinute).granted, 1)
  now = 1_000_000
  assert.equal(buckets.take('a', tenAMinute, 50).granted, 10)
})

test('in any span of time no more is given than was in it and came to it', () => {
  let now = 0
  const buckets = createBuckets(() => now)
  let given = 0
  for (let step = 0; step < 5000; step += 1) {
    now += (step * 7919) % 97
    given += buckets.take('a', tenAMinute, 1 + (step % 3)).granted
    assert.ok(given <= 10 + (now * 10) / 60_000)
  }
  assert.ok(given >= Math.floor((now * 10) / 60_000))
})

test('what may be called changes at once, and many names take no memory for ever', () => {
  const now = 0
  const buckets = createBuckets(() => now)
  buckets.take('a', tenAMinute, 10)
  assert.equal(buckets.take('a', { requests: 2, withinMs: 1000 }, 5).granted, 2)
  for (let name = 0; name < 100_000; name += 1) buckets.take(`n${name}`, tenAMinute)
  // It was the longest without a call: it begins anew.
  assert.equal(buckets.take('a', { requests: 2, withinMs: 1000 }, 5).granted, 2)
})

test('all or nothing: what is short waits for exactly that, and more than fits in waits for a full bucket', () => {
  let now = 0
  const buckets = createBuckets(() => now)
  assert.equal(buckets.take('a', tenAMinute, 7, 'all').granted, 7)
  assert.deepEqual(buckets.take('a', tenAMinute, 5, 'all'), { granted: 0, waitMs: 12_000 })
  assert.equal(buckets.take('a', tenAMinute, 3, 'all').granted, 3)
  now = 30_000
  assert.deepEqual(buckets.take('a', tenAMinute, 25, 'all'), { granted: 0, waitMs: 30_000 })
  now = 60_000
  assert.equal(buckets.take('a', tenAMinute, 25, 'all').granted, 25)
  // What it had too much is waited for, up to what a span brings.
  assert.equal(buckets.take('a', tenAMinute, 1, 'all').waitMs, 66_000)
})

test('what was estimated is made good: more than there is leaves less than nothing, what is given back is there', () => {
  let now = 0
  const buckets = createBuckets(() => now)
  buckets.take('a', tenAMinute, 8, 'all')
  assert.equal(buckets.take('a', tenAMinute, 5, 'always').granted, 5)
  assert.equal(buckets.take('a', tenAMinute, 1, 'all').waitMs, 24_000)
  buckets.take('a', tenAMinute, -6, 'always')
  assert.equal(buckets.take('a', tenAMinute, 3, 'all').granted, 3)
  buckets.take('a', tenAMinute, -100, 'always')
  assert.equal(buckets.take('a', tenAMinute, 50).granted, 10)
  now = 1
  buckets.take('a', tenAMinute, 1000, 'always')
  assert.ok(buckets.take('a', tenAMinute, 1, 'all').waitMs <= 66_000)
})
