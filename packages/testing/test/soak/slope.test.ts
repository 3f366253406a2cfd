import assert from 'node:assert/strict'
import { test } from 'node:test'
import { driftOf, middleOf, slopeOf } from '../../src/soak/slope.ts'

const points = (...values: readonly number[]) => values.map((value, at) => ({ at, value }))

test('a slope is that of most pairs, whatever one of them is off by', () => {
  assert.equal(slopeOf(points(1, 2, 3, 4, 5)), 1)
  assert.equal(slopeOf(points(7, 7, 7, 700, 7, 7)), 0)
  assert.equal(slopeOf(points(1, 2)), null)
})

test('a drift is what the slope adds from first to last, in parts of the median', () => {
  assert.equal(driftOf(points(10, 10, 10)), 0)
  assert.equal(driftOf(points(8, 10, 12)), 0.4)
  assert.equal(driftOf(points(0, 0, 0)), null)
  assert.equal(driftOf([]), null)
  assert.equal(middleOf([3, 1, 2, 10]), 2.5)
})
