// shows: B2
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { assertFollowable, catchUpTo, firstOf, nextOf, type Occurrence, type Plan } from '../../src/reminders/plan.ts'
import { planOf } from '../../src/reminders/input.ts'

const rulePlan = (rule: string, start: string, zone = 'UTC'): Extract<Plan, { type: 'rule' }> => ({
  type: 'rule',
  rule,
  start,
  zone,
  catchUp: 'once',
})

const after = (plan: Plan, last: Occurrence): Occurrence | null => {
  const next = nextOf(plan, last)
  assert.notEqual(next.type, 'spent')
  return next.type === 'occurrence' ? next.occurrence : null
}

/** All occurrences up to a time, one by one: slow and plain. */
function walk(plan: Plan, until: number): Occurrence[] {
  const all: Occurrence[] = []
  for (let next: Occurrence | null = firstOf(plan); next !== null && next.at < until; next = after(plan, next))
    all.push(next)
  return all
}

/** What was missed, its last and what follows. */
function caught(plan: Extract<Plan, { type: 'rule' }>, due: Occurrence, time: number) {
  const found = catchUpTo(plan, due, time)
  assert.ok(found !== null, plan.rule)
  assert.notEqual(found.next.type, 'spent', plan.rule)
  return { last: found.last, next: found.next.type === 'occurrence' ? found.next.occurrence : null }
}

test('skipping lands on the last occurrence before a time, however many were missed [B2]', () => {
  const cases = [
    rulePlan('FREQ=SECONDLY', '2026-01-01T00:00:00'),
    rulePlan('FREQ=MINUTELY;INTERVAL=7', '2026-01-01T00:00:00'),
    rulePlan('FREQ=DAILY', '2026-01-01T09:00:00', 'Europe/Berlin'),
    rulePlan('FREQ=MONTHLY;BYDAY=-1FR', '2020-01-01T09:00:00', 'America/New_York'),
    rulePlan('FREQ=HOURLY;COUNT=50', '2026-03-28T00:30:00', 'Europe/Berlin'),
    rulePlan('FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29', '2000-02-29T12:00:00'),
  ]
  for (const plan of cases) {
    const first = firstOf(plan)
    for (const span of [1, 1001, 60_000, 7_200_000, 90_000_000, 400 * 86_400_000]) {
      const time = first.at + span
      const few = plan.rule === 'FREQ=SECONDLY' && span > 10_000_000
      if (few) continue
      const all = walk(plan, time)
      assert.deepEqual(caught(plan, first, time).last, all.at(-1), `${plan.rule} after ${span} ms`)
    }
  }
})

test('a year of missed seconds is skipped without counting them one by one', () => {
  const plan = rulePlan('FREQ=SECONDLY', '2026-01-01T00:00:00')
  const first = firstOf(plan)
  const { last } = caught(plan, first, first.at + 365 * 86_400_000)
  assert.equal(last.index, 365 * 86_400 - 1)
  assert.equal(last.at, first.at + 1000 * (365 * 86_400 - 1))
})

test('rules with long gaps are skipped in few looks too', () => {
  const zones = ['UTC', 'America/Caracas']
  for (const rule of [
    'FREQ=SECONDLY;BYMONTH=1',
    'FREQ=SECONDLY;BYMONTH=8,8,3',
    'FREQ=HOURLY;BYMINUTE=28,53,18;COUNT=1000000',
    'FREQ=SECONDLY;BYMONTH=10,8,7',
    'FREQ=SECONDLY;INTERVAL=13;BYDAY=MO;BYSECOND=1,7',
    'FREQ=SECONDLY;INTERVAL=13;BYDAY=MO;BYSECOND=1,7;COUNT=99999',
    'FREQ=SECONDLY;INTERVAL=61;BYSECOND=0',
    'FREQ=SECONDLY;INTERVAL=3599;BYHOUR=9;BYSECOND=7',
    'FREQ=SECONDLY;INTERVAL=43201;BYSECOND=1,4,6',
    'FREQ=SECONDLY;INTERVAL=86400;BYMONTH=2;BYMONTHDAY=29',
    'FREQ=MINUTELY;INTERVAL=1439;BYDAY=MO,TH;BYHOUR=3',
  ]) {
    for (const zone of zones) {
      const plan = rulePlan(rule, '1970-01-01T00:00:00', zone)
      const time = Date.UTC(2026, 10, 21, 12)
      const first = firstOf(plan)
      assertFollowable(plan, first, time)
      const { last, next } = caught(plan, first, time)
      assert.ok(last.at < time && (next === null || next.at >= time), rule)
      assert.deepEqual(next, after(plan, last), rule)
    }
  }
})

test('a rule that could not be followed is refused when it is set', () => {
  const refused = (rule: string, start = '1990-01-01T00:00:00') => {
    const plan = rulePlan(rule, start, 'Europe/Berlin')
    assert.throws(() => assertFollowable(plan, firstOf(plan), now), { code: 'reminders.too-far' }, rule)
  }
  refused('FREQ=SECONDLY;INTERVAL=86401;BYHOUR=9;BYMINUTE=0;BYSECOND=0', '1990-01-01T09:00:00')
  refused('FREQ=SECONDLY;INTERVAL=86401;BYHOUR=9;BYMINUTE=0;BYSECOND=0')
  refused('FREQ=SECONDLY;INTERVAL=43201;BYSECOND=1,4,6;COUNT=999999999')
})

test('catching up on each is refused where it would ring for ever', () => {
  const plan = { ...rulePlan('FREQ=MINUTELY', '2026-01-01T00:00:00'), catchUp: 'each' } as const
  const start = Date.UTC(2026, 0, 1)
  assertFollowable(plan, firstOf(plan), start + 999 * 60_000)
  assert.throws(() => assertFollowable(plan, firstOf(plan), start + 1001 * 60_000), {
    code: 'reminders.too-many-missed',
  })
})

const now = Date.UTC(2026, 10, 21, 12, 0, 0, 123)

test('a time is local in its zone, an instant with its offset, or local in the person’s own zone', () => {
  const at = (input: object): number | string => {
    const plan = planOf(input, 'America/New_York', now)
    return plan.type === 'once' ? plan.at : plan.start
  }
  assert.equal(at({ at: '2026-12-01T09:00', zone: 'Europe/Berlin' }), Date.UTC(2026, 11, 1, 8))
  assert.equal(at({ at: '2026-12-01T09:00:00+05:30' }), Date.UTC(2026, 11, 1, 3, 30))
  assert.equal(at({ at: '2026-12-01T09:00' }), Date.UTC(2026, 11, 1, 14))
  assert.equal(at({ rule: 'FREQ=DAILY', start: '2026-12-01T09:00:00Z' }), '2026-12-01T04:00:00')
  assert.equal(at({ rule: 'FREQ=DAILY', at: '2026-12-01T09:00', zone: 'Asia/Kathmandu' }), '2026-12-01T09:00:00')
  assert.equal(at({ rule: 'FREQ=DAILY' }), '2026-11-21T07:00:00')
})

test('a time in a gap moves forward by it, and of one that comes twice the first counts', () => {
  const at = (text: string) => (planOf({ at: text, zone: 'Europe/Berlin' }, 'UTC', now) as { at: number }).at
  assert.equal(at('2027-03-28T02:30'), Date.UTC(2027, 2, 28, 1, 30))
  assert.equal(at('2027-10-31T02:30'), Date.UTC(2027, 9, 31, 0, 30))
})

test('a start in the first hours of 1970 counts west of Greenwich too, and none reaches the year 10000', () => {
  const input = { rule: 'FREQ=DAILY', start: '1970-01-01T00:00:00Z' }
  const plan = planOf(input, 'America/New_York', now)
  assert.equal(plan.type === 'rule' && plan.start, '1969-12-31T19:00:00')
  const first = firstOf(plan)
  assert.deepEqual([first.at, first.index], [0, 0])
  assert.deepEqual(after(plan, first), { index: 1, local: '1970-01-01T19:00:00', at: 86_400_000 })
  assertFollowable(plan, first, now)
  assert.throws(() => planOf({ ...input, start: '9999-12-31T23:30:00Z' }, 'Europe/Berlin', now), {
    code: 'input.invalid',
  })
})
