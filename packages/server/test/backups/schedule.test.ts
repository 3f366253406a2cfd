// shows: A9
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { kept, parseEvery, parseKeep, type Keep } from '../../src/backups/schedule.ts'

const dayMs = 86_400_000

test('durations of a fixed length are read, and nothing else', () => {
  for (const [text, milliseconds] of [
    ['P1D', dayMs],
    ['PT6H', dayMs / 4],
    ['P1W', 7 * dayMs],
    ['P1DT12H', 1.5 * dayMs],
    ['PT90M', 5_400_000],
    ['PT1S', 1_000],
  ] as const)
    assert.equal(parseEvery(text), milliseconds, text)
  for (const text of ['', 'P', 'PT', '1D', 'P1M', 'P1Y', 'P0D', 'P-1D', 'P1DT', 'p1d', 'P1.5D', 'PT1H30'])
    assert.equal(parseEvery(text), undefined, text)
})

test('how many stay is read, and nothing is said that keeps none', () => {
  const none = { last: 0, daily: 0, weekly: 0, monthly: 0 }
  assert.deepEqual(parseKeep('7'), { ...none, last: 7 })
  assert.deepEqual(parseKeep('last=1, daily=7,weekly=4,monthly=6'), { last: 1, daily: 7, weekly: 4, monthly: 6 })
  for (const text of ['', '0', 'last=0', '-1', 'yearly=1', 'last', 'last=1;daily=2', '1,2'])
    assert.equal(parseKeep(text), undefined, text)
})

const days = (at: readonly number[], keep: Partial<Keep>): readonly string[] => {
  const backups = at.map((each) => ({ at: each }))
  const stay = kept(backups, { last: 0, daily: 0, weekly: 0, monthly: 0, ...keep })
  return backups.filter((each) => stay.has(each)).map((each) => new Date(each.at).toISOString().slice(5, 13))
}
const at = (text: string): number => Date.parse(`2026-${text}:00Z`)

test('the newest of each period stay, and periods without a backup do not count', () => {
  const hourly = [at('03-01T01:00'), at('03-01T22:00'), at('03-03T05:00'), at('03-03T06:00'), at('03-09T01:00')]
  assert.deepEqual(days(hourly, { last: 2 }), ['03-03T06', '03-09T01'])
  assert.deepEqual(days(hourly, { daily: 2 }), ['03-03T06', '03-09T01'])
  assert.deepEqual(days(hourly, { daily: 9 }), ['03-01T22', '03-03T06', '03-09T01'])
  // 2 and 9 March 2026 are Mondays.
  assert.deepEqual(days(hourly, { weekly: 2 }), ['03-03T06', '03-09T01'])
  assert.deepEqual(days(hourly, { weekly: 3 }), ['03-01T22', '03-03T06', '03-09T01'])
  assert.deepEqual(days([at('01-31T23:00'), at('02-01T00:00'), at('02-28T00:00')], { monthly: 2 }), [
    '01-31T23',
    '02-28T00',
  ])
  assert.deepEqual(days(hourly, { last: 1, weekly: 3 }), ['03-01T22', '03-03T06', '03-09T01'])
  assert.deepEqual(days([], { last: 1 }), [])
})
