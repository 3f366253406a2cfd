// shows: A2
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { formatUsd, nanodollars, parseUsd } from '../../src/catalog/index.ts'
import { seeded } from './seeded.ts'

describe('money', () => {
  it('is written in dollars, with no more digits than it needs', () => {
    assert.equal(formatUsd(0n), '0')
    assert.equal(formatUsd(1n), '0.000000000001')
    assert.equal(formatUsd(1_500_000_000_000n), '1.5')
    assert.equal(formatUsd(20_000_000_000_000n), '20')
    assert.equal(formatUsd(-250_000_000_000n), '-0.25')
    assert.equal(formatUsd(123_456_789_012_345_678_901n), '123456789.012345678901')
  })

  it('is read as it was written', () => {
    const random = seeded(3)
    for (let round = 0; round < 2000; round++) {
      const amount = BigInt(Math.floor(random() * 2 ** 50)) * BigInt(Math.floor(random() * 2 ** 10)) - 1_000_000n
      assert.equal(parseUsd(formatUsd(amount)), amount)
    }
  })

  it('is nothing where it is not an amount, or finer than can be kept', () => {
    for (const text of [
      '',
      '.5',
      '5.',
      '1e3',
      '0x10',
      ' 1',
      '1 ',
      '+1',
      '--1',
      '0.0000000000001',
      '1,5',
      '9'.repeat(19),
      'NaN',
    ])
      assert.equal(parseUsd(text), undefined, text)
  })

  it('is rounded up to nanodollars, so that no less is counted than is owed', () => {
    assert.equal(nanodollars(0n), 0)
    assert.equal(nanodollars(1n), 1)
    assert.equal(nanodollars(1000n), 1)
    assert.equal(nanodollars(1001n), 2)
    assert.equal(nanodollars(-1500n), -1)
  })
})
