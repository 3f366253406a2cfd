// shows: B2
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { formatTimeOfDay, parseTimeOfDay, quietUntil } from '../../src/reminders/quiet.ts'

const hours = (from: string, to: string) => ({ from: parseTimeOfDay(from) ?? NaN, to: parseTimeOfDay(to) ?? NaN })
const at = (text: string): number => Date.parse(text)

test('quiet hours end in the morning of whoever sleeps, whichever side of midnight it is', () => {
  const night = hours('22:00', '07:00')
  const until = (text: string, zone = 'Europe/Berlin'): string | null => {
    const end = quietUntil(at(text), night, zone)
    return end === null ? null : new Date(end).toISOString()
  }
  assert.equal(until('2026-01-10T20:59:59Z'), null)
  assert.equal(until('2026-01-10T21:00:00Z'), '2026-01-11T06:00:00.000Z')
  assert.equal(until('2026-01-11T05:59:59Z'), '2026-01-11T06:00:00.000Z')
  assert.equal(until('2026-01-11T06:00:00Z'), null)
  assert.equal(until('2026-01-10T21:00:00Z', 'America/New_York'), null)
  // The nights in which the clock is put forward and back.
  assert.equal(until('2026-03-28T22:30:00Z'), '2026-03-29T05:00:00.000Z')
  assert.equal(until('2026-10-24T22:30:00Z'), '2026-10-25T06:00:00.000Z')
})

test('quiet hours within a day, up to midnight, and where the clock skips or repeats their ends', () => {
  const nap = hours('13:00', '15:30')
  assert.equal(quietUntil(at('2026-01-10T13:00:00Z'), nap, 'UTC'), at('2026-01-10T15:30:00Z'))
  assert.equal(quietUntil(at('2026-01-10T15:30:00Z'), nap, 'UTC'), null)
  assert.equal(quietUntil(at('2026-01-10T23:00:00Z'), hours('22:00', '00:00'), 'UTC'), at('2026-01-11T00:00:00Z'))
  const skipped = hours('01:00', '02:30')
  assert.equal(quietUntil(at('2026-03-29T00:30:00Z'), skipped, 'Europe/Berlin'), at('2026-03-29T01:30:00Z'))
  const repeated = hours('01:00', '02:30')
  for (let minute = 0; minute < 240; minute += 1) {
    const instant = at('2026-10-24T22:00:00Z') + minute * 60_000
    const end = quietUntil(instant, repeated, 'Europe/Berlin')
    assert.ok(end === null || end > instant)
  }
})

test('whenever it is quiet, it is not any more when the quiet hours end', () => {
  for (const zone of [
    'UTC',
    'Europe/Berlin',
    'America/New_York',
    'Australia/Lord_Howe',
    'Asia/Kathmandu',
    'Pacific/Apia',
  ])
    for (const [from, to] of [
      ['22:00', '07:00'],
      ['00:00', '06:15'],
      ['12:00', '13:00'],
      ['23:59', '00:01'],
    ] as const)
      for (let step = 0; step < 2000; step += 1) {
        const instant = at('2011-06-01T00:00:00Z') + step * 7_919_000
        const end = quietUntil(instant, hours(from, to), zone)
        if (end === null) continue
        assert.ok(
          end > instant && end - instant <= 49 * 3_600_000,
          `${zone} ${from} ${new Date(instant).toISOString()}`,
        )
        assert.equal(quietUntil(end, hours(from, to), zone), null, `${zone} ${from} ${new Date(instant).toISOString()}`)
      }
})

test('times of day', () => {
  assert.equal(formatTimeOfDay(parseTimeOfDay('07:05') ?? 0), '07:05')
  for (const text of ['24:00', '7:00', '07:60', '', '07:00:00']) assert.equal(parseTimeOfDay(text), undefined)
})
