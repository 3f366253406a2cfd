import assert from 'node:assert/strict'
import { test } from 'node:test'
import { askedOf, type Try } from '../src/breaker/calls.ts'

const ok = (began: number, provider = 'first'): Try => ({ provider, outcome: 'ok', began })
const failed = (began: number, provider = 'first'): Try => ({ provider, outcome: 'away', began })

test('one is left alone when half a second passes without a try; a look later on is none', () => {
  const tries = [
    ok(900),
    failed(1_000),
    failed(1_040),
    ok(1_050, 'second'),
    failed(3_000),
    failed(1_200, 'second'),
    ok(6_300),
  ]
  assert.deepEqual(askedOf(tries, 'first', 1_000, 6_000), { tries: 3, leftAloneAfterMs: 40, askedAgainAfterMs: 300 })
})

test('one that is asked again and again was never left alone, and one that nobody asked at all was at once', () => {
  const tries = Array.from({ length: 50 }, (_, index) => failed(1_000 + index * 100))
  assert.deepEqual(askedOf(tries, 'first', 1_000, 6_000), {
    tries: 50,
    leftAloneAfterMs: null,
    askedAgainAfterMs: null,
  })
  assert.deepEqual(askedOf([], 'first', 1_000, 6_000), { tries: 0, leftAloneAfterMs: 0, askedAgainAfterMs: null })
})

test('a try that began before the death and failed of it counts, and one behind the return does not', () => {
  const tries = [failed(995), failed(6_001), ok(6_002)]
  assert.deepEqual(askedOf(tries, 'first', 1_000, 6_000), { tries: 1, leftAloneAfterMs: 0, askedAgainAfterMs: 2 })
})
