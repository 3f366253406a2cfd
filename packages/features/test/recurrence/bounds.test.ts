import assert from 'node:assert/strict'
import { test } from 'node:test'
import { nextOccurrence, occurrencesAfter } from '../../src/reminders/recurrence/index.ts'
import { ruleSeries } from '../../src/reminders/recurrence/series.ts'
import { expand, readRule, shown } from './expand.ts'
import { randomRule, seeded } from './random-rule.ts'

const start = '1970-01-05T09:00:00'
const startSecond = Date.UTC(1970, 0, 5, 9) / 1000
const now = Date.UTC(2026, 5, 1, 12)
const target = now / 1000

test('a rule that never occurs is found out', () => {
  const never = [
    'FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30',
    'FREQ=MONTHLY;BYMONTH=2;BYMONTHDAY=30',
    'FREQ=DAILY;BYMONTH=4;BYMONTHDAY=31',
    'FREQ=SECONDLY;BYMONTH=2;BYMONTHDAY=30,31',
    'FREQ=YEARLY;BYWEEKNO=53;BYMONTH=6',
    'FREQ=MONTHLY;BYDAY=6MO',
    'FREQ=MONTHLY;INTERVAL=2;BYMONTH=2',
    'FREQ=MONTHLY;BYMONTHDAY=1;BYSETPOS=2',
    'FREQ=MONTHLY;BYMONTHDAY=1,31;BYDAY=FR;BYSETPOS=2',
    'FREQ=WEEKLY;BYDAY=MO,TU;BYSETPOS=3',
    'FREQ=DAILY;INTERVAL=7;BYDAY=TU',
    'FREQ=DAILY;BYHOUR=9;BYSETPOS=2',
    'FREQ=HOURLY;INTERVAL=12;BYHOUR=8',
    'FREQ=MINUTELY;INTERVAL=60;BYMINUTE=30',
    'FREQ=SECONDLY;INTERVAL=2;BYSECOND=1,3,5,7,9,11,13,15,17,19,21,23,25,27,29',
    'FREQ=DAILY;UNTIL=19700101',
    'FREQ=DAILY;UNTIL=19700101T000000Z',
  ]
  for (const text of never) {
    for (const after of [undefined, now]) {
      const answer = nextOccurrence({ rule: readRule(text), start, zone: 'Europe/Berlin', after })
      assert.equal(answer.type === 'failure' && answer.code, 'rule.no-occurrence', text)
    }
  }
})

test('a rule takes few steps, however far its start and its next occurrence are apart', () => {
  const texts = [
    'FREQ=SECONDLY',
    'FREQ=SECONDLY;COUNT=999999999',
    'FREQ=SECONDLY;INTERVAL=7',
    'FREQ=MINUTELY;INTERVAL=7;BYHOUR=9,17',
  ]
  for (const text of [
    ...texts,
    'FREQ=HOURLY;INTERVAL=5',
    'FREQ=DAILY',
    'FREQ=DAILY;BYDAY=MO',
    'FREQ=WEEKLY',
    'FREQ=MONTHLY;BYDAY=-1FR',
    'FREQ=YEARLY',
  ]) {
    const effort = { left: 1000 }
    const found = ruleSeries(readRule(text), startSecond, effort).next(target)
    assert.ok(found !== undefined && found >= target, text)
    assert.ok(effort.left > 960, `${text}: ${1000 - effort.left} steps`)
  }
})

test('neither finding nor counting spends more than it was given', () => {
  const odd = [
    'FREQ=SECONDLY;INTERVAL=13;BYDAY=MO;BYSECOND=1,7',
    'FREQ=SECONDLY;INTERVAL=86401;BYHOUR=9;BYMINUTE=0;BYSECOND=0',
    'FREQ=SECONDLY;INTERVAL=2;BYSECOND=1,3,5,7,9,11,13,15,17,19,21,23,25,27,29',
    'FREQ=SECONDLY;INTERVAL=7201;BYHOUR=3;BYMONTH=2',
    'FREQ=WEEKLY;INTERVAL=53;BYMONTH=2;BYSETPOS=7;BYDAY=MO,TU,WE,TH,FR,SA,SU',
  ]
  const random = Array.from({ length: 1000 }, (_, seed) => randomRule(seeded(seed)))
  for (const text of [...odd, ...random]) {
    const effort = { left: 25_000 }
    const series = ruleSeries(readRule(text), startSecond, effort)
    assert.ok(effort.left > 25_000 - 5000, text)
    for (const left of [1, 30, 700]) {
      effort.left = left
      series.next(target)
      assert.ok(effort.left >= 0, text)
      effort.left = left
      series.count(startSecond, target)
      assert.ok(effort.left >= -1, text)
    }
  }
})

test('jumping counts what it passes', () => {
  const next = (rule: string, after: number) => shown({ rule, start, zone: 'UTC', after, limit: 1 })
  assert.deepEqual(next('FREQ=SECONDLY', now), [
    `${(now - Date.UTC(1970, 0, 5, 9)) / 1000 + 1} 2026-06-01T12:00:01 -> 2026-06-01T12:00:01Z`,
  ])
  assert.deepEqual(next('FREQ=SECONDLY;BYHOUR=9', Date.UTC(1970, 0, 7)), [
    '7200 1970-01-07T09:00:00 -> 1970-01-07T09:00:00Z',
  ])
  assert.deepEqual(next('FREQ=HOURLY;BYDAY=MO;INTERVAL=12', Date.UTC(1970, 1, 1)), [
    '8 1970-02-02T09:00:00 -> 1970-02-02T09:00:00Z',
  ])
  assert.deepEqual(next('FREQ=WEEKLY', Date.UTC(9999, 11, 30)), [])
  assert.equal(
    expand({ rule: 'FREQ=WEEKLY', start, zone: 'UTC', after: Date.UTC(9999, 11, 20), limit: 9 })[0]?.index,
    (Date.UTC(9999, 11, 20) - Date.UTC(1970, 0, 5)) / 604_800_000,
  )
})

test('COUNT ends a series without walking through it', () => {
  assert.deepEqual(expand({ rule: 'FREQ=SECONDLY;COUNT=999999999', start, zone: 'UTC', after: now, limit: 1 }), [])
  const last = { index: 999_999_997, local: '2001-09-14T10:46:37' }
  const rest = occurrencesAfter({ rule: readRule('FREQ=SECONDLY;COUNT=999999999'), start, zone: 'UTC', last, limit: 9 })
  assert.deepEqual(rest.type === 'occurrences' && [rest.ended, rest.occurrences.length, rest.occurrences[0]?.index], [
    true,
    1,
    999_999_998,
  ])
})

test('what cannot be counted in one call is refused where it matters, and else found without its number', () => {
  const text = 'FREQ=SECONDLY;INTERVAL=43201;BYSECOND=1,4,6'
  const counted = nextOccurrence({ rule: readRule(`${text};COUNT=999999`), start, zone: 'UTC', after: now })
  assert.equal(counted.type === 'failure' && counted.code, 'rule.too-far')
  const [found] = expand({ rule: text, start, zone: 'UTC', after: now, limit: 1 })
  assert.ok(found !== undefined && found.index === null && found.at > now)
  const before = expand({ rule: text, start, zone: 'UTC', after: now - 86_400_000 * 30, limit: 99 })
  assert.equal(before.find((one) => one.at > now)?.local, found.local)
})

test('a search that runs out of effort goes on where it had come to, and finds the same', () => {
  const rule = readRule('FREQ=SECONDLY;INTERVAL=86401;BYHOUR=9;BYMINUTE=0;BYSECOND=0')
  const query = { rule, start, zone: 'America/New_York' }
  const first = nextOccurrence(query)
  assert.ok(first.type === 'occurrence')
  let found = nextOccurrence({ ...query, last: first.occurrence })
  for (let calls = 0; found.type === 'spent' && calls < 9; calls += 1)
    found = nextOccurrence({ ...query, last: found.reached })
  const whole = nextOccurrence({ ...query, last: first.occurrence, effort: 1e6 })
  assert.ok(found.type === 'occurrence' && whole.type === 'occurrence')
  assert.deepEqual(found, whole)
  assert.deepEqual([found.occurrence.index, found.occurrence.local], [1, '2206-07-28T09:00:00'])
})

test('what the two sides of a clock change pass over is not gone through second by second', () => {
  const query = { rule: readRule('FREQ=SECONDLY;BYHOUR=1,2,3,4'), zone: 'Europe/Berlin', effort: 60 }
  const spring = nextOccurrence({ ...query, start: '2026-03-29T01:00', after: Date.UTC(2026, 2, 29, 1, 59, 59) })
  assert.equal(spring.type === 'occurrence' && spring.occurrence.at, Date.UTC(2026, 2, 29, 2))
  const autumn = nextOccurrence({ ...query, start: '2026-10-25T01:00', after: Date.UTC(2026, 9, 25, 1, 0, 1) })
  assert.equal(autumn.type === 'occurrence' && autumn.occurrence.at, Date.UTC(2026, 9, 25, 2))
})

test('sparse rules are found: the 29th of February on a Friday', () => {
  const local = (rule: string) =>
    expand({ rule, start: '1972-02-01T09:00', zone: 'UTC', limit: 4 }).map((one) => one.local.slice(0, 10))
  const fridays = ['1980-02-29', '2008-02-29', '2036-02-29', '2064-02-29']
  assert.deepEqual(local('FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29;BYDAY=FR'), fridays)
  assert.deepEqual(local('FREQ=YEARLY;INTERVAL=4;BYMONTH=2;BYMONTHDAY=29;BYDAY=FR'), fridays)
  assert.deepEqual(local('FREQ=DAILY;BYMONTH=2;BYMONTHDAY=29;BYDAY=FR'), fridays)
})

test('where dateutil departs from RFC 5545, the RFC counts', () => {
  const local = (rule: string) =>
    expand({ rule, start: '2026-01-07T09:00', zone: 'UTC', limit: 3 }).map((one) => one.local.slice(0, 10))
  assert.deepEqual(local('FREQ=WEEKLY;BYDAY=MO,WE,FR;BYSETPOS=1'), ['2026-01-12', '2026-01-19', '2026-01-26'])
  assert.deepEqual(local('FREQ=MONTHLY;BYDAY=WE,2FR'), ['2026-01-07', '2026-01-09', '2026-01-14'])
  assert.deepEqual(local('FREQ=YEARLY;BYWEEKNO=-53;BYDAY=MO'), ['2031-12-29', '2036-12-29', '2042-12-29'])
})

test('the start counts only where the rule matches it, and its fraction of a second stays', () => {
  assert.deepEqual(
    shown({ rule: 'FREQ=MONTHLY;BYMONTHDAY=1', start: '2026-01-07T09:00:00.250', zone: 'UTC', limit: 2 }),
    ['0 2026-02-01T09:00:00.250 -> 2026-02-01T09:00:00.250Z', '1 2026-03-01T09:00:00.250 -> 2026-03-01T09:00:00.250Z'],
  )
  assert.deepEqual(
    shown({
      rule: 'FREQ=SECONDLY;UNTIL=20260107T090001Z',
      start: '2026-01-07T09:00:00.250',
      zone: 'UTC',
      after: Date.UTC(2026, 0, 7, 9),
      limit: 3,
    }),
    ['0 2026-01-07T09:00:00.250 -> 2026-01-07T09:00:00.250Z'],
  )
})

test('the years are 1970 to 9999', () => {
  const next = (from: string, zone: string) => nextOccurrence({ rule: readRule('FREQ=DAILY'), start: from, zone })
  const early = next('1970-01-01T00:30', 'Europe/Berlin')
  assert.equal(early.type === 'failure' && early.code, 'time.out-of-range')
  const malformed = next('1969-12-31T23:59', 'UTC')
  assert.equal(malformed.type === 'failure' && malformed.code, 'time.out-of-range')
  assert.equal(expand({ rule: 'FREQ=DAILY', start: '9999-12-30T20:00', zone: 'America/New_York', limit: 9 }).length, 1)
  assert.equal(expand({ rule: 'FREQ=DAILY', start: '9999-12-30T20:00', zone: 'UTC', limit: 9 }).length, 2)
  const query = { rule: readRule('FREQ=DAILY'), start, zone: 'Europe/Nowhere' }
  assert.throws(() => nextOccurrence(query), { code: 'time.zone-unknown' })
})
