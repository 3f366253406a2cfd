import assert from 'node:assert/strict'
import { test } from 'node:test'
import { dateOfDay, dayNumber, formatInstant, parseInstant } from '../../src/time/index.ts'

const read: Readonly<Record<string, string>> = {
  '2026-03-29T09:00:00Z': '2026-03-29T09:00:00.000Z',
  '2026-03-29t09:00:00z': '2026-03-29T09:00:00.000Z',
  '2026-03-29T09:00:00+02:00': '2026-03-29T07:00:00.000Z',
  '2026-03-29T09:00:00-05:30': '2026-03-29T14:30:00.000Z',
  '2026-03-29T09:00:00-00:00': '2026-03-29T09:00:00.000Z',
  '2026-03-29T09:00:00.5Z': '2026-03-29T09:00:00.500Z',
  '2026-03-29T09:00:00.123999999Z': '2026-03-29T09:00:00.123Z',
  '2024-02-29T23:59:59+23:59': '2024-02-29T00:00:59.000Z',
  '2000-02-29T00:00:00-23:59': '2000-02-29T23:59:00.000Z',
  '1970-01-01T00:00:00Z': '1970-01-01T00:00:00.000Z',
  '1969-12-31T23:00:00-01:00': '1970-01-01T00:00:00.000Z',
  '9999-12-31T23:59:59.999Z': '9999-12-31T23:59:59.999Z',
}

const invalid = [
  '',
  'tomorrow',
  '2026-03-29',
  '2026-03-29T09:00:00',
  '2026-03-29T09:00Z',
  '2026-03-29 09:00:00Z',
  '2026-3-29T09:00:00Z',
  '2026-03-29T09:00:00+0200',
  '2026-03-29T09:00:00+02',
  '2026-03-29T09:00:00+24:00',
  '2026-03-29T09:00:00+02:60',
  '2026-03-29T09:00:00.Z',
  '2026-03-29T09:00:00.1234567890Z',
  '2026-03-29T09:00:00,5Z',
  '2026-03-29T09:00:00Z ',
  ' 2026-03-29T09:00:00Z',
  '2026-03-29T09:00:00Z\n',
  '2026-02-30T09:00:00Z',
  '2025-02-29T09:00:00Z',
  '1900-02-29T09:00:00Z',
  '2026-04-31T09:00:00Z',
  '2026-13-01T09:00:00Z',
  '2026-00-01T09:00:00Z',
  '2026-01-00T09:00:00Z',
  '2026-01-01T24:00:00Z',
  '2026-01-01T23:60:00Z',
  '2016-12-31T23:59:60Z',
  '+02026-01-01T00:00:00Z',
  '-2026-01-01T00:00:00Z',
  '٢٠٢٦-01-01T00:00:00Z',
]

test('an instant is read with its offset and written in UTC', () => {
  for (const [text, expected] of Object.entries(read)) {
    const parsed = parseInstant(text)
    assert.equal(parsed.type === 'instant' ? formatInstant(parsed.ms) : parsed.message, expected, text)
  }
})

test('what is not an instant is refused', () => {
  for (const text of invalid) {
    const parsed = parseInstant(text)
    assert.equal(parsed.type === 'failure' && parsed.code, 'time.instant-invalid', text)
  }
})

test('the years are 1970 to 9999, by UTC', () => {
  for (const text of [
    '1969-12-31T23:59:59.999Z',
    '1970-01-01T00:00:00+00:01',
    '9999-12-31T23:59:59-00:01',
    '0000-01-01T00:00:00Z',
  ]) {
    const parsed = parseInstant(text)
    assert.equal(parsed.type === 'failure' && parsed.code, 'time.out-of-range', text)
  }
})

test('days are numbered as the platform numbers them', () => {
  for (let day = -800_000; day < 3_000_000; day += 397) {
    const { year, month, day: dayOfMonth } = dateOfDay(day)
    const date = new Date(day * 86_400_000)
    assert.deepEqual([year, month, dayOfMonth], [date.getUTCFullYear(), date.getUTCMonth() + 1, date.getUTCDate()])
    assert.equal(dayNumber(year, month, dayOfMonth), day)
  }
})
