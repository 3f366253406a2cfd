import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseRule } from '../../src/reminders/recurrence/index.ts'

const refused: Readonly<Record<string, RegExp>> = {
  '': /NAME=VALUE/,
  'RRULE:': /NAME=VALUE/,
  'FREQ=DA\u0131LY': /plain ASCII/,
  'FREQ=DAILY;BYDAY=\u017fU': /plain ASCII/,
  '\u00a0FREQ=DAILY': /plain ASCII/,
  'every day': /NAME=VALUE/,
  'FREQ=DAILY;': /NAME=VALUE/,
  'FREQ=DAILY;COUNT': /NAME=VALUE/,
  'FREQ=DAILY;COUNT=': /NAME=VALUE/,
  'FREQ=DAILY;COUNT=1=2': /NAME=VALUE/,
  'INTERVAL=2': /FREQ must be there/,
  'FREQ=FORTNIGHTLY': /FREQ must be there/,
  'FREQ=DAILY,WEEKLY': /FREQ must be there/,
  'FREQ=DAILY;BYEASTER=0': /no part BYEASTER/,
  'FREQ=DAILY;X-NAME=1': /no part X-NAME/,
  'RSCALE=HEBREW;FREQ=DAILY': /no part RSCALE/,
  'DTSTART:20260101T090000\nRRULE:FREQ=DAILY': /no part DTSTART/,
  'FREQ=DAILY;FREQ=DAILY': /FREQ is there twice/,
  'FREQ=DAILY;COUNT=1;COUNT=2': /COUNT is there twice/,
  'FREQ=DAILY;COUNT=2;UNTIL=20260101': /exclude each other/,
  'FREQ=DAILY;INTERVAL=0': /INTERVAL is a whole number/,
  'FREQ=DAILY;INTERVAL=-1': /INTERVAL is a whole number/,
  'FREQ=DAILY;INTERVAL=1.5': /INTERVAL is a whole number/,
  'FREQ=DAILY;INTERVAL=9999999999': /INTERVAL is a whole number/,
  'FREQ=DAILY;COUNT=0': /COUNT is a whole number/,
  'FREQ=DAILY;COUNT=1e3': /COUNT is a whole number/,
  'FREQ=DAILY;BYHOUR=24': /BYHOUR takes numbers from 0 to 23/,
  'FREQ=DAILY;BYHOUR=-1': /BYHOUR/,
  'FREQ=DAILY;BYHOUR=9,,10': /BYHOUR/,
  'FREQ=DAILY;BYHOUR=9 ,10': /BYHOUR/,
  'FREQ=DAILY;BYMINUTE=60': /BYMINUTE takes numbers from 0 to 59/,
  'FREQ=DAILY;BYSECOND=61': /BYSECOND takes numbers from 0 to 60/,
  'FREQ=YEARLY;BYMONTH=0': /BYMONTH takes numbers from 1 to 12/,
  'FREQ=YEARLY;BYMONTH=13': /BYMONTH/,
  'FREQ=YEARLY;BYMONTH=-1': /BYMONTH/,
  'FREQ=MONTHLY;BYMONTHDAY=0': /BYMONTHDAY takes numbers from 1 to 31 or -31 to -1/,
  'FREQ=MONTHLY;BYMONTHDAY=32': /BYMONTHDAY/,
  'FREQ=YEARLY;BYYEARDAY=367': /BYYEARDAY takes numbers from 1 to 366/,
  'FREQ=YEARLY;BYWEEKNO=54': /BYWEEKNO takes numbers from 1 to 53/,
  'FREQ=MONTHLY;BYDAY=MO;BYSETPOS=0': /BYSETPOS takes numbers from 1 to 366/,
  'FREQ=MONTHLY;BYDAY=XX': /BYDAY takes weekdays/,
  'FREQ=MONTHLY;BYDAY=0MO': /BYDAY takes weekdays/,
  'FREQ=MONTHLY;BYDAY=54MO': /BYDAY takes weekdays/,
  'FREQ=MONTHLY;BYDAY=MO2': /BYDAY takes weekdays/,
  'FREQ=WEEKLY;WKST=1': /WKST is a weekday/,
  'FREQ=DAILY;UNTIL=2026-01-01': /UNTIL is written like/,
  'FREQ=DAILY;UNTIL=20260230': /UNTIL/,
  'FREQ=DAILY;UNTIL=20260101T240000Z': /UNTIL/,
  'FREQ=DAILY;UNTIL=20260101T0900': /UNTIL/,
  'FREQ=DAILY;UNTIL=20260101Z': /UNTIL/,
  'FREQ=DAILY;UNTIL=19691231T235959Z': /1970 to 9999/,
  'FREQ=DAILY;BYDAY=1MO': /only with FREQ=MONTHLY or FREQ=YEARLY/,
  'FREQ=WEEKLY;BYDAY=MO,-1FR': /only with FREQ=MONTHLY or FREQ=YEARLY/,
  'FREQ=HOURLY;BYDAY=2MO': /only with FREQ=MONTHLY or FREQ=YEARLY/,
  'FREQ=YEARLY;BYWEEKNO=20;BYDAY=1MO': /together with BYWEEKNO/,
  'FREQ=MONTHLY;BYWEEKNO=20': /BYWEEKNO goes only with FREQ=YEARLY/,
  'FREQ=WEEKLY;BYMONTHDAY=1': /BYMONTHDAY does not go with FREQ=WEEKLY/,
  'FREQ=DAILY;BYYEARDAY=1': /BYYEARDAY does not go with FREQ=DAILY/,
  'FREQ=MONTHLY;BYYEARDAY=1': /BYYEARDAY does not go with FREQ=MONTHLY/,
  'FREQ=DAILY;BYSETPOS=1': /BYSETPOS needs another part/,
  [`FREQ=DAILY;BYHOUR=${'9,'.repeat(250)}9`]: /at most 500 characters/,
}

test('what RFC 5545 forbids is refused with a reason', () => {
  for (const [text, reason] of Object.entries(refused)) {
    const answer = parseRule(text)
    assert.ok(answer.type === 'failure', text)
    assert.equal(answer.code, 'rule.invalid', text)
    assert.match(answer.message, reason, text)
  }
})

test('every part is read, in any order and case, with or without the name of the property', () => {
  const text =
    'rrule:byday=+1mo,-1FR;bysecond=0,30;BYMINUTE=05,5;BYHOUR=9;FREQ=yearly;INTERVAL=2;COUNT=10;WKST=SU;BYMONTH=12,3;BYSETPOS=-1,1'
  assert.deepEqual(parseRule(text), {
    type: 'rule',
    frequency: 'YEARLY',
    interval: 2,
    count: 10,
    until: undefined,
    months: [3, 12],
    weekNumbers: [],
    yearDays: [],
    monthDays: [],
    weekdays: [
      { weekday: 0, ordinal: 1 },
      { weekday: 4, ordinal: -1 },
    ],
    hours: [9],
    minutes: [5],
    seconds: [0, 30],
    positions: [-1, 1],
    weekStart: 6,
  })
  const days = parseRule('FREQ=YEARLY;BYWEEKNO=-1,53;BYYEARDAY=-366,366;BYMONTHDAY=31,-31;BYDAY=MO,MO')
  assert.ok(days.type === 'rule')
  assert.deepEqual(
    [days.weekNumbers, days.yearDays, days.monthDays],
    [
      [-1, 53],
      [-366, 366],
      [-31, 31],
    ],
  )
  assert.deepEqual(days.weekdays, [{ weekday: 0, ordinal: 0 }])
})

test('UNTIL is a date, a local time or an instant', () => {
  const until = (text: string) => {
    const rule = parseRule(`FREQ=DAILY;UNTIL=${text}`)
    return rule.type === 'rule' ? rule.until : rule.message
  }
  assert.deepEqual(until('20260101'), { type: 'local', local: Date.UTC(2026, 0, 2) - 1 })
  assert.deepEqual(until('20260101T090000'), { type: 'local', local: Date.UTC(2026, 0, 1, 9) })
  assert.deepEqual(until('20260101T090000Z'), { type: 'instant', ms: Date.UTC(2026, 0, 1, 9) })
})

test('the leap second is the second before', () => {
  const rule = parseRule('FREQ=MINUTELY;BYSECOND=60,59,0')
  assert.ok(rule.type === 'rule')
  assert.deepEqual(rule.seconds, [0, 59])
})
