import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  formatInstant,
  formatLocal,
  instantToLocal,
  isZone,
  lastLocalUpTo,
  localToInstant,
  parseInstant,
  parseLocal,
} from '../../src/time/index.ts'

/** Zone, local time, its instant, and what the clock shows at that instant. */
const conversions: readonly (readonly [string, string, string, string])[] = [
  ['UTC', '2026-01-01T00:00:00', '2026-01-01T00:00:00.000Z', '2026-01-01T00:00:00'],
  ['Europe/Berlin', '2026-01-15T09:00:00', '2026-01-15T08:00:00.000Z', '2026-01-15T09:00:00'],
  ['Europe/Berlin', '2026-03-29T01:59:59', '2026-03-29T00:59:59.000Z', '2026-03-29T01:59:59'],
  ['Europe/Berlin', '2026-03-29T02:00:00', '2026-03-29T01:00:00.000Z', '2026-03-29T03:00:00'],
  ['Europe/Berlin', '2026-03-29T02:59:59', '2026-03-29T01:59:59.000Z', '2026-03-29T03:59:59'],
  ['Europe/Berlin', '2026-03-29T03:00:00', '2026-03-29T01:00:00.000Z', '2026-03-29T03:00:00'],
  ['Europe/Berlin', '2026-10-25T01:59:59', '2026-10-24T23:59:59.000Z', '2026-10-25T01:59:59'],
  ['Europe/Berlin', '2026-10-25T02:00:00', '2026-10-25T00:00:00.000Z', '2026-10-25T02:00:00'],
  ['Europe/Berlin', '2026-10-25T02:59:59', '2026-10-25T00:59:59.000Z', '2026-10-25T02:59:59'],
  ['Europe/Berlin', '2026-10-25T03:00:00', '2026-10-25T02:00:00.000Z', '2026-10-25T03:00:00'],
  ['America/New_York', '2026-03-08T02:30:00', '2026-03-08T07:30:00.000Z', '2026-03-08T03:30:00'],
  ['America/New_York', '2026-11-01T01:30:00', '2026-11-01T05:30:00.000Z', '2026-11-01T01:30:00'],
  ['Australia/Lord_Howe', '2025-10-05T02:15:00', '2025-10-04T15:45:00.000Z', '2025-10-05T02:45:00'],
  ['Australia/Lord_Howe', '2025-04-06T01:45:00', '2025-04-05T14:45:00.000Z', '2025-04-06T01:45:00'],
  ['Pacific/Apia', '2011-12-30T12:00:00', '2011-12-30T22:00:00.000Z', '2011-12-31T12:00:00'],
  ['Pacific/Apia', '2011-12-31T12:00:00', '2011-12-30T22:00:00.000Z', '2011-12-31T12:00:00'],
  ['Pacific/Kwajalein', '1993-08-21T12:00:00', '1993-08-22T00:00:00.000Z', '1993-08-22T12:00:00'],
  ['Africa/Casablanca', '2025-04-06T02:30:00', '2025-04-06T02:30:00.000Z', '2025-04-06T03:30:00'],
  ['Africa/Monrovia', '1971-06-01T12:00:00', '1971-06-01T12:44:30.000Z', '1971-06-01T12:00:00'],
  ['Asia/Kathmandu', '2026-06-01T12:00:00', '2026-06-01T06:15:00.000Z', '2026-06-01T12:00:00'],
  ['Asia/Katmandu', '2026-06-01T12:00:00', '2026-06-01T06:15:00.000Z', '2026-06-01T12:00:00'],
  ['Pacific/Kiritimati', '2026-06-01T12:00:00', '2026-05-31T22:00:00.000Z', '2026-06-01T12:00:00'],
  ['Etc/GMT+5', '9999-12-31T18:00:00', '9999-12-31T23:00:00.000Z', '9999-12-31T18:00:00'],
]

test('local times become instants, and instants local times', () => {
  for (const [zone, local, instant, shown] of conversions) {
    const name = `${local} in ${zone}`
    const ms = localToInstant(readLocal(local), zone)
    assert.equal(formatInstant(ms), instant, name)
    assert.equal(formatLocal(instantToLocal(ms, zone)), shown, name)
  }
})

test('offsets are those that Intl gives, at every hour of years with changes', () => {
  const zones = [
    'Europe/London',
    'Africa/Casablanca',
    'Asia/Gaza',
    'America/Sao_Paulo',
    'Antarctica/Troll',
    'Pacific/Chatham',
    'Asia/Tehran',
  ]
  for (const zone of zones) {
    const format = new Intl.DateTimeFormat('sv-SE', { timeZone: zone, dateStyle: 'short', timeStyle: 'medium' })
    for (let ms = Date.UTC(2017, 11, 1); ms < Date.UTC(2019, 1, 1); ms += 3_600_000 * 5) {
      assert.equal(formatLocal(instantToLocal(ms, zone)).replace('T', ' '), format.format(ms), zone)
    }
  }
})

test('after a gap the skipped times are still to come', () => {
  const upTo = (instant: string, zone: string) => {
    const parsed = parseInstant(instant)
    assert.ok(parsed.type === 'instant')
    return formatLocal(lastLocalUpTo(parsed.ms, zone))
  }
  assert.equal(upTo('2026-03-29T00:59:59Z', 'Europe/Berlin'), '2026-03-29T01:59:59')
  assert.equal(upTo('2026-03-29T01:30:00Z', 'Europe/Berlin'), '2026-03-29T02:30:00')
  assert.equal(upTo('2026-03-29T02:00:00Z', 'Europe/Berlin'), '2026-03-29T04:00:00')
  assert.equal(upTo('2026-10-25T01:30:00Z', 'Europe/Berlin'), '2026-10-25T02:30:00')
  assert.equal(upTo('2011-12-31T09:00:00Z', 'Pacific/Apia'), '2011-12-30T23:00:00')
})

test('zones are IANA names, old ones too', () => {
  const zones = [
    'Europe/Berlin',
    'europe/berlin',
    'America/Argentina/Buenos_Aires',
    'America/Buenos_Aires',
    'Asia/Calcutta',
    'Asia/Kolkata',
    'UTC',
    'Etc/UTC',
    'Etc/GMT-14',
    'GMT',
    'EST5EDT',
    'US/Pacific',
    'NZ-CHAT',
    'America/Port-au-Prince',
  ]
  for (const name of zones) assert.equal(isZone(name), true, name)
  const refused = [
    '',
    'Z',
    '+02:00',
    '-0500',
    'UTC+2',
    'UTC+02:00',
    'GMT+2',
    'PST',
    'IST',
    'BST',
    'Europe',
    'Europe/',
    'Europe/Nowhere',
    'Berlin',
    ' Europe/Berlin',
    'Europe/Berlin\n',
    '../../etc/passwd',
    'SystemV/PST8PDT',
    'Etc/Unknown',
    'localtime',
    'Factory',
    'constructor',
    '__proto__',
    `Europe/${'B'.repeat(100)}`,
  ]
  for (const name of refused) assert.equal(isZone(name), false, name)
})

test('an unknown zone is an error with a code', () => {
  assert.throws(() => localToInstant(0, 'Europe/Nowhere'), { code: 'time.zone-unknown' })
  assert.throws(() => instantToLocal(0, '+02:00'), { code: 'time.zone-unknown' })
})

test('more zones and years than are kept give the same answers again', () => {
  const zones = Intl.supportedValuesOf('timeZone')
  const ask = () =>
    zones.map((zone, place) => localToInstant(Date.UTC(1975 + (place % 120), place % 12, 1, 2, 30), zone))
  const first = ask()
  for (let year = 1970; year < 2100; year += 1) localToInstant(Date.UTC(year, 5, 1), 'Europe/Paris')
  assert.deepEqual(ask(), first)
})

function readLocal(text: string): number {
  const parsed = parseLocal(text)
  assert.ok(parsed.type === 'local', text)
  return parsed.local
}
