import assert from 'node:assert/strict'
import { test } from 'node:test'
import { expand, shown } from './expand.ts'

test('Europe/Berlin: a time in the gap moves forward by the gap, the next day it is back', () => {
  assert.deepEqual(shown({ rule: 'FREQ=DAILY', start: '2026-03-28T02:30', zone: 'Europe/Berlin', limit: 3 }), [
    '0 2026-03-28T02:30:00 -> 2026-03-28T01:30:00Z',
    '1 2026-03-29T02:30:00 -> 2026-03-29T01:30:00Z',
    '2 2026-03-30T02:30:00 -> 2026-03-30T00:30:00Z',
  ])
})

test('Europe/Berlin: of a time shown twice the first counts, and it comes once', () => {
  assert.deepEqual(shown({ rule: 'FREQ=DAILY', start: '2026-10-24T02:30', zone: 'Europe/Berlin', limit: 3 }), [
    '0 2026-10-24T02:30:00 -> 2026-10-24T00:30:00Z',
    '1 2026-10-25T02:30:00 -> 2026-10-25T00:30:00Z',
    '2 2026-10-26T02:30:00 -> 2026-10-26T01:30:00Z',
  ])
})

test('America/New_York: nine in the morning stays nine in the morning', () => {
  assert.deepEqual(shown({ rule: 'FREQ=WEEKLY', start: '2026-03-05T09:00', zone: 'America/New_York', limit: 2 }), [
    '0 2026-03-05T09:00:00 -> 2026-03-05T14:00:00Z',
    '1 2026-03-12T09:00:00 -> 2026-03-12T13:00:00Z',
  ])
})

test('America/New_York: both sides of a gap ring once, and the indexes go on', () => {
  assert.deepEqual(
    shown({ rule: 'FREQ=MINUTELY;INTERVAL=30', start: '2026-03-08T01:30', zone: 'America/New_York', limit: 5 }),
    [
      '0 2026-03-08T01:30:00 -> 2026-03-08T06:30:00Z',
      '1 2026-03-08T02:00:00 -> 2026-03-08T07:00:00Z',
      '2 2026-03-08T02:30:00 -> 2026-03-08T07:30:00Z',
      '5 2026-03-08T04:00:00 -> 2026-03-08T08:00:00Z',
      '6 2026-03-08T04:30:00 -> 2026-03-08T08:30:00Z',
    ],
  )
})

test('America/New_York: an hourly rule pauses while the clock shows an hour again', () => {
  assert.deepEqual(shown({ rule: 'FREQ=HOURLY', start: '2026-11-01T00:00', zone: 'America/New_York', limit: 3 }), [
    '0 2026-11-01T00:00:00 -> 2026-11-01T04:00:00Z',
    '1 2026-11-01T01:00:00 -> 2026-11-01T05:00:00Z',
    '2 2026-11-01T02:00:00 -> 2026-11-01T07:00:00Z',
  ])
})

test('COUNT counts local times, those that a gap leaves out too', () => {
  const rung = expand({
    rule: 'FREQ=MINUTELY;INTERVAL=30;COUNT=6',
    start: '2026-03-08T01:30',
    zone: 'America/New_York',
    limit: 9,
  })
  assert.deepEqual(
    rung.map((one) => one.index),
    [0, 1, 2, 5],
  )
})

test('Australia/Lord_Howe: the gap is half an hour', () => {
  assert.deepEqual(shown({ rule: 'FREQ=DAILY', start: '2025-10-04T02:15', zone: 'Australia/Lord_Howe', limit: 3 }), [
    '0 2025-10-04T02:15:00 -> 2025-10-03T15:45:00Z',
    '1 2025-10-05T02:15:00 -> 2025-10-04T15:45:00Z',
    '2 2025-10-06T02:15:00 -> 2025-10-05T15:15:00Z',
  ])
  assert.deepEqual(shown({ rule: 'FREQ=DAILY', start: '2025-04-05T01:45', zone: 'Australia/Lord_Howe', limit: 3 }), [
    '0 2025-04-05T01:45:00 -> 2025-04-04T14:45:00Z',
    '1 2025-04-06T01:45:00 -> 2025-04-05T14:45:00Z',
    '2 2025-04-07T01:45:00 -> 2025-04-06T15:15:00Z',
  ])
})

test('Pacific/Apia: the day that was left out falls on the day after, which rings once', () => {
  assert.deepEqual(shown({ rule: 'FREQ=DAILY', start: '2011-12-29T09:00', zone: 'Pacific/Apia', limit: 3 }), [
    '0 2011-12-29T09:00:00 -> 2011-12-29T19:00:00Z',
    '1 2011-12-30T09:00:00 -> 2011-12-30T19:00:00Z',
    '3 2012-01-01T09:00:00 -> 2011-12-31T19:00:00Z',
  ])
  assert.deepEqual(shown({ rule: 'FREQ=WEEKLY;BYDAY=SA', start: '2011-12-24T09:00', zone: 'Pacific/Apia', limit: 2 }), [
    '0 2011-12-24T09:00:00 -> 2011-12-24T19:00:00Z',
    '1 2011-12-31T09:00:00 -> 2011-12-30T19:00:00Z',
  ])
})

test('Africa/Casablanca: the clock goes back for Ramadan', () => {
  assert.deepEqual(shown({ rule: 'FREQ=WEEKLY', start: '2025-02-20T09:00', zone: 'Africa/Casablanca', limit: 2 }), [
    '0 2025-02-20T09:00:00 -> 2025-02-20T08:00:00Z',
    '1 2025-02-27T09:00:00 -> 2025-02-27T09:00:00Z',
  ])
  assert.deepEqual(shown({ rule: 'FREQ=DAILY', start: '2025-04-05T02:30', zone: 'Africa/Casablanca', limit: 3 }), [
    '0 2025-04-05T02:30:00 -> 2025-04-05T02:30:00Z',
    '1 2025-04-06T02:30:00 -> 2025-04-06T02:30:00Z',
    '2 2025-04-07T02:30:00 -> 2025-04-07T01:30:00Z',
  ])
})

test('Asia/Kathmandu: offsets need not be whole hours', () => {
  assert.deepEqual(
    shown({ rule: 'FREQ=YEARLY;INTERVAL=20', start: '1980-01-01T00:00', zone: 'Asia/Kathmandu', limit: 2 }),
    ['0 1980-01-01T00:00:00 -> 1979-12-31T18:30:00Z', '1 2000-01-01T00:00:00 -> 1999-12-31T18:15:00Z'],
  )
})

test('UNTIL: an instant bounds instants, a local time the clock, a date the whole day', () => {
  const count = (until: string) =>
    expand({ rule: `FREQ=DAILY;UNTIL=${until}`, start: '2026-03-27T02:30', zone: 'Europe/Berlin', limit: 9 }).length
  assert.equal(count('20260329'), 3)
  assert.equal(count('20260329T022959'), 2)
  assert.equal(count('20260329T023000'), 3)
  assert.equal(count('20260329T013000Z'), 3)
  assert.equal(count('20260329T012959Z'), 2)
  assert.equal(count('20260330T003000Z'), 4)
})

test('UNTIL within the hour that the clock shows again takes in what was shown before', () => {
  const query = {
    rule: 'FREQ=MINUTELY;INTERVAL=15;UNTIL=20261025T013000Z',
    start: '2026-10-25T02:30',
    zone: 'Europe/Berlin',
    limit: 9,
  }
  assert.deepEqual(
    expand(query).map((one) => one.local.slice(11)),
    ['02:30:00', '02:45:00'],
  )
})
