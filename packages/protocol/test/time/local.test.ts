import assert from 'node:assert/strict'
import { test } from 'node:test'
import { formatLocal, parseLocal } from '../../src/time/index.ts'

test('a local time is read and written without an offset', () => {
  const read: Readonly<Record<string, string>> = {
    '2026-03-29T09:00': '2026-03-29T09:00:00',
    '2026-03-29T09:00:07': '2026-03-29T09:00:07',
    '2026-03-29t09:00:07.25': '2026-03-29T09:00:07.250',
    '2026-03-29T09:00:07.000': '2026-03-29T09:00:07',
    '2024-02-29T00:00': '2024-02-29T00:00:00',
    '1970-01-01T00:00': '1970-01-01T00:00:00',
    '9999-12-31T23:59:59.999': '9999-12-31T23:59:59.999',
  }
  for (const [text, expected] of Object.entries(read)) {
    const parsed = parseLocal(text)
    assert.equal(parsed.type === 'local' ? formatLocal(parsed.local) : parsed.message, expected, text)
  }
})

test('what is not a local time is refused', () => {
  const invalid = [
    '',
    '2026-03-29',
    '09:00',
    '2026-03-29 09:00',
    '2026-03-29T9:00',
    '2026-03-29T09',
    '2026-03-29T09:00Z',
    '2026-03-29T09:00+02:00',
    '2026-03-29T09:00:00Z',
    '2026-02-30T09:00',
    '2025-02-29T09:00',
    '2026-01-01T24:00',
    '2026-01-01T09:60',
    '2026-01-01T09:00:60',
    '2026-01-01T09:00:00.',
  ]
  for (const text of invalid) {
    const parsed = parseLocal(text)
    assert.equal(parsed.type === 'failure' && parsed.code, 'time.local-invalid', text)
  }
  const early = parseLocal('1969-12-31T23:59')
  assert.equal(early.type === 'failure' && early.code, 'time.out-of-range')
})
